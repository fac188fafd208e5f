import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Address, Family } from '../net/address.ts';
import { type Prefix, prefixHas, prefixOf, samePrefix } from '../net/prefix.ts';
import { type Found, PrefixMap } from './prefix-map.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

/** The stupid table: every prefix is asked. */
class Table {
  readonly #entries: { prefix: Prefix; value: number }[] = [];

  set(prefix: Prefix, value: number): void {
    const known = this.#entries.find((each) => samePrefix(each.prefix, prefix));
    if (known) known.value = value;
    else this.#entries.push({ prefix, value });
  }

  covering(address: Address): Found<number>[] {
    return this.#entries
      .filter(({ prefix }) => prefixHas(prefix, address))
      .sort((a, b) => b.prefix.length - a.prefix.length);
  }

  get size(): number {
    return this.#entries.length;
  }
}

test(`finds what a table finds in which every prefix is asked (SEED=${SEED})`, () => {
  let state = SEED >>> 0;
  const below = (limit: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  // Few different bits, so that prefixes lie in each other.
  const anyAddress = (): Address => {
    const family: Family = below(2) === 0 ? 4 : 6;
    const width = family === 4 ? 32 : 128;
    let bits = 0n;
    for (let i = 0; i < 6; i++)
      if (below(2) === 0) bits |= 1n << BigInt([0, 7, width / 2, width - 9, width - 2, width - 1][i]!);
    return { family, bits };
  };
  for (let round = 0; round < 60; round++) {
    const map = new PrefixMap<number>();
    const table = new Table();
    for (let i = 0; i < 80; i++) {
      const address = anyAddress();
      const prefix = prefixOf(address, below((address.family === 4 ? 32 : 128) + 1));
      map.set(prefix, i);
      table.set(prefix, i);
      assert.equal(map.exact(prefix), i);
    }
    assert.equal([...map.entries(4), ...map.entries(6)].length, table.size);
    for (let i = 0; i < 80; i++) {
      const address = anyAddress();
      const expected = table.covering(address);
      assert.deepEqual(map.covering(address), expected);
      assert.deepEqual(map.longest(address), expected[0] ?? null);
    }
  }
});

test('knows nothing of prefixes that were not set', () => {
  const map = new PrefixMap<number>();
  const address: Address = { family: 4, bits: 0x0a000001n };
  assert.equal(map.longest(address), null);
  assert.equal(map.exact(prefixOf(address, 8)), undefined);
  map.set(prefixOf(address, 16), 1);
  assert.equal(map.exact(prefixOf(address, 8)), undefined);
  assert.equal(map.longest({ family: 6, bits: 0x0a000001n }), null);
});
