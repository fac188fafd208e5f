/**
 * Who gets a handshake: MACs, cookies, load, rates, timestamps, and what a refused message must not do.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointOf, type Machine } from '../../../test/simulated/machine.ts';
import { Network } from '../../../test/simulated/network.ts';
import { numberOf } from '../../../test/simulated/packet.ts';
import { captured, connectedPair, countOf, type Pair, pair } from '../../../test/simulated/pair.ts';
import { HANDSHAKE_QUEUE, UNDER_LOAD_QUEUE_SHARE } from '../constants.ts';
import { hash, mac } from '../crypto/blake2s.ts';
import { CookieChecker } from './cookie.ts';

const ELSEWHERE = endpointOf('203.0.113.99', 9999);

/** An initiation from `a` to `b`, kept off the link. */
function initiationOf(both: Pair): Uint8Array {
  const [initiation] = captured(both, both.a, () =>
    both.a.device.initiate(both.a.peer(both.b), both.network.clock.now),
  );
  assert.equal(initiation?.length, 148);
  return initiation!;
}

/** Puts `machine` under load as the relay does, for a second from now. */
function load(machine: Machine): void {
  machine.device.reportHandshakeShare(0.6, machine.clock.now);
}

/** A message that anybody who knows the public key of `to` can make: right size, right mac1, and junk. */
function junkWithMac1(network: Network, to: Machine, type: 1 | 2 = 1): Uint8Array {
  const message = network.random.bytes(type === 1 ? 148 : 92);
  message.set([type, 0, 0, 0]);
  signed(message, to);
  assert.equal(new CookieChecker(to.publicKey, network.random).hasMac1(message), true);
  return message;
}

/** Gives the message the mac1 that `to` looks for. */
function signed(message: Uint8Array, to: Machine): void {
  const mac1At = message.length - 32;
  message.fill(0, mac1At);
  const key = hash(new TextEncoder().encode('mac1----'), to.publicKey);
  message.set(mac(key, message.subarray(0, mac1At)), mac1At);
}

test('a wrong mac1 is refused in silence, under load too', () => {
  const both = pair();
  const { network, a, b } = both;
  const initiation = initiationOf(both);
  initiation[120]! ^= 1;
  network.inject(initiation, a.endpoint, b.endpoint);
  network.run(50);
  load(b);
  network.inject(initiation, a.endpoint, b.endpoint);
  network.run(50);
  assert.equal(b.drops('mac1-wrong'), 2);
  assert.equal(countOf(both, 'b', 2) + countOf(both, 'b', 3), 0);
});

test('an initiation by a key that is no peer, and one sealed for somebody else, are refused in silence', () => {
  const both = pair();
  const { network, a, b } = both;
  const stranger = network.add('stranger', 9);
  stranger.knows(b, { endpoint: b.endpoint });
  stranger.send(b, 1);
  network.run(50);
  assert.equal(b.drops('peer-unknown'), 1);
  network.inject(junkWithMac1(network, b), a.endpoint, b.endpoint);
  network.run(50);
  assert.equal(b.drops('handshake-invalid'), 1);
  assert.equal(countOf(both, 'b', 2), 0);
});

test('a wrong preshared key ends in no keypair that anybody uses', () => {
  const { network, a, b } = pair();
  a.device.changePeer(a.peer(b), { presharedKey: new Uint8Array(32).fill(1) }, network.clock.now);
  a.send(b, 1);
  network.run(20_000);
  assert.ok(a.drops('handshake-invalid') >= 3);
  assert.equal(a.peer(b).keypairs.current, null);
  assert.equal(b.peer(a).keypairs.current, null);
  a.device.changePeer(a.peer(b), { presharedKey: null }, network.clock.now);
  network.run(6000);
  assert.equal(b.delivered.length, 1);
});

