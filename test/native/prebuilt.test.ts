/**
 * The native modules in the repository are what the sources beside them make: the digests of the sources each was built from
 * are kept with it. `npm run build:native` writes both.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { digestsPath, KEPT_TARGETS, nativeTarget, sourceDigests } from '../../scripts/build-native.ts';
import { loadNativeModule } from '../../src/relay/native/module.ts';
import { hasCompiler, nativeBuilds } from './native-builds.ts';

const isLinux = process.platform === 'linux';

for (const target of KEPT_TARGETS) {
  test(`the one for ${target} was built from the sources beside it`, () => {
    assert.equal(readFileSync(digestsPath(target), 'utf8'), sourceDigests(), `TARGET=${target} npm run build:native`);
  });
}

test('it loads on the machines that it is for', { skip: !isLinux && 'for Linux' }, () => {
  if (!KEPT_TARGETS.includes(nativeTarget())) return;
  const loaded = loadNativeModule();
  assert.equal(typeof loaded, 'object', String(loaded));
});

test('the compiler of this machine makes one that loads', { skip: !hasCompiler() && 'no C compiler (gcc)' }, () => {
  assert.ok(nativeBuilds.some(({ name }) => name === 'native, built here'));
});

test('where there is none for a machine, the reason says for which', () => {
  assert.match(String(loadNativeModule('/nowhere')), /^no native module for linux |is for Linux/);
});
