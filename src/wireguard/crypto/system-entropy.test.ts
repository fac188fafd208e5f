import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemEntropy } from './system-entropy.ts';
import { PrivateKey } from './x25519.ts';

test('bytes are as many as asked for and differ every time', () => {
  assert.equal(systemEntropy.bytes(0).length, 0);
  assert.equal(systemEntropy.bytes(33).length, 33);
  assert.notDeepEqual(systemEntropy.bytes(32), systemEntropy.bytes(32));
});

test('words are 32 bits and do not come twice', () => {
  const words = Array.from({ length: 5000 }, () => systemEntropy.u32());
  assert.ok(words.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32));
  // Two equal ones among 5,000 are expected once in 340 runs; three pairs are not.
  assert.ok(new Set(words).size > 4997);
  assert.ok(words.some((word) => word >= 2 ** 31));
});

test('a key pair belongs together', () => {
  const { privateKey, publicKey } = systemEntropy.keyPair();
  const other = PrivateKey.generate();
  assert.deepEqual(other.sharedSecret(publicKey), privateKey.sharedSecret(other.publicKey));
});
