/**
 * Everything that an attacker can put on the wire without keys, against a device at work: nothing throws, nothing
 * grows, every datagram is accounted for, and the others' packets arrive.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DROP_REASONS } from '../../src/wireguard/drop.ts';
import { endpointOf, type Machine, prefixes } from './machine.ts';
import { Network, PERFECT } from './network.ts';
import { numberOf } from './packet.ts';
import { type Random, seedOfRun } from './random.ts';

/** Points of low order as X25519 public keys. */
const LOW_ORDER = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  `ec${'ff'.repeat(30)}7f`,
].map((hex) => Uint8Array.from(Buffer.from(hex, 'hex')));

/** What the hostile machine makes out of datagrams it has seen. */
function mangled(random: Random, seen: readonly Uint8Array[]): Uint8Array {
  const bytes = Uint8Array.from(random.pick(seen));
  switch (random.below(8)) {
    case 0:
      return random.bytes(random.below(200));
    case 1:
      return bytes.slice(0, random.below(bytes.length + 1));
    case 2: {
      const longer = new Uint8Array(bytes.length + 1 + random.below(100));
      longer.set(bytes);
      return longer;
    }
    case 3:
      bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
      return bytes;
    case 4: {
      const junk = random.bytes(random.pick([148, 92, 64, 32, 33, 1500]));
      junk.set([1 + random.below(4), 0, 0, 0]);
      return junk;
    }
    case 5: {
      // Another type with the same bytes.
      bytes[0] = random.below(6);
      return bytes;
    }
    case 6:
      if (bytes[0] === 1) bytes.set(random.pick(LOW_ORDER), 8);
      if (bytes[0] === 2) bytes.set(random.pick(LOW_ORDER), 12);
      return bytes;
    default:
      return bytes;
  }
}

function total(machine: Machine): number {
  return machine.device.drops.reduce((sum, count) => sum + count, 0);
}

test('mangled and replayed datagrams by the ten thousand change nothing for those who have keys', (t) => {
  const network = new Network(seedOfRun(t));
  const router = network.add('router', 1);
  router.forwards = true;
  const a = network.add('a', 2);
  const b = network.add('b', 3);
  for (const machine of [a, b]) {
    router.knows(machine);
    machine.knows(router, { endpoint: router.endpoint, allowedIps: prefixes('10.0.0.0/24') });
  }
  const seen: Uint8Array[] = [];
  network.tap = (bytes) => {
    if (seen.length < 2000) seen.push(bytes);
    return true;
  };
  b.send(a, 0, router);
  a.send(b, 0, router);
  network.run(10_000);
  const minutes = 5;
  network.every(500, minutes * 60_000, (run) => a.send(b, 1 + run, router));
  network.every(10, minutes * 60_000, () => {
    const target = network.random.pick([router, a, b]);
    const from = network.random.chance(0.5)
      ? endpointOf('203.0.113.66', 1 + network.random.below(65_535))
      : network.random.pick(network.machines).endpoint;
    network.inject(mangled(network.random, seen), from, target.endpoint, 'hostile');
  });
  network.run(minutes * 60_000 + 1000);
  network.expect(() => {
    const numbers = b.delivered.map(({ packet }) => numberOf(packet)).filter((number) => number > 0);
    assert.equal(new Set(numbers).size, numbers.length, 'nothing twice');
    assert.equal(numbers.length, minutes * 120, 'nothing lost');
    for (const machine of [router, a, b]) {
      for (const peer of machine.device.peers()) {
        assert.ok(
          peer.endpoint!.address.startsWith('192.0.2.'),
          `${machine.name} was led to ${peer.endpoint!.address}`,
        );
      }
      assert.ok(machine.liveKeys <= 12 && machine.device.indexCount <= 8);
    }
  });
  const hostile = total(router) + total(a) + total(b);
  assert.ok(hostile > minutes * 6000 * 0.9, `${hostile} refused`);
  network.tap = null;
  network.run(700_000);
  for (const machine of [router, a, b]) {
    assert.deepEqual([machine.liveKeys, machine.device.indexCount], [0, 0], `${machine.name} holds keys or indices`);
  }
});

test('every datagram of a batch is passed on, consumed or counted', (t) => {
  const network = new Network(seedOfRun(t));
  const a = network.add('a', 1);
  const b = network.add('b', 2);
  a.knows(b, { endpoint: b.endpoint });
  b.knows(a);
  const seen: Uint8Array[] = [];
  network.tap = (bytes) => {
    seen.push(bytes);
    return true;
  };
  a.send(b, 1);
  network.run(200);
  for (let round = 0; round < 100; round++) {
    const { batch, device } = b;
    const before = total(b);
    batch.clear();
    for (let i = 0; i < 64; i++) batch.add(mangled(network.random, seen), a.endpoint);
    device.open(batch, network.clock.now);
    let dropped = 0;
    for (let row = 0; row < 64; row++) {
      const status = batch.rows[row * 12 + 2]!;
      assert.ok(status >= 0 && status <= 2);
      if (status === 1) {
        dropped++;
        assert.ok(batch.rows[row * 12 + 3]! < DROP_REASONS.length);
      }
    }
    assert.equal(total(b) - before, dropped);
    while (device.handshakes(network.clock.now, 64) > 0);
  }
});

test('a flood of initiations with valid mac1 from many addresses delays others by a cookie and no more', (t) => {
  const network = new Network(seedOfRun(t), PERFECT);
  const router = network.add('router', 1);
  router.forwards = true;
  const [a, b, late] = [network.add('a', 2), network.add('b', 3), network.add('late', 4)];
  for (const machine of [a, b, late]) {
    router.knows(machine);
    machine.knows(router, { endpoint: router.endpoint, allowedIps: prefixes('10.0.0.0/24') });
  }
  b.send(a, 0, router);
  a.send(b, 0, router);
  network.run(1000);
  // Strangers have keys of their own and know the router's; they are no peers.
  const stranger = network.add('stranger', 9);
  stranger.knows(router, { endpoint: router.endpoint });
  const initiations: Uint8Array[] = [];
  network.tap = (bytes, from) => {
    if (from !== stranger) return true;
    initiations.push(bytes);
    return false;
  };
  for (let i = 0; i < 5; i++) {
    stranger.device.initiate(stranger.peer(router), network.clock.now);
    network.run(5400);
  }
  network.tap = null;
  const reply = () => network.trace.filter(({ type, from }) => type === 3 && from === 'router').length;
  // The relay's loop spends most of its time on handshakes, and says so.
  const seconds = 20;
  network.every(250, seconds * 1000, () => router.device.reportHandshakeShare(0.9, network.clock.now));
  network.every(2, seconds * 1000, (run) => {
    const from = endpointOf(`198.51.${run & 127}.${network.random.below(256)}`, 1 + network.random.below(65_535));
    network.inject(network.random.pick(initiations), from, router.endpoint, 'flood');
  });
  network.every(100, seconds * 1000, (run) => a.send(b, 1 + run, router));
  network.at(network.clock.now + 3000, () => late.send(a, 77_777, router));
  network.run(seconds * 1000 + 1000);
  network.expect(() => {
    assert.equal(b.delivered.length, 1 + seconds * 10, 'data goes on');
    const arrived = a.delivered.find(({ packet }) => numberOf(packet) === 77_777);
    assert.ok(arrived, 'the late one got in');
  });
  assert.ok(router.drops('cookie-required') > 9000);
  assert.ok(reply() > 9000);
  assert.ok(router.liveKeys <= 14, `${router.liveKeys} keys`);
});
