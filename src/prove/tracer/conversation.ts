/**
 * What is remembered while the packets of one flow pass: connection tracking at every station, which ends of tunnels have
 * spoken, and what had to be assumed.
 */

import type { Assume, Assumption } from '../flow.ts';
import type { TunnelEnd } from '../tunnels.ts';
import type { Station, UnknownPart, World } from '../world.ts';
import { ConnectionTable } from './tracking.ts';

export class Conversation {
  readonly world: World;
  readonly #assume: Assume;
  readonly #assumptions = new Map<string, Assumption>();
  readonly #tables = new Map<Station, ConnectionTable>();
  readonly #spoken = new Set<string>();

  constructor(world: World, assume: Assume) {
    this.world = world;
    this.#assume = assume;
  }

  /** In the order in which they were needed, each once. */
  get assumptions(): readonly Assumption[] {
    return [...this.#assumptions.values()];
  }

  /** Whether to take `part` of `station` as the flow would have it; that it was asked is remembered. */
  assumes(station: Station, part: UnknownPart): boolean {
    const isFavourable = this.#assume(station, part);
    this.#assumptions.set(`${station.id} ${part}`, { station, part, isFavourable });
    return isFavourable;
  }

  connections(station: Station): ConnectionTable {
    let table = this.#tables.get(station);
    if (table === undefined) {
      table = new ConnectionTable();
      this.#tables.set(station, table);
    }
    return table;
  }

  /** A packet of this flow went out of `end`: the other side knows now where it is. */
  speaks(end: TunnelEnd): void {
    this.#spoken.add(keyOf(end));
  }

  hasSpoken(end: TunnelEnd): boolean {
    return this.#spoken.has(keyOf(end));
  }
}

function keyOf({ station, link, peer }: TunnelEnd): string {
  return `${station.id} ${link.id} ${link.tunnel.peers.indexOf(peer)}`;
}