test('a replayed initiation is refused, and does not move the endpoint', () => {
  const both = pair();
  const { network, a, b } = both;
  const initiation = initiationOf(both);
  network.inject(initiation, a.endpoint, b.endpoint);
  network.run(50);
  assert.equal(countOf(both, 'b', 2), 1);
  network.inject(initiation, ELSEWHERE, b.endpoint);
  network.run(50);
  assert.equal(b.drops('timestamp-replayed'), 1);
  assert.equal(countOf(both, 'b', 2), 1);
  assert.deepEqual(b.peer(a).endpoint, a.endpoint);
  assert.equal(b.peer(a).timestampBehindMs, 0);
});

test('initiations of one peer closer together than 20 ms are refused', () => {
  const both = pair();
  const { network, a, b } = both;
  const first = initiationOf(both);
  const [second] = captured(both, a, () => network.run(5400));
  network.inject(first, a.endpoint, b.endpoint);
  network.inject(second!, a.endpoint, b.endpoint);
  network.run(50);
  assert.equal(b.drops('initiation-too-soon'), 1);
  network.run(25);
  network.inject(second!, a.endpoint, b.endpoint);
  network.run(50);
  assert.equal(countOf(both, 'b', 2), 2);
});

test('a device without a clock that was set back is refused, is told apart by how much, and can be let in again', () => {
  const { network, a, b } = connectedPair();
  const again = new Network(99);
  again.clock.now = network.clock.now;
  // The same machine after a restart, at the beginning of 1970.
  const reborn = again.add('a', 1);
  reborn.device.setPrivateKey(a.privateKey, network.clock.now);
  reborn.wallOffsetMs = -(1_790_000_000_000 + network.clock.now);
  reborn.knows(b, { endpoint: b.endpoint });
  const relay = () => {
    for (let i = 0; i < 3; i++) {
      b.receive(reborn.takeSent().map(({ bytes }) => ({ bytes, from: a.endpoint })));
      reborn.receive(b.takeSent().map(({ bytes }) => ({ bytes, from: b.endpoint })));
    }
  };
  reborn.device.initiate(reborn.device.peerByKey(b.publicKey)!, network.clock.now);
  relay();
  assert.equal(b.drops('timestamp-replayed'), 1);
  const years = b.peer(a).timestampBehindMs! / (365.25 * 86_400_000);
  assert.ok(years > 56 && years < 57, `${years} years`);
  b.device.forgetTimestamp(b.peer(a));
  again.clock.now += 6000;
  network.clock.now += 6000;
  reborn.device.advance(again.clock.now);
  relay();
  assert.equal(b.peer(a).timestampBehindMs, null);
  assert.notEqual(reborn.device.peerByKey(b.publicKey)!.lastHandshakeAt, null);
});

test('a wall clock that steps back while the device runs does not lock it out', () => {
  const { network, a, b } = connectedPair();
  a.wallOffsetMs = -86_400_000;
  network.run(6000);
  a.device.initiate(a.peer(b), network.clock.now);
  network.run(100);
  assert.equal(b.drops('timestamp-replayed'), 0);
  assert.ok(b.peer(a).lastHandshakeAt! > network.clock.now - 200);
});

test('two initiations that cross do not cost 5 s: each side gets its response', () => {
  const both = pair();
  const { network, a, b } = both;
  b.device.changePeer(b.peer(a), { endpoint: a.endpoint }, network.clock.now);
  a.send(b, 1);
  b.send(a, 2);
  network.run(40);
  network.expect(() => assert.deepEqual([a.delivered.length, b.delivered.length], [1, 1]));
  assert.deepEqual([a.allDrops(), b.allDrops()], [{}, {}]);
  assert.deepEqual([countOf(both, 'a', 1), countOf(both, 'b', 1)], [1, 1]);
});

test('two initiations that cross cost nothing when the other side forgets its own, as Linux does', () => {
  const both = pair();
  const { network, a, b } = both;
  b.device.changePeer(b.peer(a), { endpoint: a.endpoint }, network.clock.now);
  // What b would do with the response to its own initiation, Linux would not.
  network.tap = (bytes, from) => !(from === a && bytes[0] === 2);
  a.send(b, 1);
  b.send(a, 2);
  network.run(50);
  network.expect(() => assert.deepEqual([a.delivered.length, b.delivered.length], [1, 1]));
});

