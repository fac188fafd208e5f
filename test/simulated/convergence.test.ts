/**
 * Whatever the network does to datagrams, machines find together again when it stops; and while it does it, nothing
 * arrives twice and nothing arrives that was not sent.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Machine } from './machine.ts';
import { prefixes } from './machine.ts';
import { BAD, Network, PERFECT } from './network.ts';
import { numberOf } from './packet.ts';
import { seedOfRun } from './random.ts';

/** A router and `count` machines that reach each other through it. */
function star(seed: number, count: number): { network: Network; router: Machine; machines: Machine[] } {
  const network = new Network(seed);
  const router = network.add('router', 1);
  router.forwards = true;
  const machines = Array.from({ length: count }, (_, i) => network.add(`m${i + 2}`, i + 2));
  for (const machine of machines) {
    router.knows(machine);
    machine.knows(router, { endpoint: router.endpoint, allowedIps: prefixes('10.0.0.0/24') });
  }
  return { network, router, machines };
}

function numbersOf(machine: Machine): number[] {
  return machine.delivered.map(({ packet }) => numberOf(packet));
}

test('two machines that begin at the same moment find together, and every packet arrives', (t) => {
  const network = new Network(seedOfRun(t));
  const a = network.add('a', 1);
  const b = network.add('b', 2);
  a.knows(b, { endpoint: b.endpoint });
  b.knows(a, { endpoint: a.endpoint });
  network.every(1000, 60_000, (run) => {
    a.send(b, run);
    b.send(a, run);
  });
  network.run(70_000);
  network.expect(() => {
    const all = Array.from({ length: 60 }, (_, i) => i);
    assert.deepEqual(
      numbersOf(b).sort((x, y) => x - y),
      all,
    );
    assert.deepEqual(
      numbersOf(a).sort((x, y) => x - y),
      all,
    );
  });
});

test('30 minutes of traffic with key rotations lose nothing on a perfect link', (t) => {
  const { network, router, machines } = star(seedOfRun(t), 3);
  const [a, b, c] = machines as [Machine, Machine, Machine];
  const minutes = 30;
  // b is heard from first, so that the router knows where it is.
  b.send(a, 999_999, router);
  c.send(a, 999_998, router);
  network.run(1000);
  network.every(500, minutes * 60_000, (run) => a.send(b, run, router));
  network.every(7000, minutes * 60_000, (run) => c.send(b, 1_000_000 + run, router));
  network.run(minutes * 60_000 + 1000);
  network.expect(() => {
    const numbers = numbersOf(b);
    assert.equal(new Set(numbers).size, numbers.length, 'nothing twice');
    assert.equal(numbers.filter((number) => number < 999_000).length, minutes * 120, 'all of a');
    assert.equal(numbers.filter((number) => number >= 1_000_000).length, Math.ceil((minutes * 60) / 7), 'all of c');
  });
  const initiations = network.trace.filter(({ type, from }) => type === 1 && from === a.name).length;
  assert.ok(initiations >= minutes / 2 - 1 && initiations <= minutes / 2 + 2, `${initiations} initiations of a`);
  for (const machine of [router, ...machines]) {
    assert.ok(machine.liveKeys <= 4 * [...machine.device.peers()].length, `${machine.name}: ${machine.liveKeys} keys`);
  }
});

test('on a bad link nothing arrives twice, and when it is good again everything arrives', (t) => {
  const { network, router, machines } = star(seedOfRun(t), 5);
  network.faults = BAD;
  let number = 0;
  network.every(200, 10 * 60_000, () => {
    const from = network.random.pick(machines);
    const to = network.random.pick(machines.filter((machine) => machine !== from));
    from.send(to, number++, router, 64 + network.random.below(1300));
  });
  network.run(10 * 60_000);
  network.expect(() => {
    const numbers = machines.flatMap(numbersOf);
    assert.equal(new Set(numbers).size, numbers.length, 'nothing twice');
    assert.ok(numbers.length > number * 0.6, `${numbers.length} of ${number}`);
  });

  network.faults = PERFECT;
  network.run(30_000);
  for (const machine of machines) machine.delivered.length = 0;
  for (const from of machines) {
    for (const to of machines) if (from !== to) from.send(to, number++, router);
  }
  network.run(30_000);
  network.expect(() => {
    for (const machine of machines) assert.equal(machine.delivered.length, machines.length - 1, machine.name);
  });
});

