/**
 * Settings while the device runs: peers that come, change, expire and go, our own key, sleep.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointOf, type Machine, prefixes, WALL_AT_ZERO } from '../../test/simulated/machine.ts';
import { Network } from '../../test/simulated/network.ts';
import { numberOf } from '../../test/simulated/packet.ts';
import { connectedPair, countOf, pair } from '../../test/simulated/pair.ts';
import { formatPrefix } from '../net/prefix.ts';

/** A router with three machines that have keypairs with it. */
function star(): { network: Network; router: Machine; machines: [Machine, Machine, Machine] } {
  const network = new Network(1);
  const router = network.add('router', 1);
  router.forwards = true;
  const machines: [Machine, Machine, Machine] = [network.add('x', 2), network.add('y', 3), network.add('z', 4)];
  for (const machine of machines) {
    router.knows(machine);
    machine.knows(router, { endpoint: router.endpoint, allowedIps: prefixes('10.0.0.0/24') });
    machine.device.initiate(machine.peer(router), network.clock.now);
  }
  network.run(500);
  network.trace.length = 0;
  return { network, router, machines };
}

test('adding, changing and removing a peer never disturbs the keypairs of others', () => {
  const { network, router, machines } = star();
  const [x, y, z] = machines;
  const before = [x, y].map((machine) => router.peer(machine).keypairs.current);
  const late = network.add('late', 9);
  router.knows(late, { allowedIps: prefixes('10.0.0.9/32', '10.9.0.0/16'), keepaliveSeconds: 25 });
  router.device.changePeer(
    router.peer(late),
    { allowedIps: prefixes('10.9.0.0/24'), expires: WALL_AT_ZERO * 2 },
    network.clock.now,
  );
  router.device.removePeer(router.peer(z), network.clock.now);
  router.device.removePeer(router.peer(late), network.clock.now);
  assert.deepEqual(
    [x, y].map((machine) => router.peer(machine).keypairs.current),
    before,
  );
  x.send(y, 1, router);
  network.run(50);
  assert.equal(y.delivered.length, 1);
  assert.equal(network.trace.filter(({ type }) => type !== 4).length, 0);
});

test('changing a peer does not disturb its own keypair: allowed IPs, keepalive, endpoint', () => {
  const { network, a, b } = connectedPair();
  const keypair = b.peer(a).keypairs.current;
  b.device.changePeer(b.peer(a), { allowedIps: prefixes('10.0.0.0/30'), keepaliveSeconds: 20 }, network.clock.now);
  b.device.changePeer(b.peer(a), { endpoint: endpointOf('203.0.113.1') }, network.clock.now);
  a.send(b, 1);
  network.run(50);
  assert.equal(b.delivered.length, 1);
  assert.equal(b.peer(a).keypairs.current, keypair);
  assert.deepEqual(b.peer(a).endpoint, a.endpoint, 'and it roams back with the next packet');
  b.device.changePeer(b.peer(a), { endpoint: null }, network.clock.now);
  assert.deepEqual(b.peer(a).endpoint, a.endpoint, 'null leaves it where it is');
});

test('a preshared key that changes reaches the live peer with its next handshake, and no keypair dies of it', () => {
  const { network, a, b } = connectedPair();
  const presharedKey = new Uint8Array(32).fill(5);
  b.device.changePeer(b.peer(a), { presharedKey }, network.clock.now);
  a.send(b, 1);
  network.run(60_000);
  assert.equal(b.delivered.length, 1);
  a.device.changePeer(a.peer(b), { presharedKey }, network.clock.now);
  network.every(1000, 200_000, (run) => a.send(b, 100 + run));
  network.run(200_100);
  assert.equal(b.delivered.length, 201);
  assert.deepEqual([a.allDrops(), b.allDrops()], [{}, {}]);
});

test('a prefix given to a second peer moves, and the first one is seen to have lost it', () => {
  const { network, router, machines } = star();
  const [x, y, z] = machines;
  router.device.changePeer(router.peer(y), { allowedIps: prefixes('10.0.0.3/32', '10.0.0.2/32') }, network.clock.now);
  assert.deepEqual(router.peer(x).allowedIps, []);
  assert.deepEqual(router.peer(y).allowedIps.map(formatPrefix).sort(), ['10.0.0.2/32', '10.0.0.3/32']);
  x.send(z, 1, router);
  network.run(50);
  assert.equal(router.drops('source-not-allowed'), 1);
  assert.equal(z.delivered.length, 0);
});

