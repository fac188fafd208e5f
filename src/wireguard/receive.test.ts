/**
 * What arrives: which packets are passed on, which are refused and counted as what, and what a refused one must not do.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointOf, prefixes } from '../../test/simulated/machine.ts';
import { innerPacket, numberOf } from '../../test/simulated/packet.ts';
import { captured, connectedPair, type Pair, pair } from '../../test/simulated/pair.ts';
import { Random } from '../../test/simulated/random.ts';
import { REJECT_AFTER_MESSAGES } from './constants.ts';

const ELSEWHERE = endpointOf('203.0.113.99', 9999);

/** `a` sends these bytes as an inner packet, whatever they are. */
function sendRaw({ network, a, b }: Pair, inner: Uint8Array): void {
  a.sendBatch(b, [inner]);
  network.run(50);
}

/** The datagram around a packet with `number` from `a` to `b`, kept off the link. */
function sealed(both: Pair, number: number): Uint8Array {
  const datagrams = captured(both, both.a, () => both.a.send(both.b, number));
  assert.equal(datagrams.length, 1);
  return datagrams[0]!;
}

test('a packet arrives as it was sent, without its padding, and says who sent it', () => {
  const both = connectedPair();
  const packet = innerPacket(both.a.inside, both.b.inside, 7, 61);
  sendRaw(both, packet);
  assert.equal(both.b.delivered.length, 1);
  assert.deepEqual(both.b.delivered[0]!.packet, packet);
  assert.equal(both.b.delivered[0]!.from, both.b.peer(both.a));
});

test('an unknown type, a wrong size and a reserved byte that is not zero are malformed', () => {
  const both = connectedPair();
  const { network, a, b } = both;
  const good = sealed(both, 1);
  const reserved = Uint8Array.from(good);
  reserved[2] = 1;
  const unknown = Uint8Array.from(good);
  unknown[0] = 5;
  const wrong = [new Uint8Array(0), good.slice(0, 31), reserved, unknown];
  for (const [type, size] of [
    [1, 148],
    [2, 92],
    [3, 64],
  ] as const) {
    for (const length of [size - 1, size + 1]) {
      const message = new Uint8Array(length);
      message[0] = type;
      wrong.push(message);
    }
  }
  for (const bytes of wrong) network.inject(bytes, a.endpoint, b.endpoint);
  network.run(50);
  assert.equal(b.drops('malformed'), wrong.length);
  assert.deepEqual(b.takeSent(), []);
});

test('a sender that does not pad is understood', () => {
  const both = connectedPair();
  both.a.device.setMtu(61);
  const packet = innerPacket(both.a.inside, both.b.inside, 3, 61);
  const [datagram] = captured(both, both.a, () => both.a.sendBatch(both.b, [packet]));
  assert.equal(datagram!.length, 61 + 32);
  both.network.inject(datagram!, both.a.endpoint, both.b.endpoint);
  both.network.run(50);
  assert.deepEqual(both.b.delivered[0]!.packet, packet);
});

test('a replayed packet is refused, and neither it nor one with a wrong tag moves the endpoint', () => {
  const both = connectedPair();
  const { network, a, b } = both;
  const datagram = sealed(both, 1);
  network.inject(datagram, a.endpoint, b.endpoint);
  network.run(50);
  assert.equal(b.delivered.length, 1);
  network.inject(datagram, ELSEWHERE, b.endpoint);
  const changed = sealed(both, 2);
  changed[20]! ^= 1;
  network.inject(changed, ELSEWHERE, b.endpoint);
  network.run(50);
  assert.equal(b.drops('replayed'), 1);
  assert.equal(b.drops('tag'), 1);
  assert.equal(
    b.peer(a).drops.reduce((sum, count) => sum + count),
    2,
    'counted for the peer too',
  );
  assert.equal(b.delivered.length, 1);
  assert.deepEqual(b.peer(a).endpoint, a.endpoint);
});

test('the endpoint moves with data, not only with an initiation, and with a keepalive', () => {
  const { network, a, b } = connectedPair();
  a.endpoint = endpointOf('198.51.100.7', 4444);
  a.send(b, 1);
  network.run(50);
  assert.deepEqual(b.peer(a).endpoint, a.endpoint);
  b.send(a, 2);
  network.run(50);
  assert.equal(numberOf(a.delivered[0]!.packet), 2);
  a.endpoint = endpointOf('2001:db8::7', 5555);
  a.device.changePeer(a.peer(b), { keepaliveSeconds: 25 }, network.clock.now);
  network.run(50);
  assert.deepEqual(b.peer(a).endpoint, a.endpoint);
});

