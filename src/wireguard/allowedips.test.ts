/**
 * The cases of Linux `selftest/allowedips.c`, and the trie against a deliberately stupid list.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random, seedOfRun } from '../../test/simulated/random.ts';
import { type Address, addressBytes, addressFromBytes, parseAddress } from '../net/address.ts';
import { formatPrefix, type Prefix, prefixHas, prefixOf, samePrefix } from '../net/prefix.ts';
import { AllowedIps } from './allowedips.ts';

const PEERS = { a: 0, b: 1, c: 2, d: 3, e: 4, f: 5, g: 6, h: 7 } as const;
type Name = keyof typeof PEERS;

/** As Linux takes them: host bits are masked off. */
function prefix(text: string): Prefix {
  const [address, length] = text.split('/');
  return prefixOf(parseAddress(address!)!, Number(length));
}

function owner(allowed: AllowedIps, address: Address): number {
  // Not at the start of the bytes: packets lie somewhere in an arena.
  const bytes = new Uint8Array(40);
  bytes.set(addressBytes(address), 13);
  return address.family === 4 ? allowed.lookup4(bytes, 13) : allowed.lookup6(bytes, 13);
}

const INSERTED: readonly (readonly [Name, string])[] = [
  ['a', '192.168.4.0/24'],
  ['b', '192.168.4.4/32'],
  ['c', '192.168.0.0/16'],
  ['d', '192.95.5.64/27'],
  ['c', '192.95.5.65/27'],
  ['d', '2607:5300:6000:6b00::c05f:543/128'],
  ['c', '2607:5300:6000:6b00::/64'],
  ['e', '0.0.0.0/0'],
  ['e', '::/0'],
  ['f', '::/0'],
  ['g', '2404:6800::/32'],
  ['h', '2404:6800:4004:800:dead:beef:dead:beef/64'],
  ['a', '2404:6800:4004:800:dead:beef:dead:beef/128'],
  ['c', '2444:6800:40e4:800:deae:beef:def:beef/128'],
  ['b', '2444:6800:f0e4:800:eeae:beef::/98'],
  ['g', '64.15.112.0/20'],
  ['h', '64.15.123.211/25'],
  ['a', '10.0.0.0/25'],
  ['b', '10.0.0.128/25'],
  ['a', '10.1.0.0/30'],
  ['b', '10.1.0.4/30'],
  ['c', '10.1.0.8/29'],
  ['d', '10.1.0.16/29'],
];

const EXPECTED: readonly (readonly [Name, string])[] = [
  ['a', '192.168.4.20'],
  ['a', '192.168.4.0'],
  ['b', '192.168.4.4'],
  ['c', '192.168.200.182'],
  ['c', '192.95.5.68'],
  ['e', '192.95.5.96'],
  ['d', '2607:5300:6000:6b00::c05f:543'],
  ['c', '2607:5300:6000:6b00::c02e:1ee'],
  ['f', '2607:5300:6000:6b01::'],
  ['g', '2404:6800:4004:806::1006'],
  ['g', '2404:6800:4004:806:0:1234:0:5678'],
  ['f', '2404:67ff:4004:806:0:1234:0:5678'],
  ['f', '2404:6801:4004:806:0:1234:0:5678'],
  ['h', '2404:6800:4004:800:0:1234:0:5678'],
  ['h', '2404:6800:4004:800::'],
  ['h', '2404:6800:4004:800:1010:1010:1010:1010'],
  ['a', '2404:6800:4004:800:dead:beef:dead:beef'],
  ['g', '64.15.116.26'],
  ['g', '64.15.127.3'],
  ['g', '64.15.123.1'],
  ['h', '64.15.123.128'],
  ['h', '64.15.123.129'],
  ['a', '10.0.0.52'],
  ['b', '10.0.0.220'],
  ['a', '10.1.0.2'],
  ['b', '10.1.0.6'],
  ['c', '10.1.0.10'],
  ['d', '10.1.0.20'],
];

test('owners are those of the fixed table of Linux', () => {
  const allowed = new AllowedIps();
  for (const [name, text] of INSERTED) allowed.insert(prefix(text), PEERS[name]);
  for (const [name, text] of EXPECTED) assert.equal(owner(allowed, parseAddress(text)!), PEERS[name], text);
  for (const first of [1, 64, 128, 192, 255]) allowed.insert(prefix(`${first}.0.0.0/32`), PEERS.a);
  allowed.removePeer(PEERS.a);
  for (const first of [1, 64, 128, 192, 255]) {
    assert.notEqual(owner(allowed, parseAddress(`${first}.0.0.0`)!), PEERS.a);
  }
});

test('removing a peer removes a prefix and the one inside it', () => {
  const allowed = new AllowedIps();
  allowed.insert(prefix('192.168.0.0/16'), PEERS.a);
  allowed.insert(prefix('192.168.0.0/24'), PEERS.a);
  allowed.removePeer(PEERS.a);
  assert.equal(owner(allowed, parseAddress('192.168.0.1')!), -1);
  assert.equal(allowed.size, 0);
});

