/**
 * Which machines came, from one status to the next: pure, and calm. A machine is news when it was away for a while or
 * comes from another address, not at every handshake.
 */

import type { PeerStatus } from '../../relay/messages.ts';

export interface Arrival {
  readonly name: string;
  /** Where it is, as `address:port`. */
  readonly endpoint: string;
}

export interface ArrivalNews {
  readonly arrivals: readonly Arrival[];
  /** How many more there are than were named. */
  readonly more: number;
}

/** A machine that was silent for less than this did not go away. */
export const AWAY_MS = 10 * 60_000;
/** A machine that moves to and fro is named once in this time. */
const SAME_MACHINE_MS = 60_000;
/** Machines named in one go. */
const NAMED_AT_ONCE = 8;

const LONG_AGO = Number.NEGATIVE_INFINITY;

interface Memory {
  readonly handshakeAt: number;
  readonly receivedAt: number;
  readonly address: string | null;
  readonly saidAt: number;
}

export class Arrivals {
  #known = new Map<string, Memory>();

  /** Takes how things are without calling any of it news: for a relay that ran before we looked. */
  prime(peers: readonly PeerStatus[]): void {
    this.#known = new Map(peers.map((peer) => [peer.publicKey, memoryOf(peer, undefined)]));
  }

  /** Who came since the last call; `now` in ms since 1970. */
  news(peers: readonly PeerStatus[], now: number): ArrivalNews {
    const arrivals: Arrival[] = [];
    let more = 0;
    const known = new Map<string, Memory>();
    for (const peer of peers) {
      const before = this.#known.get(peer.publicKey);
      const isNews = peer.endpoint !== null && isArrival(peer, before, now);
      known.set(peer.publicKey, memoryOf(peer, before, isNews ? now : undefined));
      if (!isNews) continue;
      if (arrivals.length < NAMED_AT_ONCE) arrivals.push({ name: peer.name, endpoint: peer.endpoint! });
      else more++;
    }
    this.#known = known;
    return { arrivals, more };
  }
}

function isArrival(peer: PeerStatus, before: Memory | undefined, now: number): boolean {
  if (peer.lastHandshakeAt === null) return false;
  if (before === undefined) return true;
  if (peer.lastHandshakeAt > before.handshakeAt && peer.lastHandshakeAt - before.receivedAt >= AWAY_MS) return true;
  return before.address !== null && addressOf(peer) !== before.address && now - before.saidAt >= SAME_MACHINE_MS;
}

/** What is known of `peer` now. Moments never go back: a relay that began anew has forgotten when it last heard. */
function memoryOf(peer: PeerStatus, before: Memory | undefined, saidAt?: number): Memory {
  const handshakeAt = Math.max(before?.handshakeAt ?? LONG_AGO, peer.lastHandshakeAt ?? LONG_AGO);
  return {
    handshakeAt,
    receivedAt: Math.max(before?.receivedAt ?? LONG_AGO, peer.lastReceivedAt ?? LONG_AGO, handshakeAt),
    // Where it is expected, by the file or by what is remembered, is not where it came from.
    address: peer.lastHandshakeAt === null ? (before?.address ?? null) : addressOf(peer),
    saidAt: saidAt ?? before?.saidAt ?? LONG_AGO,
  };
}

/** Without the port: a NAT box gives new ports as it likes. */
function addressOf(peer: PeerStatus): string | null {
  return peer.endpoint?.replace(/:[0-9]+$/, '') ?? null;
}
