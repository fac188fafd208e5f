/**
 * A failing run with what judging its last step needs: where something can be done about it, and which way the packet went.
 */

import type { Address } from '../../../net/address.ts';
import { sameAddress } from '../../../net/address.ts';
import { prefixHas } from '../../../net/prefix.ts';
import type { Origin, Peer } from '../../../plan/plan.ts';
import { responsibleHop } from '../../explain/causes.ts';
import type { FlowPacket, Reason, Run } from '../../flow.ts';
import type { Hop, Step } from '../../trace.ts';
import type { Owner } from '../../world/peer-table.ts';
import type { Station, TunnelLink, World } from '../../world.ts';

export interface Scene {
  readonly world: World;
  readonly run: Run;
  readonly step: Step;
  /** Where the packet ends; before the internet, who sent it there. */
  readonly hop: Hop;
  readonly station: Station;
  readonly packet: FlowPacket;
  readonly isReply: boolean;
}

export function sceneOf(world: World, run: Run, reason: Reason): Scene {
  const hop = responsibleHop(reason);
  const { packet, step } = reason;
  return { world, run, step, hop, station: hop.station, packet, isReply: packet.direction === 'reply' };
}

export function tunnelsOf({ links }: Station): readonly TunnelLink[] {
  return links.filter((link) => link.kind === 'tunnel');
}

/** Whether `station` has `address`, or stands on the LAN that has it. */
export function carries(world: World, { links }: Station, address: Address): boolean {
  return links.some(
    (link) =>
      link.addresses.some(({ value }) => sameAddress(value, address)) ||
      (link.kind === 'segment' && lanHas(world, link.segment, address)),
  );
}

/** Under its own prefixes or those by which others know it. */
export function lanHas(world: World, name: string, address: Address): boolean {
  const lan = world.segments.get(name)?.lan;
  const prefixes = [...(lan?.prefixes ?? []), ...(lan?.seenAs.map(({ seenAs }) => seenAs) ?? [])];
  return prefixes.some(({ value }) => prefixHas(value, address));
}

export interface PeerOf {
  readonly link: TunnelLink;
  readonly peer: Peer;
  /** Null where no device has its key. */
  readonly other: Station | null;
}

export function peersOf(world: World, station: Station): PeerOf[] {
  return tunnelsOf(station).flatMap((link) =>
    link.tunnel.peers.map((peer) => ({ link, peer, other: world.byName.get(peer.name) ?? null })),
  );
}

/** The peer to which allowed IPs of a station give `address`. */
export function allowedFor(station: Station, address: Address): (Owner & { readonly link: TunnelLink }) | null {
  let best: (Owner & { readonly link: TunnelLink }) | null = null;
  for (const link of tunnelsOf(station)) {
    const owner = link.peers.owner(address);
    if (owner !== null && (best === null || owner.prefix.length > best.prefix.length)) best = { ...owner, link };
  }
  return best;
}

/** The peer of `station` that should be given `address`: who has it or its LAN, else who hands it on. */
export function peerTowards(world: World, station: Station, address: Address): PeerOf | null {
  const peers = peersOf(world, station).filter(({ other }) => other !== null && other !== station);
  const holder = peers.find(({ other }) => carries(world, other!, address));
  return (
    holder ??
    peers.find(({ other }) => {
      const next = allowedFor(other!, address)?.peer.name;
      return next !== undefined && next !== station.name;
    }) ??
    null
  );
}

/** How `other` describes `station`. */
export function peerBack(station: Station, other: Station): Peer | null {
  for (const link of tunnelsOf(other)) {
    const [found] = link.peers.named(station.name);
    if (found !== undefined) return found;
  }
  return null;
}

/** Whether `station` is the one of the two that dials. Both or none: whether it has fewer peers. */
export function dials(station: Station, { peer, other, link }: PeerOf): boolean {
  const back = other && peerBack(station, other);
  const here = peer.endpoint !== undefined;
  const there = back?.endpoint !== undefined;
  if (here !== there) return here;
  const theirs = other ? Math.max(0, ...tunnelsOf(other).map(({ tunnel }) => tunnel.peers.length)) : 0;
  return link.tunnel.peers.length < theirs;
}

/** Facts to point at for a peer: its allowed IPs, else its key. */
export function peerOrigins({ allowedIps, publicKey }: Peer): Origin[] {
  const origins = allowedIps.map(({ origin }) => origin);
  return origins.length > 0 ? origins : publicKey === null ? [] : [publicKey.origin];
}

export function stationOrigins({ device }: Station): Origin[] {
  return device === null ? [] : [{ kind: 'file', place: device.place }];
}
