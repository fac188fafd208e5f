import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, readVectors, toHex } from '../../../test/vectors/vectors.ts';
import { PrivateKey, publicKeyOf, sharedSecret } from './x25519.ts';

interface Vector {
  readonly private: string;
  readonly public: string;
  readonly shared: string;
}

const rfc = readVectors<{ vectors: readonly Vector[]; iterated: Record<string, string> }>('rfc7748.json');
const wycheproof = readVectors<{ vectors: readonly (Vector & { tcId: number })[] }>('wycheproof-x25519.json').vectors;

const ZEROS = '0'.repeat(64);

test('computes the vectors of RFC 7748', () => {
  for (const vector of rfc.vectors) {
    assert.equal(toHex(sharedSecret(fromHex(vector.private), fromHex(vector.public))!), vector.shared);
  }
  const [alice, bob] = rfc.vectors.slice(2);
  assert.equal(toHex(publicKeyOf(fromHex(alice!.private))), bob!.public);
  assert.equal(toHex(publicKeyOf(fromHex(bob!.private))), alice!.public);
});

test('computes the thousandfold iteration of RFC 7748', () => {
  let k = fromHex(`09${'00'.repeat(31)}`);
  let u = k;
  for (let i = 1; i <= 1000; i++) {
    const next = sharedSecret(k, u)!;
    u = k;
    k = next;
    if (i === 1) assert.equal(toHex(k), rfc.iterated['1']);
  }
  assert.equal(toHex(k), rfc.iterated['1000']);
});

test('agrees with Wycheproof, and has no secret to share with a key of low order', () => {
  let lowOrder = 0;
  for (const vector of wycheproof) {
    const secret = sharedSecret(fromHex(vector.private), fromHex(vector.public));
    assert.equal(secret === null ? ZEROS : toHex(secret), vector.shared, `${vector.tcId}`);
    if (secret === null) lowOrder++;
  }
  assert.ok(lowOrder >= 30, `${lowOrder}`);
});

test('both ends share one secret, and a key made of bytes is the key', () => {
  for (let i = 0; i < 20; i++) {
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    const [one, other] = [PrivateKey.generate(), PrivateKey.from(bytes)];
    const secret = one.sharedSecret(other.publicKey);
    assert.deepEqual(secret, other.sharedSecret(one.publicKey));
    assert.deepEqual(secret, sharedSecret(bytes, one.publicKey));
    assert.deepEqual(secret, sharedSecret(one, other.publicKey));
    assert.deepEqual(other.publicKey, publicKeyOf(bytes));
  }
});

test('remembers public keys by value, and forgets without mixing them up', () => {
  const own = PrivateKey.generate();
  const others = Array.from({ length: 40 }, () => PrivateKey.generate());
  const secrets = others.map((other) => toHex(own.sharedSecret(other.publicKey)!));
  // More than both generations hold, with the first forty asked for in between.
  const filler = new Uint8Array(32).fill(9);
  for (let i = 0; i < 3000; i++) {
    new DataView(filler.buffer).setUint32(0, i);
    own.sharedSecret(filler);
    if (i % 500 === 0) {
      for (const [n, other] of others.entries()) assert.equal(toHex(own.sharedSecret(other.publicKey)!), secrets[n]);
    }
  }
  for (const [n, other] of others.entries()) assert.equal(toHex(other.sharedSecret(own.publicKey)!), secrets[n]);
});

test('a public key of another size shares nothing; a private one is a mistake of the caller', () => {
  const own = PrivateKey.generate();
  for (const length of [0, 31, 33]) {
    assert.equal(own.sharedSecret(new Uint8Array(length).fill(9)), null);
    assert.throws(() => PrivateKey.from(new Uint8Array(length)), RangeError);
  }
});
