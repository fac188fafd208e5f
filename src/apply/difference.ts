/**
 * What must change so that a router holds what it should: pure, and nothing more than differs, because every peer that
 * is not touched keeps its keypairs.
 */

import type { PeerConfig, PeerStatus, RouterConfig } from '../relay/messages.ts';
import type { Observed, RouterSetup } from './backend.ts';

export interface Difference {
  /** Null when the router itself stays as it is. */
  readonly router: RouterConfig | null;
  /** Public keys that go. */
  readonly remove: readonly string[];
  /** Peers that are new or differ. */
  readonly set: readonly PeerConfig[];
  /**
   * Those of them that give a prefix away, with what they keep. Set before, they make room: then no order of `set`
   * gives a prefix to one peer while it is still another's.
   */
  readonly narrowed: readonly PeerConfig[];
  /** Names by what a person would call it. A peer that is only told again is in none of them. */
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/**
 * The difference between `wanted` and what was observed.
 *
 * Preshared keys and configured endpoints are never shown by a backend (one is secret, the other moves with the
 * machine), so they are compared with what it was told; a peer that is not in `told` is set again.
 */
export function differenceOf(
  wanted: RouterSetup,
  observed: Observed,
  told: ReadonlyMap<string, PeerConfig>,
): Difference {
  const present = new Map(observed.peers.map((peer) => [peer.publicKey, peer]));
  const stays = new Set(wanted.peers.map((peer) => peer.publicKey));
  const gone = observed.peers.filter((peer) => !stays.has(peer.publicKey));
  const set: PeerConfig[] = [];
  const added: string[] = [];
  const changed: string[] = [];
  for (const peer of wanted.peers) {
    const there = present.get(peer.publicKey);
    const last = told.get(peer.publicKey);
    const isChanged =
      there !== undefined && (!matches(peer, there) || (last !== undefined && !sameSecrets(peer, last)));
    if (there === undefined) added.push(peer.name);
    else if (isChanged) changed.push(peer.name);
    if (there === undefined || last === undefined || isChanged) set.push(peer);
  }
  return {
    router: sameRouter(wanted.router, observed.router) ? null : wanted.router,
    remove: gone.map((peer) => peer.publicKey),
    set,
    narrowed: set.flatMap((peer) => narrowed(peer, present.get(peer.publicKey))),
    added,
    changed,
    removed: gone.map((peer) => peer.name),
  };
}

export function isEmpty(difference: Difference): boolean {
  return difference.router === null && difference.remove.length === 0 && difference.set.length === 0;
}

function matches(peer: PeerConfig, there: PeerStatus): boolean {
  return (
    peer.name === there.name &&
    peer.keepalive === there.keepalive &&
    peer.mtu === there.mtu &&
    peer.expires === there.expires &&
    (peer.presharedKey !== null) === there.hasPresharedKey &&
    samePrefixes(peer.allowedIps, there.allowedIps) &&
    samePrefixes(peer.exitFor, there.exitFor)
  );
}

function sameSecrets(peer: PeerConfig, last: PeerConfig): boolean {
  return peer.presharedKey === last.presharedKey && peer.endpoint === last.endpoint;
}

function sameRouter(a: RouterConfig, b: RouterConfig): boolean {
  return (
    a.name === b.name &&
    a.mtu === b.mtu &&
    (a.listenPort === b.listenPort || a.listenPort === 0) &&
    samePrefixes(a.addresses, b.addresses) &&
    samePrefixes(a.described, b.described)
  );
}

/** Lists of prefixes or addresses in canonical spelling; their order says nothing. */
function samePrefixes(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  const known = new Set(b);
  return a.every((each) => known.has(each));
}

/** `peer` without the prefixes it is about to take, when there are some that it gives away; otherwise nothing. */
function narrowed(peer: PeerConfig, there: PeerStatus | undefined): PeerConfig[] {
  if (there === undefined) return [];
  const allowedIps = common(there.allowedIps, peer.allowedIps);
  const exitFor = common(there.exitFor, peer.exitFor);
  const gives = allowedIps.length < there.allowedIps.length || exitFor.length < there.exitFor.length;
  return gives ? [{ ...peer, allowedIps, exitFor }] : [];
}

function common(a: readonly string[], b: readonly string[]): string[] {
  const known = new Set(b);
  return a.filter((each) => known.has(each));
}
