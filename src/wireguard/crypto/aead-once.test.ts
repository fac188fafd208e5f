import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { fromHex, readVectors, toHex } from '../../../test/vectors/vectors.ts';
import { type WasmBuild, wasmBuilds } from '../../../test/vectors/wasm-builds.ts';
import { openOnce, sealOnce, xOpen, xSeal } from './aead-once.ts';
import { openPortable, sealPortable } from './aead-portable.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

type Seal = (key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, additionalData: Uint8Array) => Uint8Array;
type Open = (key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, additionalData: Uint8Array) => Uint8Array | null;

interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
  readonly result: 'valid' | 'invalid';
}

/** The exported functions of a build, without what `aead-once.ts` puts around them. */
function direct({ make }: WasmBuild): { seal: Seal; open: Open } {
  const instance = make(4096)!;
  const memory = new Uint8Array(instance.memory, instance.freeFrom);
  const at = instance.freeFrom;
  const load = (key: Uint8Array, nonce: Uint8Array, text: Uint8Array, extra: Uint8Array) => {
    memory.set(key);
    memory.set(extra, 32);
    memory.set(text, 2048);
    const words = new DataView(nonce.buffer, nonce.byteOffset, 12);
    return [words.getInt32(0, true), words.getInt32(4, true), words.getInt32(8, true)] as const;
  };
  return {
    seal(key, nonce, text, extra) {
      instance.exports.seal(at, ...load(key, nonce, text, extra), at + 32, extra.length, at + 2048, text.length);
      return memory.slice(2048, 2048 + text.length + 16);
    },
    open(key, nonce, sealed, extra) {
      const words = load(key, nonce, sealed, extra);
      const bytes = sealed.length - 16;
      const isRight = instance.exports.open(at, ...words, at + 32, extra.length, at + 2048, bytes);
      return isRight === 1 ? memory.slice(2048, 2048 + bytes) : null;
    },
  };
}

const backends: readonly { name: string; seal: Seal; open: Open }[] = [
  { name: 'one-shot functions', seal: sealOnce, open: openOnce },
  { name: 'node:crypto', seal: sealPortable, open: openPortable },
  ...wasmBuilds.map((build) => ({ name: build.name, ...direct(build) })),
];

function checkVector(seal: Seal, open: Open, vector: Vector): void {
  const [key, iv, aad] = [fromHex(vector.key), fromHex(vector.iv), fromHex(vector.aad)];
  const sealed = vector.ct + vector.tag;
  const opened = open(key, iv, fromHex(sealed), aad);
  const what = `${vector.tcId} ${vector.comment}`;
  if (vector.result === 'valid') {
    assert.equal(opened === null ? 'refused' : toHex(opened), vector.msg, what);
    assert.equal(toHex(seal(key, iv, fromHex(vector.msg), aad)), sealed, what);
  } else {
    assert.equal(opened, null, what);
  }
}

const wycheproof = readVectors<{ vectors: readonly Vector[] }>('wycheproof-chacha20-poly1305.json').vectors;
const rfc = readVectors<{ aead: readonly Omit<Vector, 'tcId' | 'comment' | 'result'>[] }>('rfc8439.json').aead;

for (const { name, seal, open } of backends) {
  describe(`ChaCha20-Poly1305 by ${name}`, () => {
    test('agrees with RFC 8439', () => {
      for (const vector of rfc) checkVector(seal, open, { ...vector, tcId: 0, comment: 'A.5', result: 'valid' });
    });

    test('agrees with Wycheproof', () => {
      for (const vector of wycheproof) checkVector(seal, open, vector);
    });

    test('agrees with node:crypto on any text and additional data', () => {
      const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
      fc.assert(
        fc.property(
          bytes(32),
          bytes(12),
          fc.uint8Array({ maxLength: 700 }),
          fc.uint8Array({ maxLength: 700 }),
          (key, nonce, text, extra) => {
            const sealed = seal(key, nonce, text, extra);
            assert.equal(toHex(sealed), toHex(sealPortable(key, nonce, text, extra)));
            assert.equal(toHex(open(key, nonce, sealed, extra)!), toHex(text));
          },
        ),
      );
    });
  });
}

test('XChaCha20-Poly1305 agrees with Wycheproof', () => {
  const { vectors } = readVectors<{ vectors: readonly Vector[] }>('wycheproof-xchacha20-poly1305.json');
  for (const vector of vectors) checkVector(xSeal, xOpen, vector);
});

test('a nonce given as a counter is four zeros and the counter, little-endian', () => {
  const [key, none] = [new Uint8Array(32).fill(1), new Uint8Array(0)];
  for (const [counter, nonce] of [
    [0, '000000000000000000000000'],
    [1, '000000000100000000000000'],
    [2 ** 32 + 258, '000000000201000001000000'],
    [2 ** 53 - 1, '00000000ffffffffffff1f00'],
  ] as const) {
    const sealed = sealOnce(key, counter, none, none);
    assert.equal(toHex(sealed), toHex(sealOnce(key, fromHex(nonce), none, none)));
    assert.deepEqual(openOnce(key, counter, sealed, none), none);
  }
});

test('messages too long for the WebAssembly are sealed all the same', () => {
  const key = new Uint8Array(32).fill(2);
  const text = new Uint8Array(70_000).fill(3);
  const sealed = sealOnce(key, 5, text, text);
  assert.deepEqual(openOnce(key, 5, sealed, text), text);
  sealed[69_999]! ^= 1;
  assert.equal(openOnce(key, 5, sealed, text), null);
});

test('what is too short for a tag is refused', () => {
  const key = new Uint8Array(32);
  for (let length = 0; length < 16; length++) {
    const short = new Uint8Array(length);
    assert.equal(openOnce(key, 0, short, short), null);
    assert.equal(openPortable(key, new Uint8Array(12), short, short), null);
    assert.equal(xOpen(key, new Uint8Array(24), short, short), null);
  }
});

test('a nonce of another size is a mistake of the caller', () => {
  const bytes = new Uint8Array(32);
  assert.throws(() => sealOnce(bytes, new Uint8Array(8), bytes, bytes), RangeError);
  assert.throws(() => xSeal(bytes, new Uint8Array(12), bytes, bytes), RangeError);
});
