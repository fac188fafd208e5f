import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { nativeBuilds } from '../../../test/native/native-builds.ts';
import { wasmBuilds } from '../../../test/vectors/wasm-builds.ts';
import { NativeAead } from '../../relay/native/native-aead.ts';
import {
  BATCH_PACKETS,
  Batch,
  COUNTER_HIGH,
  COUNTER_LOW,
  KEY_SLOT,
  LENGTH,
  OFFSET,
  REASON,
  ROW_INTS,
  SLOT_BYTES,
  STATUS,
  STATUS_CONSUMED,
  STATUS_DROPPED,
  STATUS_READY,
} from '../batch.ts';
import { dropNumber } from '../drop.ts';
import type { Aead } from './aead.ts';
import { NodeCryptoAead } from './node-crypto.ts';
import { WebAssemblyAead } from './webassembly.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

const backends: readonly { name: string; make: (arenaBytes: number, keyCapacity: number) => Aead }[] = [
  { name: 'node-crypto', make: (arenaBytes, keyCapacity) => new NodeCryptoAead(arenaBytes, keyCapacity) },
  ...wasmBuilds.map(({ name, make }) => ({
    name,
    make: (arenaBytes: number, keyCapacity: number) => WebAssemblyAead.create(arenaBytes, keyCapacity, make)!,
  })),
  ...nativeBuilds.flatMap(({ name, module }) =>
    [true, false].map((wantsOwn) => ({
      name: `${name}, ${new NativeAead(module, 1024, 1, wantsOwn).name}`,
      make: (arenaBytes: number, keyCapacity: number) => new NativeAead(module, arenaBytes, keyCapacity, wantsOwn),
    })),
  ),
];

/** OpenSSL, asked for everything at once and without the class under test. */
function sealed(key: Uint8Array, counter: number, plaintext: Uint8Array): Uint8Array {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64LE(BigInt(counter), 4);
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  const parts = [cipher.update(plaintext), cipher.final()];
  return new Uint8Array(Buffer.concat([...parts, cipher.getAuthTag()]));
}

