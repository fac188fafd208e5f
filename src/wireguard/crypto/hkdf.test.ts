import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blake2s } from '@noble/hashes/blake2.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import fc from 'fast-check';
import { toHex } from '../../../test/vectors/vectors.ts';
import { kdf1, kdf2, kdf3 } from './hkdf.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

test('KDF1, KDF2 and KDF3 are the first 32, 64 and 96 bytes of HKDF-BLAKE2s', () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(key, fc.oneof(key, fc.constant(new Uint8Array(0))), (chainingKey, input) => {
      const expected = toHex(hkdf(blake2s, input, chainingKey, new Uint8Array(0), 96));
      assert.equal(toHex(kdf1(chainingKey, input)), expected.slice(0, 64));
      assert.equal(kdf2(chainingKey, input).map(toHex).join(''), expected.slice(0, 128));
      assert.equal(kdf3(chainingKey, input).map(toHex).join(''), expected);
    }),
  );
});
