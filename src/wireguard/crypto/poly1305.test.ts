/**
 * Poly1305 of `wasm/poly1305.h` alone: the corner cases of RFC 8439 appendix A.3, and BigInt arithmetic that follows
 * section 2.5 word for word.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, readVectors, toHex } from '../../../test/vectors/vectors.ts';
import { wasmBuilds } from '../../../test/vectors/wasm-builds.ts';
import type { WasmInstance } from './wasm-instance.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

interface Vector {
  readonly section: string;
  readonly key: string;
  readonly msg: string;
  readonly tag: string;
}

const vectors = readVectors<{ poly1305: readonly Vector[] }>('rfc8439.json').poly1305;

/** RFC 8439 section 2.5, word for word. */
function poly1305(key: Uint8Array, message: Uint8Array): Uint8Array {
  const prime = 2n ** 130n - 5n;
  const r = fromLittleEndian(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  const s = fromLittleEndian(key.subarray(16, 32));
  let accumulator = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const block = message.subarray(at, at + 16);
    accumulator = ((accumulator + fromLittleEndian(block) + 2n ** BigInt(8 * block.length)) * r) % prime;
  }
  const tag = new Uint8Array(16);
  let rest = accumulator + s;
  for (let i = 0; i < 16; i++) {
    tag[i] = Number(rest & 255n);
    rest >>= 8n;
  }
  return tag;
}

function fromLittleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = value * 256n + BigInt(bytes[i]!);
  return value;
}

function wasmPoly1305(instance: WasmInstance, key: Uint8Array, message: Uint8Array): Uint8Array {
  const memory = new Uint8Array(instance.memory, instance.freeFrom);
  memory.set(key, 16);
  memory.set(message, 48);
  const at = instance.freeFrom;
  instance.exports.poly1305(at + 16, at + 48, message.length, at);
  return memory.slice(0, 16);
}

test('the obvious Poly1305 computes the vectors of RFC 8439', () => {
  for (const { section, key, msg, tag } of vectors) {
    assert.equal(toHex(poly1305(fromHex(key), fromHex(msg))), tag, section);
  }
});

for (const { name, make } of wasmBuilds) {
  test(`Poly1305 in ${name} computes the vectors of RFC 8439`, () => {
    for (const { section, key, msg, tag } of vectors) {
      assert.equal(toHex(wasmPoly1305(make(4096)!, fromHex(key), fromHex(msg))), tag, section);
    }
  });

  test(`Poly1305 in ${name} agrees with the obvious one, also where every carry is taken`, () => {
    const instance = make(4096)!;
    // Words of all ones and all zeros are where carries and the last subtraction happen.
    const word = fc.oneof(
      fc.constantFrom(0, 0xffffffff, 0xfffffffb, 0xfffffffa, 1, 5),
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    );
    const words = (minLength: number, maxLength: number) =>
      fc.array(word, { minLength, maxLength }).map((list) => new Uint8Array(Uint32Array.from(list).buffer));
    fc.assert(
      fc.property(words(8, 8), words(0, 64), fc.nat(3), (key, message, cut) => {
        const text = message.subarray(0, Math.max(0, message.length - cut));
        assert.equal(toHex(wasmPoly1305(instance, key, text)), toHex(poly1305(key, text)));
      }),
      { numRuns: 3000 },
    );
  });

  test(`Poly1305 in ${name} survives the largest accumulator there can be`, () => {
    const instance = make(70_000)!;
    const key = new Uint8Array(32).fill(0xff);
    for (const length of [16, 1024, 65_472]) {
      const message = new Uint8Array(length).fill(0xff);
      assert.equal(toHex(wasmPoly1305(instance, key, message)), toHex(poly1305(key, message)), `${length} bytes`);
    }
  });
}