/** Bytes that differ from packet to packet and from key to key. */
function pattern(length: number, salt: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = salt * 2654435761 + 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Fails with the index only: printing two arenas takes minutes. */
function assertSame(actual: Uint8Array, expected: Uint8Array, what: string): void {
  if (Buffer.compare(actual, expected) === 0) return;
  assert.fail(`${what}: differs at byte ${expected.findIndex((byte, i) => byte !== actual[i])}`);
}

for (const { name, make } of backends) {
  describe(name, () => {
    test('seals and opens every length from 0 to 1600 as OpenSSL does', () => {
      const aead = make(4096, 1);
      const key = pattern(32, 1);
      const slot = aead.addKey(key);
      for (let length = 0; length <= 1600; length++) {
        const plaintext = pattern(length, length);
        const expected = sealed(key, length, plaintext);
        aead.arena.fill(0xaa);
        aead.arena.set(plaintext, 64);
        aead.seal(slot, length, 64, length);
        assertSame(aead.arena.subarray(64, 64 + length + 16), expected, `sealed ${length}`);
        assert.equal(aead.open(slot, length, 64, length + 16), true, `open ${length}`);
        assertSame(aead.arena.subarray(64, 64 + length), plaintext, `opened ${length}`);
        assertSame(aead.arena.subarray(64 + length, 80 + length), expected.subarray(length), `tag after ${length}`);
        assert.ok(
          aead.arena.subarray(0, 64).every((byte) => byte === 0xaa),
          `before ${length}`,
        );
        assert.ok(
          aead.arena.subarray(80 + length).every((byte) => byte === 0xaa),
          `after ${length}`,
        );
      }
    });

    test('works at every alignment and for the largest packet', () => {
      const aead = make(SLOT_BYTES + 64, 1);
      const key = pattern(32, 2);
      const slot = aead.addKey(key);
      for (const length of [0, 1, 63, 64, 191, 192, 193, 447, 448, 449, 1424, 65_472]) {
        const plaintext = pattern(length, length);
        const expected = sealed(key, 7, plaintext);
        for (let offset = 0; offset < 64; offset += length > 2000 ? 13 : 1) {
          aead.arena.set(plaintext, offset);
          aead.seal(slot, 7, offset, length);
          assertSame(aead.arena.subarray(offset, offset + length + 16), expected, `${length} at ${offset}`);
          assert.equal(aead.open(slot, 7, offset, length + 16), true);
          assertSame(aead.arena.subarray(offset, offset + length), plaintext, `${length} at ${offset}`);
        }
      }
    });

    test('puts the whole counter into the nonce', () => {
      const aead = make(128, 1);
      const key = pattern(32, 3);
      const slot = aead.addKey(key);
      for (const counter of [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 40 + 5, 2 ** 53 - 1]) {
        aead.arena.fill(0);
        aead.seal(slot, counter, 0, 20);
        assertSame(aead.arena.subarray(0, 36), sealed(key, counter, new Uint8Array(20)), `counter ${counter}`);
      }
    });

    test('refuses any changed bit, another key and another counter, and leaves the packet as it was', () => {
      fc.assert(
        fc.property(fc.nat(600), fc.nat(), fc.nat(7), fc.nat(2 ** 32), (length, place, bit, counter) => {
          const aead = make(1024, 2);
          const slot = aead.addKey(pattern(32, 4));
          const other = aead.addKey(pattern(32, 5));
          aead.arena.set(pattern(length, 6), 16);
          aead.seal(slot, counter, 16, length);
          const good = Uint8Array.from(aead.arena);
          assert.equal(aead.open(other, counter, 16, length + 16), false);
          assertSame(aead.arena, good, 'another key');
          assert.equal(aead.open(slot, counter + 1, 16, length + 16), false);
          assertSame(aead.arena, good, 'another counter');
          aead.arena[16 + (place % (length + 16))]! ^= 1 << bit;
          const changed = Uint8Array.from(aead.arena);
          assert.equal(aead.open(slot, counter, 16, length + 16), false);
          assertSame(aead.arena, changed, 'a changed bit');
        }),
        { numRuns: 200 },
      );
    });

    test('refuses what is too short for a tag', () => {
      const aead = make(64, 1);
      const slot = aead.addKey(pattern(32, 7));
      for (const length of [15, 1, 0, -1]) assert.equal(aead.open(slot, 0, 0, length), false);
    });

    test('gives out every key slot once, and a freed one again', () => {
      const aead = make(64, 3);
      const slots = [0, 1, 2].map((salt) => aead.addKey(pattern(32, salt)));
      assert.equal(new Set(slots).size, 3);
      assert.equal(aead.addKey(pattern(32, 3)), -1);
      aead.removeKey(slots[1]!);
      aead.removeKey(slots[1]!);
      assert.equal(aead.addKey(pattern(32, 4)), slots[1]);
      assert.equal(aead.addKey(pattern(32, 5)), -1);
      for (const [i, salt] of [0, 4, 2].entries()) {
        aead.arena.fill(0);
        aead.seal(slots[i]!, 9, 0, 32);
        assertSame(aead.arena.subarray(0, 48), sealed(pattern(32, salt), 9, new Uint8Array(32)), `slot ${i}`);
      }
    });

    test('does not use a slot that holds no key, nor bytes outside the arena', () => {
      const aead = make(64, 2);
      const slot = aead.addKey(pattern(32, 8));
      aead.removeKey(slot);
      assert.throws(() => aead.seal(slot, 0, 0, 16), RangeError);
      assert.throws(() => aead.open(-1, 0, 0, 32), RangeError);
      const live = aead.addKey(pattern(32, 9));
      assert.throws(() => aead.seal(live, 0, 0, 49), RangeError);
      assert.throws(() => aead.seal(live, 0, -1, 8), RangeError);
      assert.throws(() => aead.open(live, 0, 40, 32), RangeError);
      assert.throws(() => aead.addKey(new Uint8Array(31)), RangeError);
    });

    test('seals and opens the packets of a batch that are ready, and only those', () => {
      const aead = make(BATCH_PACKETS * SLOT_BYTES, 8);
      const keys = Array.from({ length: 8 }, (_, i) => pattern(32, i));
      const slots = keys.map((key) => aead.addKey(key));
      const batch = new Batch(aead.arena);
      const { rows } = batch;
      const datagrams: Uint8Array[] = [];
      const ready = [STATUS_READY, STATUS_DROPPED, STATUS_CONSUMED, STATUS_READY];
      for (let i = 0; i < BATCH_PACKETS; i++) {
        const datagram = pattern(32 + 23 * i, i);
        const at = batch.add(datagram, { family: 4, address: '192.0.2.1', port: 1 }) * ROW_INTS;
        rows[at + STATUS] = ready[i % 4]!;
        rows[at + KEY_SLOT] = slots[i % 8]!;
        rows[at + COUNTER_LOW] = -1 - i;
        rows[at + COUNTER_HIGH] = i;
        if (i % 4 === 0 || i % 4 === 3) {
          const counter = i * 2 ** 32 + (2 ** 32 - 1 - i);
          datagram.set(sealed(keys[i % 8]!, counter, datagram.subarray(16, datagram.length - 16)), 16);
        }
        datagrams.push(datagram);
      }
      aead.sealBatch(batch);
      for (const [i, datagram] of datagrams.entries()) {
        const offset = rows[i * ROW_INTS + OFFSET]!;
        assert.equal(rows[i * ROW_INTS + LENGTH], datagram.length);
        assertSame(aead.arena.subarray(offset, offset + datagram.length), datagram, `packet ${i}`);
      }
      const forged = 12;
      aead.arena[rows[forged * ROW_INTS + OFFSET]! + 20]! ^= 1;
      rows[15 * ROW_INTS + LENGTH] = 31;
      aead.openBatch(batch);
      for (const [i, datagram] of datagrams.entries()) {
        const at = i * ROW_INTS;
        const offset = rows[at + OFFSET]! + 16;
        const isOpened = (i % 4 === 0 || i % 4 === 3) && i !== forged && i !== 15;
        if (i === forged || i === 15) {
          assert.equal(rows[at + STATUS], STATUS_DROPPED);
          assert.equal(rows[at + REASON], dropNumber('tag'));
        } else {
          assert.equal(rows[at + STATUS], ready[i % 4]);
        }
        if (isOpened) {
          const plaintext = pattern(32 + 23 * i, i).subarray(16, datagram.length - 16);
          assertSame(aead.arena.subarray(offset, offset + plaintext.length), plaintext, `packet ${i}`);
        }
      }
    });
  });
}
