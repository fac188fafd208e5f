/**
 * The native module in the repository is what the sources beside it make: the digests of the sources it was built from
 * are kept with it. `npm run build:native` writes both.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { nativeTarget, SOURCES_FILE, sourceDigests } from '../../scripts/build-native.ts';
import { loadNativeModule } from '../../src/relay/native/module.ts';
import { hasCompiler, nativeBuilds } from './native-builds.ts';

const isLinux = process.platform === 'linux';

test('it was built from the sources beside it', () => {
  assert.equal(readFileSync(SOURCES_FILE, 'utf8'), sourceDigests(), 'npm run build:native');
});

test('it loads on the machines that it is for', { skip: !isLinux && 'for Linux' }, () => {
  if (nativeTarget() !== 'linux-x64-gnu') return;
  const loaded = loadNativeModule();
  assert.equal(typeof loaded, 'object', String(loaded));
});

test('the compiler of this machine makes one that loads', { skip: !hasCompiler() && 'no C compiler (gcc)' }, () => {
  assert.ok(nativeBuilds.some(({ name }) => name === 'native, built here'));
});

test('where there is none for a machine, the reason says for which', () => {
  assert.match(String(loadNativeModule(['/nowhere'])), /^no native module for linux |is for Linux/);
});