test('a response counts once, and only for the initiation that waits', () => {
  const both = pair();
  const { network, a, b } = both;
  a.device.initiate(a.peer(b), network.clock.now);
  const [response] = captured(both, b, () => network.run(20));
  for (const from of [b.endpoint, ELSEWHERE]) {
    network.inject(response!, from, a.endpoint);
    network.run(50);
  }
  assert.equal(a.drops('response-unexpected'), 1);
  assert.deepEqual(a.peer(b).endpoint, b.endpoint);
  const keypair = a.peer(b).keypairs.current;
  network.inject(junkWithMac1(network, a, 2), b.endpoint, a.endpoint);
  network.run(50);
  assert.equal(a.drops('index-unknown'), 1);
  assert.equal(a.peer(b).keypairs.current, keypair);
});

test("a response to an initiation that was repeated since is for an index that is nobody's", () => {
  const both = pair();
  const { network, a, b } = both;
  a.device.initiate(a.peer(b), network.clock.now);
  const [late] = captured(both, b, () => network.run(20));
  network.tap = () => false;
  network.run(5500);
  network.tap = null;
  network.inject(late!, b.endpoint, a.endpoint);
  network.run(20);
  assert.equal(a.drops('index-unknown'), 1);
  assert.equal(a.liveKeys, 0);
});

test('a response for the index of a keypair is unexpected, also while another initiation waits', () => {
  const both = connectedPair();
  const { network, a, b } = both;
  network.run(6000);
  initiationOf(both);
  assert.notEqual(a.peer(b).pending, null);
  const response = junkWithMac1(network, a, 2);
  new DataView(response.buffer).setUint32(8, a.peer(b).keypairs.current!.localIndex, true);
  signed(response, a);
  network.inject(response, b.endpoint, a.endpoint);
  network.run(20);
  assert.equal(a.drops('response-unexpected'), 1);
});

test('under load an initiation costs a cookie first, and with it the next one gets through', () => {
  const { network, a, b } = pair();
  load(b);
  a.send(b, 1);
  network.run(500);
  assert.equal(b.drops('cookie-required'), 1);
  assert.equal(countOf({ network }, 'a', 1), 1, 'the reply is not answered at once');
  network.run(4000);
  load(b);
  network.run(1000);
  load(b);
  network.run(500);
  assert.equal(b.delivered.length, 1, network.diagram());
  assert.equal(b.drops('cookie-required'), 1);
});

test('a response costs a cookie too when its receiver is under load', () => {
  const { network, a, b } = pair();
  load(a);
  a.send(b, 1);
  network.run(500);
  assert.equal(a.drops('cookie-required'), 1);
  assert.equal(countOf({ network }, 'a', 3), 1);
  assert.equal(b.peer(a).cookieAt > 0, true, 'b took it');
});

test('a cookie reply never moves the endpoint, and a recorded or forged one does nothing', () => {
  const both = pair();
  const { network, a, b } = both;
  load(b);
  a.device.initiate(a.peer(b), network.clock.now);
  const [reply] = captured(both, b, () => network.run(20));
  assert.equal(reply!.length, 64);
  const forged = Uint8Array.from(reply!);
  forged[40]! ^= 1;
  network.inject(forged, ELSEWHERE, a.endpoint);
  network.run(20);
  assert.equal(a.drops('cookie-reply-invalid'), 1);
  network.inject(reply!, ELSEWHERE, a.endpoint);
  network.inject(reply!, ELSEWHERE, a.endpoint);
  network.run(20);
  assert.equal(a.drops('cookie-reply-invalid'), 2);
  assert.deepEqual(a.peer(b).endpoint, b.endpoint);
  const stray = Uint8Array.from(reply!);
  stray[4]! ^= 1;
  network.inject(stray, b.endpoint, a.endpoint);
  network.run(20);
  assert.equal(a.drops('index-unknown'), 1);
});