test("a removed peer leaves nothing: keys wiped, index unknown, prefixes nobody's, timers still, its number used again", () => {
  const { network, a, b } = connectedPair({ keepaliveSeconds: 5 });
  const peer = b.peer(a);
  assert.equal(b.liveKeys, 2);
  b.device.removePeer(peer, network.clock.now);
  b.device.removePeer(peer, network.clock.now);
  assert.equal(b.liveKeys, 0);
  assert.equal(b.device.indexCount, 0);
  assert.deepEqual(peer.publicKey, new Uint8Array(32));
  assert.equal(b.device.peerByKey(a.publicKey), null);
  assert.equal(b.device.peerById(peer.id), null);
  assert.equal(b.device.allowedIps.size, 0);
  a.send(b, 1);
  network.run(50);
  assert.equal(b.drops('index-unknown') > 0, true);
  const other = network.add('other', 5);
  const next = b.knows(other, { endpoint: endpointOf('192.0.2.200') });
  assert.equal(next.id, peer.id);
  network.trace.length = 0;
  network.run(100_000);
  assert.equal(
    network.trace.filter(({ from }) => from === 'b').length,
    0,
    'no timer of the old one fires for the new one',
  );
  b.device.sendTo(peer, new Uint8Array(20), network.clock.now);
  b.device.initiate(peer, network.clock.now);
  assert.deepEqual(b.takeSent(), []);
});

test('adding a key that is there changes that peer', () => {
  const { network, a, b } = connectedPair();
  const peer = b.peer(a);
  assert.equal(b.knows(a, { keepaliveSeconds: 30 }), peer);
  assert.equal(peer.keepaliveSeconds, 30);
  assert.equal([...b.device.peers()].length, 1);
  a.send(b, 1);
  network.run(50);
  assert.equal(b.delivered.length, 1);
});

test('a peer with a low-order key is kept and never has a handshake; what waits for it is dropped', () => {
  const { network, a } = pair();
  const peer = a.device.addPeer(
    {
      publicKey: new Uint8Array(32),
      presharedKey: null,
      allowedIps: prefixes('10.0.0.66/32'),
      endpoint: endpointOf('192.0.2.66'),
      keepaliveSeconds: 10,
      expires: null,
    },
    network.clock.now,
  );
  a.device.sendTo(peer, new Uint8Array(40), network.clock.now);
  network.run(100_000);
  assert.equal(a.drops('handshake-gave-up'), 1);
  assert.equal(network.trace.length, 0);
  assert.equal(a.device.peerById(peer.id), peer);
});

test('becoming one of our own peers removes it, and such a peer added later never has a handshake', () => {
  const { network, a, b } = connectedPair();
  b.device.setPrivateKey(a.privateKey, network.clock.now);
  assert.equal(b.device.peerByKey(a.publicKey), null);
  assert.equal(b.liveKeys, 0);
  b.device.addPeer(
    {
      publicKey: a.publicKey,
      presharedKey: null,
      allowedIps: [],
      endpoint: b.endpoint,
      keepaliveSeconds: 10,
      expires: null,
    },
    network.clock.now,
  );
  network.trace.length = 0;
  network.run(60_000);
  assert.equal(countOf({ network }, 'b', 1), 0);
});

test('a new private key takes new handshakes to send, while what is under way still arrives', () => {
  const { network, a, b } = connectedPair();
  const fresh = network.random.bytes(32);
  a.send(b, 1);
  b.device.setPrivateKey(fresh, network.clock.now);
  network.run(20);
  assert.equal(b.delivered.length, 1);
  b.send(a, 2);
  network.run(20);
  assert.equal(a.delivered.length, 0);
  assert.equal(countOf({ network }, 'b', 1), 1);
  assert.equal(a.drops('mac1-wrong') + a.drops('peer-unknown'), 1, 'a does not know the new key');
  a.device.addPeer(
    {
      publicKey: b.device.publicKey!,
      presharedKey: null,
      allowedIps: prefixes('10.0.0.2/32'),
      endpoint: b.endpoint,
      keepaliveSeconds: 0,
      expires: null,
    },
    network.clock.now,
  );
  network.run(6000);
  assert.equal(numberOf(a.delivered[0]!.packet), 2);
});

test('a peer expires at its moment to the millisecond: keys wiped, handshakes and packets refused', () => {
  const { network, a, b } = connectedPair();
  const moment = network.clock.now + 10_000;
  b.device.changePeer(b.peer(a), { expires: WALL_AT_ZERO + moment }, network.clock.now);
  network.every(100, 20_000, (run) => a.send(b, run));
  network.run(9_999);
  assert.equal(b.peer(a).isExpired, false);
  const delivered = b.delivered.length;
  assert.equal(delivered, 100);
  network.run(1);
  assert.equal(b.peer(a).isExpired, true);
  assert.equal(b.liveKeys, 0);
  network.run(30_000);
  assert.equal(b.delivered.length, delivered);
  assert.ok(b.drops('peer-expired') > 0);
  b.send(a, 1);
  assert.equal(b.takeSent().length, 0);
  assert.equal(countOf({ network }, 'b', 2), 0);
  // Given more time, it is back by itself.
  b.device.changePeer(b.peer(a), { expires: WALL_AT_ZERO + network.clock.now + 1e9 }, network.clock.now);
  network.run(6000);
  a.send(b, 5000);
  network.run(50);
  assert.equal(numberOf(b.delivered.at(-1)!.packet), 5000);
});

