import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, readVectors, toHex } from '../../../test/vectors/vectors.ts';
import { hchacha20 } from './hchacha20.ts';

test('HChaCha20 computes the vector of the XChaCha draft', () => {
  type File = { readonly hchacha20: { readonly key: string; readonly nonce: string; readonly subkey: string } };
  const { key, nonce, subkey } = readVectors<File>('xchacha.json').hchacha20;
  assert.equal(toHex(hchacha20(fromHex(key), fromHex(nonce))), subkey);
});
