import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { blake2s as nobleBlake2s } from '@noble/hashes/blake2.js';
import { hmac as nobleHmac } from '@noble/hashes/hmac.js';
import fc from 'fast-check';
import { fromHex, readVectors, toHex } from '../../../test/vectors/vectors.ts';
import { type WasmBuild, wasmBuilds } from '../../../test/vectors/wasm-builds.ts';
import { hash, hmac, isMac, mac } from './blake2s.ts';
import { blake2sPortable } from './blake2s-portable.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

type Blake2s = (outputBytes: number, key: Uint8Array, message: Uint8Array) => Uint8Array;

function direct({ make }: WasmBuild): Blake2s {
  const instance = make(4096)!;
  const memory = new Uint8Array(instance.memory, instance.freeFrom);
  const at = instance.freeFrom;
  return (outputBytes, key, message) => {
    memory.set(key, 32);
    memory.set(message, 64);
    instance.exports.blake2s(at, outputBytes, at + 32, key.length, at + 64, message.length);
    return memory.slice(0, outputBytes);
  };
}

const backends: readonly { name: string; blake2s: Blake2s }[] = [
  { name: 'TypeScript', blake2s: blake2sPortable },
  ...wasmBuilds.map((build) => ({ name: build.name, blake2s: direct(build) })),
];

const kat = readVectors<{ vectors: readonly { in: string; key: string; out: string }[] }>('blake2s.json').vectors;
const rfc = readVectors<{ abc: string; selfTest: string }>('rfc7693.json');

/** RFC 7693 appendix E: bytes from a Fibonacci generator. */
function selfTestBytes(length: number, seed: number): Uint8Array {
  let a = Math.imul(0xdead4bad, seed) >>> 0;
  let b = 1;
  return Uint8Array.from({ length }, () => {
    const t = (a + b) >>> 0;
    a = b;
    b = t;
    return t >>> 24;
  });
}

for (const { name, blake2s } of backends) {
  describe(`BLAKE2s in ${name}`, () => {
    const none = new Uint8Array(0);

    test('computes the known answers, unkeyed and keyed', () => {
      for (const vector of kat) assert.equal(toHex(blake2s(32, fromHex(vector.key), fromHex(vector.in))), vector.out);
    });

    test('computes the example and the self-test of RFC 7693', () => {
      assert.equal(toHex(blake2s(32, none, new TextEncoder().encode('abc'))), rfc.abc);
      const digests: Uint8Array[] = [];
      for (const outputBytes of [16, 20, 28, 32]) {
        for (const length of [0, 3, 64, 65, 255, 1024]) {
          const message = selfTestBytes(length, length);
          digests.push(blake2s(outputBytes, none, message));
          digests.push(blake2s(outputBytes, selfTestBytes(outputBytes, outputBytes), message));
        }
      }
      assert.equal(toHex(blake2s(32, none, new Uint8Array(Buffer.concat(digests)))), rfc.selfTest);
    });
  });
}

const parts = fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 4 });

test('hash, mac and hmac agree with another implementation, however the message is cut', () => {
  fc.assert(
    fc.property(parts, fc.uint8Array({ minLength: 1, maxLength: 32 }), (list, key) => {
      const message = new Uint8Array(Buffer.concat(list));
      assert.equal(toHex(hash(...list)), toHex(nobleBlake2s(message)));
      assert.equal(toHex(mac(key, ...list)), toHex(nobleBlake2s(message, { key, dkLen: 16 })));
      assert.equal(toHex(hmac(key, ...list)), toHex(nobleHmac(nobleBlake2s, key, message)));
      assert.equal(toHex(blake2sPortable(32, key, ...list)), toHex(nobleBlake2s(message, { key })));
    }),
    { numRuns: 500 },
  );
});

test('hmac hashes a key longer than a block first', () => {
  const message = Uint8Array.of(1, 2, 3);
  for (const length of [63, 64, 65, 200]) {
    const key = new Uint8Array(length).fill(length);
    assert.equal(toHex(hmac(key, message)), toHex(nobleHmac(nobleBlake2s, key, message)));
  }
});

test('messages longer than any of WireGuard are hashed all the same', () => {
  const message = selfTestBytes(100_000, 1);
  assert.equal(toHex(hash(message)), toHex(nobleBlake2s(message)));
});

test('isMac is true for the MAC and for nothing else', () => {
  const [key, message] = [new Uint8Array(32).fill(1), new Uint8Array(116).fill(2)];
  const right = mac(key, message);
  assert.equal(isMac(right, key, message), true);
  assert.equal(isMac(right.subarray(0, 15), key, message), false);
  for (let bit = 0; bit < 128; bit++) {
    const wrong = Uint8Array.from(right);
    wrong[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(isMac(wrong, key, message), false);
  }
});