test('the zone of a link-local endpoint is kept and passed back', () => {
  const { network, a, b } = connectedPair();
  a.endpoint = endpointOf('fe80::1%eth0', 5555);
  a.send(b, 1);
  network.run(50);
  assert.equal(b.peer(a).endpoint!.address, 'fe80::1%eth0');
  b.send(a, 2);
  network.run(50);
  assert.equal(a.delivered.length, 1);
});

test("an index that is nobody's, or that of a pending initiation, takes no data", () => {
  const both = connectedPair();
  const { network, a, b } = both;
  const datagram = sealed(both, 1);
  datagram[4]! ^= 1;
  network.inject(datagram, a.endpoint, b.endpoint);
  network.run(50);
  assert.equal(b.drops('index-unknown'), 1);

  const early = pair();
  const [initiation] = captured(early, early.a, () => early.a.send(early.b, 1));
  const data = new Uint8Array(32);
  data[0] = 4;
  data.set(initiation!.subarray(4, 8), 4);
  early.network.inject(data, early.b.endpoint, early.a.endpoint);
  early.network.run(50);
  assert.equal(early.a.drops('index-unknown'), 1);
});

test('a keypair is refused from its 180th second on, to the millisecond', () => {
  for (const [ageMs, reason] of [
    [179_999, null],
    [180_000, 'keypair-expired'],
  ] as const) {
    const both = connectedPair();
    const { network, a, b } = both;
    const datagram = sealed(both, 1);
    const { createdAt } = b.peer(a).keypairs.current!;
    network.clock.now = createdAt + ageMs;
    b.receive([{ bytes: datagram, from: a.endpoint }]);
    assert.equal(b.delivered.length, reason === null ? 1 : 0);
    if (reason !== null) assert.equal(b.drops(reason), 1);
  }
});

test('counters have more than 32 bits, and end where they would no longer be exact', () => {
  const both = connectedPair();
  const { network, a, b } = both;
  const keypair = a.peer(b).keypairs.current!;
  const greatest = REJECT_AFTER_MESSAGES - 1;
  for (const [number, counter] of [2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 40 + 5, greatest].entries()) {
    keypair.sendCounter = counter;
    a.sendBatch(b, [innerPacket(a.inside, b.inside, number)]);
    network.run(50);
  }
  assert.deepEqual(
    b.delivered.map(({ packet }) => numberOf(packet)),
    [0, 1, 2, 3, 4],
  );
  const beyond = Uint8Array.from(network.trace.length > 0 ? sealedHeader(b, greatest + 1) : []);
  network.inject(beyond, a.endpoint, b.endpoint);
  network.inject(sealedHeader(b, 2 ** 63), a.endpoint, b.endpoint);
  network.run(50);
  assert.equal(b.drops('counter-exhausted'), 2);

  /** A data message with this counter on the keypair of `to`; its tag is wrong, which is asked only later. */
  function sealedHeader(to: typeof b, counter: number): Uint8Array {
    const bytes = new Uint8Array(48);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, 4, true);
    view.setUint32(4, to.peer(a).keypairs.current!.localIndex, true);
    view.setBigUint64(8, BigInt(counter), true);
    return bytes;
  }
});

test('an inner packet that is not IP, is truncated, or lies about its length is refused', () => {
  const both = connectedPair();
  const { a, b } = both;
  const v4 = (change: (packet: Uint8Array) => void, length = 64) => {
    const packet = innerPacket(a.inside, b.inside, 1, length);
    change(packet);
    return packet;
  };
  const v6 = (payload: number, length = 80) => {
    const packet = innerPacket('fd00::1', 'fd00::2', 1, length);
    packet[4] = payload >> 8;
    packet[5] = payload & 255;
    return packet;
  };
  const wrong: readonly (readonly [string, Uint8Array])[] = [
    ['version 5', v4((packet) => packet.fill(0x55, 0, 1))],
    ['version 0, all padding', new Uint8Array(32)],
    ['total length above the packet', v4((packet) => packet.fill(65, 3, 4))],
    ['total length below the header', v4((packet) => packet.fill(19, 3, 4))],
    ['header length below 20', v4((packet) => packet.fill(0x44, 0, 1))],
    ['header length above the total', v4((packet) => packet.fill(0x4f, 0, 1), 40)],
    ['IPv4 in 16 bytes', v4(() => {}).slice(0, 16)],
    ['IPv6 in 32 bytes', v6(0).slice(0, 32)],
    ['payload length above the packet', v6(41)],
    // In 16 bits 40 + 65,496 is 0: a packet of no length at all.
    ['payload length 65,496', v6(65_496)],
    ['payload length 65,535', v6(65_535)],
  ];
  for (const [i, [name, packet]] of wrong.entries()) {
    sendRaw(both, packet);
    assert.equal(b.drops('inner-malformed'), i + 1, name);
  }
  assert.equal(b.delivered.length, 0);
});

