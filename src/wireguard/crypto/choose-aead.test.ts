import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Aead } from './aead.ts';
import { chooseAead, isRight } from './choose-aead.ts';
import { NodeCryptoAead } from './node-crypto.ts';
import { WebAssemblyAead } from './webassembly.ts';

test('WebAssembly is chosen where it runs, with the room asked for and nothing left behind', () => {
  const aead = chooseAead(4096, 10);
  assert.equal(aead.name, 'webassembly-simd');
  assert.equal(aead.arena.length, 4096);
  assert.equal(aead.keyCapacity, 10);
  assert.ok(aead.arena.every((byte) => byte === 0));
  for (let i = 0; i < 10; i++) assert.ok(aead.addKey(new Uint8Array(32)) >= 0);
  assert.equal(aead.addKey(new Uint8Array(32)), -1);
});

test('seven hundred thousand keys and two batches fit, and take no memory until used', () => {
  const before = process.memoryUsage.rss();
  const aead = chooseAead(2 * 64 * 65_664, 700_000);
  assert.equal(aead.name, 'webassembly-simd');
  assert.ok(process.memoryUsage.rss() - before < 16 * 2 ** 20);
});

test('where there is no WebAssembly SIMD, node:crypto is chosen', () => {
  assert.equal(
    WebAssemblyAead.create(64, 1, () => null),
    null,
  );
});

test('the self-test notices each kind of wrong answer', () => {
  const wrong: readonly ((aead: Aead) => Partial<Aead>)[] = [
    () => ({ addKey: () => -1 }),
    (aead) => ({ seal: (slot, counter, at, length) => aead.seal(slot, counter + 1, at, length) }),
    (aead) => ({ seal: (slot, counter, at, length) => aead.seal(slot, counter % 2 ** 32, at, length) }),
    () => ({ open: () => true }),
    () => ({ open: () => false }),
    (aead) => ({
      open(slot, counter, at, length) {
        const isGood = aead.open(slot, counter, at, length);
        if (!isGood) aead.arena[at]! ^= 1;
        return isGood;
      },
    }),
  ];
  const make = () => new NodeCryptoAead(1024, 2);
  assert.equal(isRight(make()), true);
  for (const [i, change] of wrong.entries()) {
    const aead: Aead = make();
    const faulty: Aead = {
      name: 'faulty',
      arena: aead.arena,
      keyCapacity: 2,
      addKey: (key) => aead.addKey(key),
      removeKey: (slot) => aead.removeKey(slot),
      seal: (slot, counter, at, length) => aead.seal(slot, counter, at, length),
      open: (slot, counter, at, length) => aead.open(slot, counter, at, length),
      sealBatch: (batch) => aead.sealBatch(batch),
      openBatch: (batch) => aead.openBatch(batch),
      ...change(aead),
    };
    assert.equal(isRight(faulty), false, `fault ${i}`);
  }
});
