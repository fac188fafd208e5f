/**
 * What the relay says of itself and its peers, in the shapes of `messages.ts`.
 */

import { formatEndpoint } from '../net/endpoint.ts';
import { DROP_REASONS } from '../wireguard/drop.ts';
import type { PeerStatus } from './messages.ts';
import type { TablePeer } from './peer-table.ts';

/** A peer now. `now` is a moment of the device's clock, `wall` the same in ms since 1970. */
export function peerStatus({ config, peer }: TablePeer, now: number, wall: number): PeerStatus {
  const wallTime = (moment: number | null) => (moment === null ? null : Math.round(wall - (now - moment)));
  return {
    name: config.name,
    publicKey: config.publicKey,
    allowedIps: config.allowedIps,
    exitFor: config.exitFor,
    endpoint: peer.endpoint === null ? null : formatEndpoint(peer.endpoint),
    keepalive: config.keepalive,
    mtu: config.mtu,
    expires: config.expires,
    hasPresharedKey: config.presharedKey !== null,
    lastHandshakeAt: wallTime(peer.lastHandshakeAt),
    lastReceivedAt: wallTime(peer.lastReceivedAt),
    receivedBytes: peer.receivedBytes,
    sentBytes: peer.sentBytes,
    drops: namedDrops(peer.drops),
  };
}

/** Counts by drop number as counts by reason; reasons that never occurred are left out. */
export function namedDrops(counts: ArrayLike<number>): Record<string, number> {
  const named: Record<string, number> = {};
  for (const [number, reason] of DROP_REASONS.entries()) {
    const count = counts[number] ?? 0;
    if (count > 0) named[reason] = count;
  }
  return named;
}
