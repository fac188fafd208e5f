import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Batch, LENGTH, OFFSET, ROW_INTS, TOS } from '../../wireguard/batch.ts';
import {
  MESSAGE_INTS,
  MESSAGE_LENGTH,
  MESSAGE_OFFSET,
  MESSAGE_PLACE,
  MESSAGE_SEGMENT,
  MESSAGE_TOS,
  PLACE_INTS,
  writeMessages,
} from './message-table.ts';
import { type Place, placeOf } from './place.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

const interfaces = { interfaceName: () => '', interfaceIndex: () => 0 };
const placeAt = (port: number): Place => placeOf({ family: 4, address: '192.0.2.1', port }, interfaces)!;

interface Packet {
  readonly bytes: number;
  readonly to: Place;
  readonly tos?: number;
  /** Bytes of nothing before it. */
  readonly gap?: number;
}

interface Message {
  readonly offset: number;
  readonly length: number;
  readonly segment: number;
  readonly tos: number;
  readonly port: number;
}

function messagesOf(packets: readonly Packet[], joins = { 4: true, 6: true }, now = 0): Message[] {
  const order = Int32Array.from(packets, (_, i) => i);
  const outgoing = { from: 0, end: 1 << 30, order, count: packets.length };
  const batch = new Batch(new Uint8Array(0), new Int32Array(packets.length * ROW_INTS), 0, outgoing);
  let offset = 1000;
  for (const [i, { bytes, tos = 0, gap = 0 }] of packets.entries()) {
    offset += gap;
    batch.rows[i * ROW_INTS + OFFSET] = offset;
    batch.rows[i * ROW_INTS + LENGTH] = bytes;
    batch.rows[i * ROW_INTS + TOS] = tos;
    offset += bytes;
  }
  const table = new Int32Array(packets.length * MESSAGE_INTS);
  const ofMessages: Place[] = [];
  const count = writeMessages(batch, { ofRows: packets.map(({ to }) => to), ofMessages, joins, now }, table);
  return Array.from({ length: count }, (_, i) => {
    const row = table.subarray(i * MESSAGE_INTS, (i + 1) * MESSAGE_INTS);
    assert.deepEqual(row.subarray(MESSAGE_PLACE, MESSAGE_PLACE + PLACE_INTS), ofMessages[i]!.columns);
    return {
      offset: row[MESSAGE_OFFSET]!,
      length: row[MESSAGE_LENGTH]!,
      segment: row[MESSAGE_SEGMENT]!,
      tos: row[MESSAGE_TOS]!,
      port: ofMessages[i]!.port,
    };
  });
}

const a = placeAt(1);
const b = placeAt(2);
const sizes = (packets: readonly Packet[]) => messagesOf(packets).map(({ length, segment }) => [length, segment]);

test('datagrams of one size to one place are one train, and a smaller one ends it', () => {
  assert.deepEqual(sizes([100, 100, 100, 40, 100].map((bytes) => ({ bytes, to: a }))), [
    [340, 100],
    [100, 0],
  ]);
});

test('a larger one, another place, another TOS and a gap begin another message', () => {
  assert.deepEqual(sizes([100, 101].map((bytes) => ({ bytes, to: a }))), [
    [100, 0],
    [101, 0],
  ]);
  assert.equal(messagesOf([a, b, b].map((to) => ({ bytes: 100, to }))).length, 2);
  assert.equal(messagesOf([1, 1, 2].map((tos) => ({ bytes: 100, to: a, tos }))).length, 2);
  assert.equal(messagesOf([0, 8].map((gap) => ({ bytes: 100, to: a, gap }))).length, 2);
});

test('a train has at most 64 datagrams and 65,000 bytes', () => {
  const many = Array.from({ length: 130 }, () => ({ bytes: 96, to: a }));
  assert.deepEqual(sizes(many), [
    [64 * 96, 96],
    [64 * 96, 96],
    [2 * 96, 96],
  ]);
  assert.deepEqual(sizes(Array.from({ length: 50 }, () => ({ bytes: 1452, to: a }))), [
    [44 * 1452, 1452],
    [6 * 1452, 1452],
  ]);
});

test('no trains go where they are not taken, until it is time to try again', () => {
  const refusing = placeAt(3);
  refusing.singleUntil = 500;
  const packets = [1, 2].map(() => ({ bytes: 100, to: refusing }));
  assert.equal(messagesOf(packets, undefined, 499).length, 2);
  assert.equal(messagesOf(packets, undefined, 500).length, 1);
  assert.equal(messagesOf(packets, { 4: false, 6: true }, 500).length, 2);
});

test('every datagram leaves once, in its order, to its place, in trains that the kernel takes', () => {
  const packet = fc.record({
    bytes: fc.oneof(fc.constantFrom(0, 32, 96, 1452), fc.nat(9000)),
    to: fc.constantFrom(a, b),
    tos: fc.constantFrom(0, 2),
  });
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 300 }), (packets) => {
      const left: [port: number, tos: number, bytes: number][] = [];
      let offset = 1000;
      for (const message of messagesOf(packets)) {
        assert.equal(message.offset, offset);
        offset += message.length;
        assert.ok(message.length <= 65_000 || message.segment === 0);
        if (message.segment === 0) left.push([message.port, message.tos, message.length]);
        for (let at = 0; message.segment > 0 && at < message.length; at += message.segment) {
          left.push([message.port, message.tos, Math.min(message.segment, message.length - at)]);
        }
      }
      assert.deepEqual(
        left,
        packets.map(({ to, tos, bytes }) => [to.port, tos, bytes]),
      );
    }),
  );
});
