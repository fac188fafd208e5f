/**
 * Points: every address that a packet between two of a world could carry, in order.
 *
 * A table is asked about these addresses and no others, so for the classes a prefix is the run of points that it holds,
 * and a table a function of points (`StepFunction`).
 */

import { ADDRESS_BITS, type Address, type Family } from '../../net/address.ts';
import type { Prefix } from '../../net/prefix.ts';

/** The points that a prefix holds: from `first` to before `end`. */
export interface PointRange {
  readonly first: number;
  readonly end: number;
}

export class Points {
  readonly #addresses: readonly Address[];
  readonly #sorted: Readonly<Record<Family, readonly (number | bigint)[]>>;
  readonly #places: ReadonlyMap<number | bigint, number>[];
  readonly #known = new Map<Address, number>();
  readonly #ranges = new Map<Prefix, number>();
  /** In the order in which they were first asked for, with the place of the last one. */
  readonly #asked: { readonly prefix: Prefix; readonly range: PointRange }[] = [];
  #last = -1;

  /** IPv4 before IPv6, each by value; the same address twice is one point. */
  constructor(addresses: Iterable<Address>) {
    const distinct = { 4: new Map<number | bigint, Address>(), 6: new Map<number | bigint, Address>() };
    for (const address of addresses) distinct[address.family].set(keyOf(address), address);
    const sorted = ([4, 6] as const).map((family) =>
      [...distinct[family].keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
    );
    this.#sorted = { 4: sorted[0]!, 6: sorted[1]! };
    this.#addresses = [
      ...sorted[0]!.map((key) => distinct[4].get(key)!),
      ...sorted[1]!.map((key) => distinct[6].get(key)!),
    ];
    this.#places = sorted.map((keys, i) => {
      const offset = i === 0 ? 0 : sorted[0]!.length;
      return new Map(keys.map((key, place) => [key, place + offset]));
    });
  }

  get count(): number {
    return this.#addresses.length;
  }

  address(point: number): Address {
    return this.#addresses[point]!;
  }

  /** The point of an address; -1 where it is none. */
  of(address: Address): number {
    let point = this.#known.get(address);
    if (point === undefined) {
      point = this.#places[address.family === 4 ? 0 : 1]!.get(keyOf(address)) ?? -1;
      this.#known.set(address, point);
    }
    return point;
  }

  /** Long lists have most of their prefixes in common, and in one order: the next is mostly the one that came next before. */
  range(prefix: Prefix): PointRange {
    const next = this.#asked[this.#last + 1];
    if (next !== undefined && next.prefix === prefix) {
      this.#last++;
      return next.range;
    }
    let place = this.#ranges.get(prefix);
    if (place === undefined) {
      place = this.#asked.length;
      this.#asked.push({ prefix, range: this.#rangeOf(prefix) });
      this.#ranges.set(prefix, place);
    }
    this.#last = place;
    return this.#asked[place]!.range;
  }

  #rangeOf({ family, bits, length }: Prefix): PointRange {
    const offset = family === 4 ? 0 : this.#sorted[4].length;
    const next = bits + (1n << BigInt(ADDRESS_BITS[family] - length));
    const keys = this.#sorted[family];
    const [low, high] = family === 4 ? [Number(bits), Number(next)] : [bits, next];
    return { first: offset + placeOf(keys, low), end: offset + placeOf(keys, high) };
  }
}

/** How many of the sorted `keys` are less than `key`. */
function placeOf(keys: readonly (number | bigint)[], key: number | bigint): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A bigint that fits becomes a number: those are compared and hashed without allocating. */
function keyOf({ family, bits }: Address): number | bigint {
  return family === 4 ? Number(bits) : bits;
}