test('a peer that is given more time, or all of it, gets its keepalives again', () => {
  for (const more of [1e9, null]) {
    const { network, a, b } = connectedPair({ keepaliveSeconds: 5 });
    a.device.changePeer(a.peer(b), { expires: WALL_AT_ZERO + network.clock.now }, network.clock.now);
    network.run(20_000);
    assert.equal(countOf({ network }, 'a', 4), 0);
    const expires = more === null ? null : WALL_AT_ZERO + network.clock.now + more;
    a.device.changePeer(a.peer(b), { expires }, network.clock.now);
    network.run(11_000);
    assert.ok(countOf({ network }, 'a', 4) > 0);
  }
});

test('expiry follows a wall clock that jumps, within a minute, and an initiation sees it at once', () => {
  const { network, a, b } = connectedPair();
  b.device.changePeer(b.peer(a), { expires: WALL_AT_ZERO + network.clock.now + 86_400_000 }, network.clock.now);
  b.wallOffsetMs = 2 * 86_400_000;
  network.run(6000);
  a.device.initiate(a.peer(b), network.clock.now);
  network.run(50);
  assert.equal(b.drops('peer-expired'), 1);
  network.run(60_000);
  assert.equal(b.liveKeys, 0);
  b.wallOffsetMs = 0;
  network.run(61_000);
  assert.equal(b.peer(a).isExpired, false);
});

test('a peer that was past its moment when it was added never gets in', () => {
  const { network, a, b } = pair({ expires: WALL_AT_ZERO });
  a.send(b, 1);
  network.run(10_000);
  assert.equal(a.drops('peer-expired'), 1);
  assert.equal(network.trace.length, 0);
});

test('after sleep keys are gone, and peers that had some get handshakes without waiting for a timer', () => {
  const { network, router, machines } = star();
  const [x, y, z] = machines;
  x.send(y, 1, router);
  network.run(600_000);
  z.send(y, 2, router);
  y.send(z, 3, router);
  network.run(1000);
  network.trace.length = 0;
  network.clock.now += 8 * 3_600_000;
  router.device.suspended(network.clock.now);
  assert.equal(router.liveKeys, 0);
  network.run(1000);
  const called = network.trace.filter(({ from, type }) => from === 'router' && type === 1).map(({ to }) => to);
  assert.deepEqual(called.sort(), ['y', 'z'], 'x was silent for ten minutes, and has none');
  x.send(z, 4, router);
  y.send(z, 5, router);
  network.run(30_000);
  assert.deepEqual(
    z.delivered
      .map(({ packet }) => numberOf(packet))
      .slice(-2)
      .sort(),
    [4, 5],
  );
});

test('many peers that owe a handshake at one moment take turns', () => {
  const network = new Network(1);
  const router = network.add('router', 1);
  const starts: number[] = [];
  for (let i = 0; i < 100; i++) {
    router.device.addPeer(
      {
        publicKey: network.random.keyPair().publicKey,
        presharedKey: null,
        allowedIps: [],
        endpoint: endpointOf('192.0.2.77', 1000 + i),
        keepaliveSeconds: 25,
        expires: null,
      },
      network.clock.now,
    );
  }
  network.tap = () => {
    starts.push(network.clock.now);
    return false;
  };
  network.run(1000);
  assert.equal(starts.length, 100);
  const span = starts.at(-1)! - starts[0]!;
  assert.ok(span >= 45 && span <= 100, `${span} ms`);
});

test('key slots that run out refuse the handshake and leave no half keypair', () => {
  const { network, a, b } = pair();
  const slots: number[] = [];
  // All machines share one table of keys; take what is left of it.
  const shared = b.keys;
  for (let slot = shared.addKey(new Uint8Array(32)); slot >= 0; slot = shared.addKey(new Uint8Array(32)))
    slots.push(slot);
  shared.removeKey(slots.pop()!);
  const before = b.liveKeys;
  a.send(b, 1);
  network.run(50);
  assert.equal(b.drops('key-slots-full'), 1);
  assert.equal(b.liveKeys, before);
  assert.equal(b.device.indexCount, 0);
  assert.equal(countOf({ network }, 'b', 2), 0);
  for (const slot of slots) shared.removeKey(slot);
  network.run(6000);
  assert.equal(b.delivered.length, 1);
});