test('load ends a second after it was last seen', () => {
  const { network, b } = pair();
  load(b);
  assert.equal(b.device.underLoad, true);
  network.run(999);
  b.device.advance(network.clock.now);
  assert.equal(b.device.underLoad, true);
  b.device.advance(network.clock.now + 1);
  assert.equal(b.device.underLoad, false);
  b.device.reportHandshakeShare(0.5, network.clock.now + 1);
  assert.equal(b.device.underLoad, false);
});

test('a full queue refuses what comes, holds what it has, and an eighth of it is load', () => {
  const { network, a, b } = pair();
  const { batch, device } = b;
  let waiting = 0;
  for (let i = 0; i < HANDSHAKE_QUEUE + 10; i++) {
    batch.clear();
    batch.add(junkWithMac1(network, b), a.endpoint);
    assert.equal(device.underLoad, i >= HANDSHAKE_QUEUE * UNDER_LOAD_QUEUE_SHARE, `${i}`);
    device.open(batch, network.clock.now);
  }
  assert.equal(b.drops('handshake-queue-full'), 10);
  waiting = device.handshakes(network.clock.now, 100);
  assert.equal(waiting, HANDSHAKE_QUEUE - 100);
  while (waiting > 0) waiting = device.handshakes(network.clock.now, 100);
  assert.equal(b.drops('cookie-required'), HANDSHAKE_QUEUE);
});

test('junk without mac1 does not take places in the queue', () => {
  const { network, a, b } = pair();
  b.batch.clear();
  for (let i = 0; i < 64; i++) {
    const junk = network.random.bytes(148);
    junk.set([1, 0, 0, 0]);
    b.batch.add(junk, a.endpoint);
  }
  for (let i = 0; i < 100; i++) {
    for (let row = 0; row < b.batch.count; row++) b.batch.rows[row * 12 + 2] = 0;
    b.device.open(b.batch, network.clock.now);
  }
  assert.equal(b.drops('mac1-wrong'), 6400);
  assert.equal(b.device.handshakes(network.clock.now, 0), 0);
});

test('one source with a cookie that floods is limited by itself: others are not', () => {
  const { network, a, b } = pair();
  const flooder = network.add('flooder', 3);
  b.knows(flooder);
  flooder.knows(b, { endpoint: b.endpoint });
  // Under load all the time; the flooder has a cookie after its first message.
  network.every(250, 60_000, () => load(b));
  flooder.send(b, 0);
  a.send(b, 1);
  network.run(7000);
  assert.equal(b.delivered.length, 2);
  // The flooder repeats initiations that are its own, as fast as it can.
  let latest: Uint8Array | null = null;
  network.tap = (bytes, from) => {
    if (from === flooder && bytes[0] === 1) latest = bytes;
    return true;
  };
  network.run(6000);
  flooder.device.initiate(flooder.peer(b), network.clock.now);
  network.run(50);
  const stored = latest!;
  network.every(5, 20_000, () => network.inject(stored, flooder.endpoint, b.endpoint, 'flood'));
  a.device.suspended(network.clock.now);
  a.send(b, 2);
  network.run(15_000);
  assert.ok(b.drops('rate-limited') > 2000, `${b.drops('rate-limited')}`);
  assert.ok(b.drops('timestamp-replayed') < 20 * 21);
  network.expect(() => assert.ok(b.delivered.some(({ packet }) => numberOf(packet) === 2)));
});

test('cookies still work after a hundred handshakes', () => {
  const { network, a, b } = pair();
  for (let i = 0; i < 120; i++) {
    a.device.suspended(network.clock.now);
    network.run(6000);
    a.device.initiate(a.peer(b), network.clock.now);
    network.run(100);
  }
  const before = b.peer(a).lastHandshakeAt!;
  network.every(250, 30_000, () => load(b));
  network.run(6000);
  a.device.initiate(a.peer(b), network.clock.now);
  network.run(8000);
  assert.ok(b.peer(a).lastHandshakeAt! > before + 6000);
});
