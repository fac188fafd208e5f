import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { compiler, rebuilt } from '../../../test/vectors/wasm-builds.ts';
import { WASM_BASE64, WASM_COMPILER } from './wasm/module.ts';
import { instantiate, instantiateBytes } from './wasm-instance.ts';

test('the module in the repository is what its sources make', {
  skip: compiler === null ? 'no clang with wasm-ld' : false,
}, () => {
  // Another compiler writes other bytes; the vectors run on both.
  if (compiler === WASM_COMPILER) assert.equal(Buffer.from(rebuilt!).toString('base64'), WASM_BASE64);
  assert.notEqual(instantiateBytes(rebuilt!, 64), null);
});

test('the memory has the room asked for, on top of the module itself', () => {
  for (const bytes of [1, 49_152, 49_153, 1_000_000]) {
    const instance = instantiate(bytes)!;
    assert.ok(instance.memory.byteLength - instance.freeFrom >= bytes);
    assert.equal(instance.freeFrom % 64, 0);
  }
});

test('on a processor without SIMD for WebAssembly, everything is computed by the portable code', {
  skip: process.arch === 'x64' ? false : 'V8 has a switch for it on x64 only',
}, () => {
  const program = `
    import { chooseAead } from ${JSON.stringify(new URL('choose-aead.ts', import.meta.url).href)};
    import { hash } from ${JSON.stringify(new URL('blake2s.ts', import.meta.url).href)};
    import { openOnce, sealOnce } from ${JSON.stringify(new URL('aead-once.ts', import.meta.url).href)};
    const key = new Uint8Array(32);
    console.log(chooseAead(64, 1).name, hash(key)[0], openOnce(key, 0, sealOnce(key, 0, key, key), key).length);
  `;
  const run = spawnSync(process.execPath, ['--no-enable-sse4-1', '--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  assert.equal(run.stderr, '');
  assert.equal(run.stdout, 'node-crypto 50 32\n');
});
