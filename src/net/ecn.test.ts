import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decapsulate, encapsulatedTos } from './ecn.ts';

const NOT_ECT = 0;
const ECT_1 = 1;
const ECT_0 = 2;
const CE = 3;
const DSCP = 0xb8;

/** RFC 6040 figure 4, with Linux's choice for what cannot carry a mark: it is passed on unmarked. */
const AFTER: Readonly<Record<number, readonly number[]>> = {
  // By outer: Not-ECT, ECT(1), ECT(0), CE.
  [NOT_ECT]: [NOT_ECT, NOT_ECT, NOT_ECT, NOT_ECT],
  [ECT_1]: [ECT_1, ECT_1, ECT_1, CE],
  [ECT_0]: [ECT_0, ECT_1, ECT_0, CE],
  [CE]: [CE, CE, CE, CE],
};

function ipv4(ecn: number): Uint8Array {
  const packet = new Uint8Array(20).map((_, i) => 11 * i + 5);
  packet[0] = 0x45;
  packet[1] = DSCP | ecn;
  packet[10] = packet[11] = 0;
  const checksum = ~onesSum(packet) & 0xffff;
  packet[10] = checksum >> 8;
  packet[11] = checksum & 255;
  return packet;
}

function ipv6(ecn: number): Uint8Array {
  const packet = new Uint8Array(40).fill(0x77);
  packet[0] = 0x60 | (DSCP >> 4);
  packet[1] = ((DSCP & 15) << 4) | (ecn << 4) | 7;
  return packet;
}

function onesSum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

const ecn4 = (packet: Uint8Array, at: number) => packet[at + 1]! & 3;
const ecn6 = (packet: Uint8Array, at: number) => (packet[at + 1]! >> 4) & 3;

for (const [name, make, ecnOf] of [
  ['IPv4', ipv4, ecn4],
  ['IPv6', ipv6, ecn6],
] as const) {
  test(`marks of the outer header go into ${name} packets as RFC 6040 says, and nothing else of them changes`, () => {
    for (const inner of [NOT_ECT, ECT_1, ECT_0, CE]) {
      for (const outer of [NOT_ECT, ECT_1, ECT_0, CE]) {
        const packet = new Uint8Array(60);
        packet.set(make(inner), 7);
        decapsulate(packet, 7, 0x30 | outer);
        assert.equal(ecnOf(packet, 7), AFTER[inner]![outer], `inner ${inner}, outer ${outer}`);
        const expected = make(AFTER[inner]![outer]!);
        assert.deepEqual(packet.subarray(7, 7 + expected.length), expected);
      }
    }
  });

  test(`the outer header of ${name} packets says what the inner one can carry, without its mark and its DSCP`, () => {
    assert.deepEqual(
      [NOT_ECT, ECT_1, ECT_0, CE].map((inner) => encapsulatedTos(make(inner), 0)),
      [NOT_ECT, ECT_1, ECT_0, ECT_0],
    );
  });
}

test('a header checksum that was wrong stays wrong', () => {
  const packet = ipv4(ECT_0);
  packet[10]! ^= 0x40;
  decapsulate(packet, 0, CE);
  assert.notEqual(onesSum(packet), 0xffff);
});
