/**
 * Allowed IPs of a tunnel interface: going out they choose the peer, coming in they say which sources that peer may use.
 *
 * A prefix belongs to one peer. A second peer that lists it takes it from the first without a word (semantics of wg(8),
 * kernel and user space alike), so the last peer of the list wins; who lost is remembered, because that is what an
 * explanation must name.
 */

import type { Address, Family } from '../../net/address.ts';
import type { Prefix } from '../../net/prefix.ts';
import { prefixHas } from '../../net/prefix.ts';
import type { Fact, Origin, Peer } from '../../plan/plan.ts';
import { type Found, PrefixMap } from '../prefix-map.ts';

/** Who owns a prefix. */
export interface Owner {
  readonly peer: Peer;
  readonly prefix: Prefix;
  readonly origin: Origin;
  /** Peers that list the same prefix earlier, and lost it. */
  readonly losers: readonly Loser[];
}

export interface Loser {
  readonly peer: Peer;
  readonly origin: Origin;
}

export class PeerTable {
  readonly #peers: readonly Peer[];
  #map: PrefixMap<Owner> | null = null;
  #names: Map<string, Peer[]> | null = null;
  #exits: readonly { readonly peer: Peer; readonly addresses: readonly Fact<Prefix>[] }[] | null = null;

  constructor(peers: readonly Peer[]) {
    this.#peers = peers;
  }

  /** In the order of the list. */
  get peers(): readonly Peer[] {
    return this.#peers;
  }

  /** Who owns `address`, by the longest allowed IP; null when nobody does. */
  owner(address: Address): Owner | null {
    return this.#filled().longest(address)?.value ?? null;
  }

  /** The peer that is the way to the internet of `user` (`Peer.exitFor`), or null. */
  exitFor(user: Address): Owner | null {
    this.#exits ??= this.#peers.flatMap((peer) =>
      peer.exitFor === undefined || peer.exitFor.length === 0 ? [] : [{ peer, addresses: peer.exitFor }],
    );
    for (const { peer, addresses } of this.#exits) {
      const found = addresses.find(({ value }) => prefixHas(value, user));
      if (found === undefined) continue;
      return { peer, prefix: { family: user.family, bits: 0n, length: 0 }, origin: found.origin, losers: [] };
    }
    return null;
  }

  /** The peers that are the device of this name, in the order of the list. */
  named(name: string): readonly Peer[] {
    if (this.#names === null) {
      this.#names = new Map();
      for (const peer of this.#peers) {
        const known = this.#names.get(peer.name);
        if (known === undefined) this.#names.set(peer.name, [peer]);
        else known.push(peer);
      }
    }
    return this.#names.get(name) ?? [];
  }

  /** Every prefix of the family that has an owner. */
  entries(family: Family): Iterable<Found<Owner>> {
    return this.#filled().entries(family);
  }

  #filled(): PrefixMap<Owner> {
    if (this.#map === null) {
      this.#map = new PrefixMap();
      for (const peer of this.#peers) for (const fact of peer.allowedIps) take(this.#map, peer, fact);
      for (const peer of this.#peers) for (const { prefix } of peer.taken ?? []) lose(this.#map, peer, prefix);
    }
    return this.#map;
  }
}

function take(map: PrefixMap<Owner>, peer: Peer, { value: prefix, origin }: Fact<Prefix>): void {
  const before = map.exact(prefix);
  const losers = before === undefined || before.peer === peer ? (before?.losers ?? []) : [...before.losers, before];
  map.set(prefix, { peer, prefix, origin, losers });
}

/** That a peer listed a prefix which another has, as an importer found it. */
function lose(map: PrefixMap<Owner>, peer: Peer, { value: prefix, origin }: Fact<Prefix>): void {
  const owner = map.exact(prefix);
  if (owner === undefined || owner.peer === peer || owner.losers.some((loser) => loser.peer === peer)) return;
  map.set(prefix, { ...owner, losers: [...owner.losers, { peer, origin }] });
}