test("a source is refused unless its longest prefix is the sender's own, nested subnets included", () => {
  const both = connectedPair();
  const { network, a, b } = both;
  const c = network.add('c', 3);
  b.knows(c);
  b.device.changePeer(
    b.peer(a),
    { allowedIps: prefixes('10.0.0.1/32', '10.7.0.0/16', 'fd00:7::/32') },
    network.clock.now,
  );
  b.device.changePeer(b.peer(c), { allowedIps: prefixes('10.7.7.0/24', 'fd00:7:7::/48') }, network.clock.now);
  const cases: readonly (readonly [string, boolean])[] = [
    ['10.0.0.1', true],
    ['10.7.1.1', true],
    ['10.7.7.7', false],
    ['10.8.0.1', false],
    ['fd00:7:1::1', true],
    ['fd00:7:7::1', false],
    ['fd00:8::1', false],
  ];
  for (const [source, isAllowed] of cases) {
    const before = b.delivered.length;
    sendRaw(both, innerPacket(source, source.includes(':') ? 'fd00::2' : '10.0.0.2', 1));
    assert.equal(b.delivered.length - before, isAllowed ? 1 : 0, source);
  }
  assert.equal(b.drops('source-not-allowed'), cases.filter(([, isAllowed]) => !isAllowed).length);
});

test('an IPv6 source is read from its own place, in a batch with IPv4 before and after it', () => {
  const { network, a, b } = connectedPair({ allowedIps: prefixes('10.0.0.1/32', '10.0.0.2/32', 'fd00::/64') });
  a.sendBatch(b, [
    innerPacket('10.0.0.1', '10.0.0.2', 1),
    innerPacket('fd00::1', 'fd00::2', 2, 61),
    innerPacket('10.0.0.1', '10.0.0.2', 3),
    innerPacket('fd01::1', 'fd00::2', 4),
  ]);
  network.run(50);
  assert.deepEqual(
    b.delivered.map(({ packet }) => numberOf(packet)),
    [1, 2, 3],
  );
});

test('the largest datagram that UDP can carry is opened, and junk of that size is refused', () => {
  const both = connectedPair();
  const { network, a, b } = both;
  a.device.setMtu(65_475);
  const packet = innerPacket(a.inside, b.inside, 1, 65_475);
  sendRaw(both, packet);
  assert.deepEqual(b.delivered[0]!.packet, packet);
  const junk = new Random(5).bytes(65_507);
  network.inject(junk, a.endpoint, b.endpoint);
  junk.set([4, 0, 0, 0]);
  network.inject(junk, a.endpoint, b.endpoint);
  network.run(50);
  assert.equal(b.drops('malformed') + b.drops('index-unknown'), 2);
});

test('what was under way on the keypair before still arrives after a rekey, and the first packet after it too', () => {
  const both = connectedPair();
  const { network, a, b } = both;
  const late = sealed(both, 1);
  network.run(6000);
  a.device.initiate(a.peer(b), network.clock.now);
  network.run(500);
  assert.notEqual(b.peer(a).keypairs.previous, null);
  a.send(b, 2);
  network.run(50);
  network.inject(late, a.endpoint, b.endpoint);
  network.run(50);
  assert.deepEqual(
    b.delivered.map(({ packet }) => numberOf(packet)),
    [2, 1],
  );
  assert.deepEqual(b.allDrops(), {});
});

test('the bytes counted are those of netns.sh: 1428 sent and 1372 received for ten pings and the handshake', () => {
  const { network, a, b } = pair();
  for (let i = 0; i < 10; i++) {
    a.send(b, i, b, 84);
    network.run(50);
    b.send(a, i, a, 84);
    network.run(50);
  }
  assert.equal(a.peer(b).sentBytes, 1428);
  assert.equal(a.peer(b).receivedBytes, 1372);
  assert.equal(b.peer(a).receivedBytes, 1428);
  assert.equal(b.peer(a).sentBytes, 1372);
});