test('the deepest trie that can be is walked to its end', () => {
  const allowed = new AllowedIps();
  const ones = 2n ** 128n - 1n;
  for (let bit = 0n; bit < 128n; bit++)
    allowed.insert({ family: 6, bits: ones ^ (1n << bit), length: 128 }, Number(bit));
  for (let bit = 0n; bit < 128n; bit++) {
    assert.equal(owner(allowed, { family: 6, bits: ones ^ (1n << bit) }), Number(bit));
  }
  assert.equal(owner(allowed, { family: 6, bits: ones }), -1);
});

test("a peer's prefixes can be read back, masked", () => {
  const allowed = new AllowedIps();
  for (const text of [
    '192.95.5.93/27',
    '2607:5300:6000:6b00::c05f:543/128',
    '10.1.0.20/29',
    '2607:5300:6d8a:6bf8:dab1:f1df:c05f:1523/83',
    '2607:5300:6d8a:6bf8:dab1:f1df:c05f:1523/21',
  ]) {
    allowed.insert(prefix(text), PEERS.a);
  }
  assert.deepEqual(allowed.prefixesOf(PEERS.a).map(formatPrefix).sort(), [
    '10.1.0.16/29',
    '192.95.5.64/27',
    '2607:5000::/21',
    '2607:5300:6000:6b00::c05f:543/128',
    '2607:5300:6d8a:6bf8:dab1:e000::/83',
  ]);
});

test('inserting a prefix for another peer moves it, and what it covers stays where it was', () => {
  const allowed = new AllowedIps();
  allowed.insert(prefix('10.0.0.0/8'), 1);
  allowed.insert(prefix('10.1.0.0/16'), 2);
  allowed.insert(prefix('10.0.0.0/8'), 3);
  assert.deepEqual(allowed.prefixesOf(1), []);
  assert.equal(owner(allowed, parseAddress('10.2.0.1')!), 3);
  assert.equal(owner(allowed, parseAddress('10.1.0.1')!), 2);
  allowed.remove(prefix('10.0.0.0/8'), 1);
  assert.equal(owner(allowed, parseAddress('10.2.0.1')!), 3, 'not the owner: nothing is removed');
  allowed.remove(prefix('10.1.0.0/16'), 2);
  assert.equal(owner(allowed, parseAddress('10.1.0.1')!), 3);
});

test('a trie answers as a list that is searched from end to end, while peers come and go', (t) => {
  const random = new Random(seedOfRun(t));
  for (const family of [4, 6] as const) {
    const width = family === 4 ? 32 : 128;
    const allowed = new AllowedIps();
    let list: { prefix: Prefix; peer: number }[] = [];
    const bytesNear = (bytes: Uint8Array): Uint8Array => {
      const kept = random.below(width);
      return bytes.map((byte, i) =>
        8 * (i + 1) <= kept ? byte : 8 * i >= kept ? random.u32() : byte ^ random.below(2 ** (8 - (kept % 8))),
      );
    };
    const insert = (bytes: Uint8Array): void => {
      const one = prefixOf(addressFromBytes(bytes), random.below(width + 1));
      const peer = random.below(60);
      list = list.filter((entry) => !samePrefix(entry.prefix, one));
      list.push({ prefix: one, peer });
      allowed.insert(one, peer);
    };
    const bases: Uint8Array[] = [];
    for (let i = 0; i < 30; i++) {
      const base = random.bytes(width / 8);
      bases.push(base);
      insert(base);
      for (let j = 0; j < 15; j++) insert(bytesNear(base));
    }
    const check = (): void => {
      for (let i = 0; i < 400; i++) {
        const address = addressFromBytes(random.chance(0.2) ? random.bytes(width / 8) : bytesNear(random.pick(bases)));
        let best: { prefix: Prefix; peer: number } | null = null;
        for (const entry of list) {
          if (prefixHas(entry.prefix, address) && entry.prefix.length >= (best?.prefix.length ?? 0)) best = entry;
        }
        assert.equal(owner(allowed, address), best?.peer ?? -1);
      }
    };
    check();
    for (let i = 0; i < 100; i++) {
      const { prefix: one, peer } = random.pick(list);
      allowed.remove(one, random.chance(0.8) ? peer : 60);
      if (!allowed.prefixesOf(peer).some((left) => samePrefix(left, one))) {
        list = list.filter((entry) => !samePrefix(entry.prefix, one));
      }
      if (i % 20 === 0) check();
    }
    for (let peer = 0; peer < 60; peer++) {
      assert.deepEqual(
        allowed.prefixesOf(peer).map(formatPrefix).sort(),
        list
          .filter((entry) => entry.peer === peer)
          .map((entry) => formatPrefix(entry.prefix))
          .sort(),
      );
      allowed.removePeer(peer);
      list = list.filter((entry) => entry.peer !== peer);
      assert.equal(allowed.size, list.length);
      if (peer % 10 === 0) check();
    }
    assert.equal(allowed.size, 0);
  }
});
