/**
 * Started by root, the relay has its files in `/run`, which Debian mounts noexec: nothing there can be run or loaded as code.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { nativeSkip } from './native-builds.ts';

const WG_ROUTER = join(import.meta.dirname, '../../bin/wg-router');

/** In namespaces of its own, with which everything goes away. */
const SCRIPT = `
  mount -t tmpfs -o nosuid,nodev,noexec tmpfs /run
  ip link set lo up
  "$1" up --init --endpoint 127.0.0.1:50123 >up.log 2>&1 &
  tries=0
  until "$1" status --json >status.json 2>/dev/null || [ $((tries += 1)) -gt 60 ]; do sleep 0.5; done
  cat status.json up.log
`;

const skip = process.getuid?.() !== 0 ? 'needs root' : nativeSkip;

test('the native module is loaded where /run is mounted noexec', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'wg-router-noexec-'));
  try {
    const words = ['--mount', '--net', '--pid', '--fork', '--mount-proc', 'sh', '-c', SCRIPT, 'sh', WG_ROUTER];
    const { stdout, stderr } = spawnSync('unshare', words, { cwd: folder, encoding: 'utf8' });
    assert.match(stdout, /"backend": ?"native, /, stdout + stderr);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
