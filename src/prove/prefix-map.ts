/**
 * The prover's longest-prefix map: one hash table per length, asked from the longest length to the shortest.
 *
 * Deliberately nothing like the relay's trie: what the relay forwards and what is proved about it must not share a
 * mistake. A lookup costs as many steps as there are different lengths, which in a network of people is a dozen.
 */

import { ADDRESS_BITS, type Address, type Family } from '../net/address.ts';
import type { Prefix } from '../net/prefix.ts';

/** Values by prefix, both families; one value for a prefix, the last one set. */
export class PrefixMap<V> {
  readonly #tables: Readonly<Record<Family, Table<V>>> = { 4: new Table<V>(4), 6: new Table<V>(6) };

  /** The value of exactly this prefix. */
  exact(prefix: Prefix): V | undefined {
    return this.#tables[prefix.family].exact(prefix.bits, prefix.length);
  }

  set(prefix: Prefix, value: V): void {
    this.#tables[prefix.family].set(prefix, value);
  }

  /** The value of the longest prefix that holds `address`, and that prefix; null when none does. */
  longest(address: Address): Found<V> | null {
    return this.#tables[address.family].longest(address.bits);
  }

  /** All values whose prefix holds `address`, the longest first. */
  covering(address: Address): Found<V>[] {
    return this.#tables[address.family].covering(address.bits);
  }

  /** Everything of one family, longer prefixes first. */
  entries(family: Family): Iterable<Found<V>> {
    return this.#tables[family].entries();
  }
}

export interface Found<V> {
  readonly prefix: Prefix;
  readonly value: V;
}

/** A bigint that fits becomes a number: those are hashed without allocating. */
type Key = number | bigint;

interface Length<V> {
  readonly length: number;
  readonly shift: bigint;
  readonly found: Map<Key, Found<V>>;
}

class Table<V> {
  readonly #family: Family;
  /** Longest first. */
  #lengths: Length<V>[] = [];

  constructor(family: Family) {
    this.#family = family;
  }

  exact(bits: bigint, length: number): V | undefined {
    const table = this.#lengths.find((each) => each.length === length);
    return table?.found.get(this.#key(bits, table.shift))?.value;
  }

  set(prefix: Prefix, value: V): void {
    let table = this.#lengths.find((each) => each.length === prefix.length);
    if (table === undefined) {
      const shift = BigInt(ADDRESS_BITS[this.#family] - prefix.length);
      table = { length: prefix.length, shift, found: new Map() };
      this.#lengths = [...this.#lengths, table].sort((a, b) => b.length - a.length);
    }
    table.found.set(this.#key(prefix.bits, table.shift), { prefix, value });
  }

  longest(bits: bigint): Found<V> | null {
    for (const { found, shift } of this.#lengths) {
      const hit = found.get(this.#key(bits, shift));
      if (hit !== undefined) return hit;
    }
    return null;
  }

  covering(bits: bigint): Found<V>[] {
    return this.#lengths.flatMap(({ found, shift }) => {
      const hit = found.get(this.#key(bits, shift));
      return hit === undefined ? [] : [hit];
    });
  }

  *entries(): Iterable<Found<V>> {
    for (const { found } of this.#lengths) yield* found.values();
  }

  #key(bits: bigint, shift: bigint): Key {
    const leading = bits >> shift;
    return this.#family === 4 ? Number(leading) : leading;
  }
}
