/**
 * What leaves: padding, staging, order, and the keypair it leaves on.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prefixes } from '../../test/simulated/machine.ts';
import { innerPacket, numberOf } from '../../test/simulated/packet.ts';
import { captured, connectedPair, countOf, pair } from '../../test/simulated/pair.ts';
import { REKEY_AFTER_MESSAGES, STAGED_PACKETS_PER_PEER } from './constants.ts';

test('data is padded with zeros to a multiple of 16, never above the MTU, and large packets not at all', () => {
  const both = connectedPair();
  const { a, b } = both;
  const sizes: readonly (readonly [number, number, number])[] = [
    [1420, 24, 32],
    [1420, 32, 32],
    [1420, 33, 48],
    [1270, 1264, 1264],
    [1270, 1265, 1270],
    [1420, 1265, 1280],
    [1420, 1280, 1280],
    // The path of the peer may be smaller than the others': with 1420 it would not fit into it.
    [1420, 1412, 1412],
    [1420, 1420, 1420],
    // The MTU was lowered under a packet: it goes as it is.
    [100, 150, 150],
  ];
  for (const [mtu, length, padded] of sizes) {
    a.device.setMtu(mtu);
    const [datagram] = captured(both, a, () => a.sendBatch(b, [innerPacket(a.inside, b.inside, 1, length)]));
    assert.equal(datagram!.length, 32 + padded, `MTU ${mtu}, ${length} bytes`);
    // The smaller of the device's and the peer's counts.
    a.device.setMtu(1420);
    a.device.changePeer(a.peer(b), { mtuBytes: mtu }, both.network.clock.now);
    const [towards] = captured(both, a, () => a.sendBatch(b, [innerPacket(a.inside, b.inside, 1, length)]));
    assert.equal(towards!.length, 32 + padded, `MTU of the peer ${mtu}, ${length} bytes`);
    a.device.changePeer(a.peer(b), { mtuBytes: 65_000 }, both.network.clock.now);
  }
});

test('padding is zeros, also where an older and longer packet lay', () => {
  const both = connectedPair({ allowedIps: prefixes('0.0.0.0/0') });
  const { network, a, b } = both;
  a.sendBatch(b, [innerPacket(a.inside, b.inside, 1, 1400).fill(0xee, 24)]);
  network.run(50);
  const packet = innerPacket(a.inside, b.inside, 2, 25);
  // A total length that takes the padding for payload shows what lies there.
  packet[3] = 32;
  a.sendBatch(b, [packet]);
  network.run(50);
  assert.deepEqual(b.delivered[1]!.packet.subarray(25), new Uint8Array(7));
});

test('packets without a keypair wait for it and go in order, the oldest lost beyond 128', () => {
  const { network, a, b } = pair();
  for (let i = 0; i < 200; i++) a.send(b, i);
  network.run(100);
  const expected = Array.from({ length: STAGED_PACKETS_PER_PEER }, (_, i) => 200 - STAGED_PACKETS_PER_PEER + i);
  assert.deepEqual(
    b.delivered.map(({ packet }) => numberOf(packet)),
    expected,
  );
  assert.equal(a.drops('staged-overflow'), 200 - STAGED_PACKETS_PER_PEER);
  assert.equal(a.peer(b).staged, null);
});

test('rows of a batch without a keypair are staged too, and begin one handshake', () => {
  const { network, a, b } = pair();
  a.sendBatch(b, [innerPacket(a.inside, b.inside, 1), innerPacket(a.inside, b.inside, 2)]);
  network.run(100);
  assert.deepEqual(
    b.delivered.map(({ packet }) => numberOf(packet)),
    [1, 2],
  );
  assert.equal(countOf({ network }, 'a', 1), 1);
});

test('the responder sends nothing on a new keypair before the first packet came on it', () => {
  const { network, a, b } = pair();
  // The response gets through, the confirmation does not.
  let confirmations = 0;
  network.tap = (bytes, from) => !(from === a && bytes[0] === 4) || confirmations++ > 0;
  a.device.initiate(a.peer(b), network.clock.now);
  network.run(50);
  assert.equal(confirmations, 1);
  b.send(a, 1);
  network.run(50);
  assert.equal(a.delivered.length, 0);
  assert.equal(b.peer(a).keypairs.current, null);
  a.send(b, 2);
  network.run(50);
  assert.equal(numberOf(a.delivered[0]!.packet), 1, 'what waited goes with the confirmation');
});

test('the initiator confirms at once with a keepalive when nothing waits', () => {
  const { network, a, b } = pair();
  a.device.initiate(a.peer(b), network.clock.now);
  network.run(100);
  assert.deepEqual(
    network.trace.map(({ from, length }) => `${from} ${length}`),
    ['a 148', 'b 92', 'a 32'],
  );
  assert.notEqual(b.peer(a).lastHandshakeAt, null);
});

test('without an endpoint nothing is staged: the packet is refused', () => {
  const { network, a, b } = pair();
  b.send(a, 1);
  b.sendBatch(a, [innerPacket(b.inside, a.inside, 2)]);
  network.run(50);
  assert.equal(b.drops('no-endpoint'), 2);
  assert.equal(b.peer(a).staged, null);
});

test('the initiator makes a new keypair when it sends after 120 s, the responder never does', () => {
  const { network, a, b } = connectedPair();
  network.run(125_000);
  b.send(a, 1);
  network.run(9000);
  assert.deepEqual([countOf({ network }, 'a', 1), countOf({ network }, 'b', 1)], [0, 0]);
  // After ten seconds a answers what it received with a keepalive, and that is sending.
  network.run(2000);
  assert.deepEqual([countOf({ network }, 'a', 1), countOf({ network }, 'b', 1)], [1, 0]);
  assert.ok(b.peer(a).lastHandshakeAt! > network.clock.now - 2000);
});

test('a keypair whose counter is nearly used up is replaced, by the responder as well', () => {
  const { network, a, b } = connectedPair();
  network.run(6000);
  b.peer(a).keypairs.current!.sendCounter = REKEY_AFTER_MESSAGES;
  b.send(a, 1);
  network.run(500);
  assert.equal(countOf({ network }, 'b', 1), 1);
  assert.ok(b.peer(a).keypairs.current!.sendCounter < 10);
});

test('an initiation goes out at most once in 5 s, however much is sent', () => {
  const { network, a, b } = pair();
  network.tap = (_, from) => from === a;
  network.every(100, 60_000, (run) => a.send(b, run));
  network.tap = () => false;
  let initiations = 0;
  network.tap = (bytes) => {
    if (bytes[0] === 1) initiations++;
    return false;
  };
  network.run(60_000);
  assert.ok(initiations >= 11 && initiations <= 12, `${initiations}`);
});

test('an empty or over-long packet of the router itself does not break anything', () => {
  const { network, a, b } = connectedPair();
  a.device.sendTo(a.peer(b), new Uint8Array(70_000), network.clock.now);
  assert.equal(a.drops('oversized'), 1);
  a.device.sendTo(a.peer(b), new Uint8Array(0), network.clock.now);
  network.run(50);
  assert.deepEqual(b.allDrops(), {});
});