test('a machine behind NAT stays reachable through address changes, because it keeps the way open', (t) => {
  const { network, router, machines } = star(seedOfRun(t), 2);
  const [phone, laptop] = machines as [Machine, Machine];
  for (const machine of machines) {
    network.putBehindNat(machine);
    machine.device.changePeer(machine.peer(router), { keepaliveSeconds: 25 }, network.clock.now);
  }
  network.run(2000);
  let lost = 0;
  for (let round = 0; round < 20; round++) {
    network.run(network.random.between(20_000, 120_000));
    laptop.send(phone, round, router);
    network.run(1000);
    if (!numbersOf(phone).includes(round)) lost++;
    network.rebind(phone, `198.51.100.${round + 1}`);
    // At the latest with the next keepalive the router knows.
    network.run(26_000);
  }
  network.expect(() => assert.equal(lost, 0));
  assert.equal(router.drops('replayed'), 0);
});

test('after a restart of the router, which forgot everybody, machines with traffic are back within 16 s', (t) => {
  const { network, router, machines } = star(seedOfRun(t), 4);
  let number = 0;
  for (const machine of machines) machine.send(router, number++);
  network.run(1000);
  const traffic = () =>
    network.every(500, 20_000, (run) => machines[run % 4]!.send(machines[(run + 1) % 4]!, number++, router));
  traffic();
  network.run(21_000);
  router.restart();
  traffic();
  network.run(16_000);
  const back = network.clock.now;
  network.run(6000);
  network.expect(() => {
    for (const machine of machines) {
      assert.ok(machine.delivered.filter(({ at }) => at > back).length > 0, machine.name);
      assert.ok(router.peer(machine).lastHandshakeAt! <= back, machine.name);
    }
  });
});

test('a restarted router that remembers where its peers were, and initiates, has them back in a second', (t) => {
  const { network, router, machines } = star(seedOfRun(t), 4);
  for (const machine of machines) {
    network.putBehindNat(machine);
    machine.device.changePeer(machine.peer(router), { keepaliveSeconds: 25 }, network.clock.now);
  }
  network.run(10_000);
  const remembered = machines.map((machine) => router.peer(machine).endpoint);
  router.restart();
  for (const [i, machine] of machines.entries()) {
    router.device.changePeer(router.peer(machine), { endpoint: remembered[i]! }, network.clock.now);
    router.device.initiate(router.peer(machine), network.clock.now);
  }
  network.run(1000);
  for (const [i, machine] of machines.entries()) machine.send(machines[(i + 1) % 4]!, i, router);
  network.run(100);
  network.expect(() =>
    assert.deepEqual(
      machines.map(({ delivered }) => delivered.length),
      [1, 1, 1, 1],
    ),
  );
});

test('random networks with faults, restarts, address and clock changes always find together', (t) => {
  const seed = seedOfRun(t);
  for (let round = 0; round < 6; round++) {
    const { network, router, machines } = star(seed + round, 2 + ((seed + round) % 8));
    network.faults = {
      delayMs: [1, 1 + network.random.below(400)],
      loss: network.random.between(0, 0.3),
      duplicate: network.random.between(0, 0.3),
      reorder: network.random.between(0, 0.5),
      lateMs: network.random.below(2000),
    };
    let number = 0;
    network.every(700, 6 * 60_000, () => {
      const from = network.random.pick(machines);
      from.send(network.random.pick(machines.filter((machine) => machine !== from)), number++, router);
      const what = network.random.below(100);
      if (what === 0) network.rebind(from);
      if (what === 1) from.wallOffsetMs += network.random.between(-60_000, 60_000);
      if (what === 2) from.device.suspended(network.clock.now);
      if (what === 3) router.device.suspended(network.clock.now);
      if (what === 4) from.device.initiate(from.peer(router), network.clock.now);
      if (what === 5) from.restart();
      if (what === 6 && network.random.chance(0.3)) router.restart();
    });
    network.run(6 * 60_000);
    network.expect(() => {
      const numbers = machines.flatMap(numbersOf);
      assert.equal(new Set(numbers).size, numbers.length, 'nothing twice');
    });

    network.faults = PERFECT;
    for (const machine of machines) machine.send(router, number++);
    network.run(40_000);
    for (const machine of machines) machine.delivered.length = 0;
    for (const from of machines) for (const to of machines) if (from !== to) from.send(to, number++, router);
    network.run(40_000);
    network.expect(() => {
      for (const machine of machines) {
        assert.equal(machine.delivered.length, machines.length - 1, `${machine.name} in round ${round}`);
      }
    });
    for (const machine of [router, ...machines]) {
      assert.ok(machine.liveKeys <= 6 * [...machine.device.peers()].length);
      assert.deepEqual(
        Object.keys(machine.allDrops()).filter((reason) => reason === 'tag'),
        [],
      );
    }
  }
});
