/**
 * A moment of fuzzing the native module's C under sanitizers; `npm run fuzz:native` does more of it.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzNative } from '../../scripts/fuzz-native.ts';
import { seedOfRun } from '../simulated/random.ts';

test('hostile tables, control messages and datagrams do not lead outside of any buffer', (t) => {
  if (process.platform !== 'linux') return t.skip('for Linux');
  const fuzzed = fuzzNative(seedOfRun(t), 1_000);
  if (fuzzed === null) return t.skip('no C compiler with sanitizers, or no libcrypto.so.3 (gcc, libssl3)');
  assert.equal(fuzzed.status, 0, fuzzed.text);
});
