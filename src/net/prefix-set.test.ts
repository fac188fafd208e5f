import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ADDRESS_BITS, type Family } from './address.ts';
import { comparePrefixes, formatPrefix, type Prefix, parsePrefix, splitPrefix } from './prefix.ts';
import { aggregate, ofFamily, setHas, subtract } from './prefix-set.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

/**
 * A world of 64 addresses in each family, small enough to list. The slow twin lists the addresses of a set, and cuts the
 * world in halves until each piece is all in or all out: that is the one smallest cover.
 */
const WORLD: Record<Family, Prefix> = {
  4: parsePrefix('10.9.8.64/26') as Prefix,
  6: parsePrefix('fd00:1::40/122') as Prefix,
};
const FAMILIES = [4, 6] as const;

const prefix = fc
  .tuple(fc.constantFrom<Family>(...FAMILIES), fc.nat(6), fc.nat(63))
  .map(([family, bits, at]): Prefix => {
    const world = WORLD[family];
    return {
      family,
      length: ADDRESS_BITS[family] - bits,
      bits: world.bits | ((BigInt(at) >> BigInt(bits)) << BigInt(bits)),
    };
  });
const prefixes = fc.array(prefix, { maxLength: 20 });

function addressesIn(set: readonly Prefix[]): Set<string> {
  const listed = set.flatMap(({ family, bits, length }) =>
    Array.from({ length: 2 ** (ADDRESS_BITS[family] - length) }, (_, i) => `${family} ${bits + BigInt(i)}`),
  );
  return new Set(listed);
}

function smallestCover(addresses: ReadonlySet<string>, piece: Prefix): Prefix[] {
  const own = [...addressesIn([piece])];
  const held = own.filter((address) => addresses.has(address)).length;
  if (held === own.length) return [piece];
  return held === 0 ? [] : splitPrefix(piece)!.flatMap((half) => smallestCover(addresses, half));
}

const coverOfWorld = (addresses: ReadonlySet<string>) =>
  FAMILIES.flatMap((family) => smallestCover(addresses, WORLD[family]));

test('an aggregate is the smallest cover of exactly the same addresses, sorted', () => {
  fc.assert(
    fc.property(prefixes, (set) => {
      assert.deepEqual(aggregate(set), coverOfWorld(addressesIn(set)));
      assert.deepEqual(aggregate(set), aggregate(set).toSorted(comparePrefixes));
    }),
    { numRuns: 500 },
  );
});

test('a difference is the smallest cover of exactly the addresses that remain', () => {
  fc.assert(
    fc.property(prefixes, prefixes, (from, without) => {
      const gone = addressesIn(without);
      const left = new Set([...addressesIn(from)].filter((address) => !gone.has(address)));
      assert.deepEqual(subtract(from, without), coverOfWorld(left));
    }),
    { numRuns: 500 },
  );
});

test('neither changes what it is given', () => {
  const set = ['10.9.8.128/25', '10.9.8.0/25'].map((text) => parsePrefix(text) as Prefix);
  const before = set.map(formatPrefix);
  aggregate(set);
  subtract(set, set);
  assert.deepEqual(set.map(formatPrefix), before);
});

test('a set has exactly the addresses of its prefixes', () => {
  fc.assert(
    fc.property(prefixes, fc.constantFrom<Family>(...FAMILIES), fc.nat(63), (set, family, at) => {
      const address = { family, bits: WORLD[family].bits + BigInt(at) };
      assert.equal(setHas(set, address), addressesIn(set).has(`${family} ${address.bits}`));
    }),
  );
});

test('the whole of IPv4 without one address is 32 prefixes, and with it one', () => {
  const whole = parsePrefix('0.0.0.0/0') as Prefix;
  const one = parsePrefix('198.51.100.1/32') as Prefix;
  const rest = subtract([whole], [one]);
  assert.equal(rest.length, 32);
  assert.deepEqual(aggregate([...rest, one]), [whole]);
});

test('picking a family keeps the order', () => {
  const set = ['fd00::/64', '10.0.0.0/8', 'fd00:1::/64'].map((text) => parsePrefix(text) as Prefix);
  assert.deepEqual(ofFamily(set, 6).map(formatPrefix), ['fd00::/64', 'fd00:1::/64']);
});
