import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ADDRESS_BITS, type Address, type Family, formatAddress, parseAddress } from './address.ts';
import {
  comparePrefixes,
  firstAddress,
  formatPrefix,
  hostPrefix,
  lastAddress,
  type Prefix,
  parsePrefix,
  prefixContains,
  prefixesOverlap,
  prefixHas,
  prefixOf,
  samePrefix,
  splitPrefix,
} from './prefix.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

/** The slow and obvious twin: a prefix is a string of zeros and ones, and contains every string that begins with it. */
const bitString = (prefix: Prefix) =>
  prefix.bits.toString(2).padStart(ADDRESS_BITS[prefix.family], '0').slice(0, prefix.length);

const family = fc.constantFrom<Family>(4, 6);
const address = family.chain((each) =>
  fc.bigInt(0n, (1n << BigInt(ADDRESS_BITS[each])) - 1n).map((bits): Address => ({ family: each, bits })),
);
const prefix = address.chain((each) => fc.nat(ADDRESS_BITS[each.family]).map((length) => prefixOf(each, length)));
/** Two prefixes that are often near each other. */
const pair = fc.oneof(
  fc.tuple(prefix, prefix),
  fc.tuple(address, fc.nat(128), fc.nat(128), fc.nat(127)).map(([each, a, b, flipped]): [Prefix, Prefix] => {
    const width = ADDRESS_BITS[each.family];
    const near = { family: each.family, bits: each.bits ^ (1n << BigInt(flipped % width)) };
    return [prefixOf(each, a % (width + 1)), prefixOf(near, b % (width + 1))];
  }),
);

test('a prefix in its canonical spelling reads as itself', () => {
  fc.assert(fc.property(prefix, (each) => assert.deepEqual(parsePrefix(formatPrefix(each)), each)));
});

test('the prefix around an address keeps its leading bits and clears the others', () => {
  fc.assert(
    fc.property(address, fc.nat(128), (each, length) => {
      const width = ADDRESS_BITS[each.family];
      fc.pre(length <= width);
      const bits = each.bits.toString(2).padStart(width, '0');
      const around = prefixOf(each, length);
      assert.equal(around.bits, BigInt(`0b${bits.slice(0, length).padEnd(width, '0')}`));
      assert.equal(prefixHas(around, each), true);
    }),
  );
});

test('containing, overlapping and having are beginnings of bit strings', () => {
  fc.assert(
    fc.property(pair, ([a, b]) => {
      const [x, y] = [bitString(a), bitString(b)];
      const same = a.family === b.family;
      assert.equal(prefixContains(a, b), same && y.startsWith(x));
      assert.equal(prefixesOverlap(a, b), same && (y.startsWith(x) || x.startsWith(y)));
      assert.equal(prefixHas(a, firstAddress(b)), same && bitString(hostPrefix(firstAddress(b))).startsWith(x));
      assert.equal(samePrefix(a, b), same && x === y);
    }),
    { numRuns: 1000 },
  );
});

test('the first and the last address are the ends', () => {
  fc.assert(
    fc.property(prefix, (each) => {
      const width = ADDRESS_BITS[each.family];
      assert.equal(bitString(hostPrefix(firstAddress(each))), bitString(each).padEnd(width, '0'));
      assert.equal(bitString(hostPrefix(lastAddress(each))), bitString(each).padEnd(width, '1'));
    }),
  );
});

test('the halves of a prefix are its bit string and one more bit', () => {
  fc.assert(
    fc.property(prefix, (each) => {
      const halves = splitPrefix(each);
      if (each.length === ADDRESS_BITS[each.family]) assert.equal(halves, null);
      else assert.deepEqual(halves!.map(bitString), [`${bitString(each)}0`, `${bitString(each)}1`]);
    }),
  );
});

test('prefixes sort so that each stands before everything inside it', () => {
  fc.assert(
    fc.property(pair, ([a, b]) => {
      const order = comparePrefixes(a, b);
      assert.equal(Math.sign(order) + Math.sign(comparePrefixes(b, a)), 0);
      if (prefixContains(a, b) && !samePrefix(a, b)) assert.ok(order < 0);
      assert.equal(order === 0, samePrefix(a, b));
    }),
  );
});

test('each mistake in a prefix has its name', () => {
  const mistakes = [
    ['10.0.0.0', 'length-missing'],
    ['fd00::', 'length-missing'],
    ['10.0.0.0/33', 'length-out-of-range'],
    ['::/129', 'length-out-of-range'],
    ['10.0.0.1/24', 'host-bits-set'],
    ['fd00::1/64', 'host-bits-set'],
    ['10.0.0.0/', 'not-a-prefix'],
    ['10.0.0.0/08', 'not-a-prefix'],
    ['10.0.0.0/+8', 'not-a-prefix'],
    ['10.0.0.0/8/8', 'not-a-prefix'],
    ['10.0.0/24', 'not-a-prefix'],
    ['10.0.0.0/255.0.0.0', 'not-a-prefix'],
    ['home', 'not-a-prefix'],
    ['', 'not-a-prefix'],
  ] as const;
  for (const [text, mistake] of mistakes) assert.equal(parsePrefix(text), mistake, text);
});

test('the longest and the shortest prefix are prefixes', () => {
  for (const text of ['0.0.0.0/0', '::/0', '255.255.255.255/32', 'fd00::1/128'])
    assert.equal(formatPrefix(parsePrefix(text) as Prefix), text);
  assert.equal(formatAddress(lastAddress(parsePrefix('0.0.0.0/0') as Prefix)), '255.255.255.255');
  assert.equal(formatPrefix(hostPrefix(parseAddress('fd00::1')!)), 'fd00::1/128');
});
