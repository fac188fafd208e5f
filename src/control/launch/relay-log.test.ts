import assert from 'node:assert/strict';
import {
  closeSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LOG_BYTES, openRelayLog, relayLogTail, trimRelayLog } from './relay-log.ts';

function log(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'wgr-log-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'relay.log');
}

test('the log is private and appended to', (t) => {
  const path = log(t);
  for (const line of ['one\n', 'two\n']) {
    const descriptor = openRelayLog(path);
    writeSync(descriptor, line);
    closeSync(descriptor);
  }
  assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n');
  assert.equal(lstatSync(path).mode & 0o777, 0o600);
  assert.deepEqual(relayLogTail(path, 1), ['two']);
});

test('of a log that grew too long the younger half stays, in whole lines', (t) => {
  const path = log(t);
  const lines = Array.from({ length: 30_000 }, (_, n) => `line ${n}`);
  writeFileSync(path, `${lines.join('\n')}\n`);
  const writer = openRelayLog(path);
  assert.ok(lstatSync(path).size <= LOG_BYTES / 2);
  const kept = readFileSync(path, 'utf8').trimEnd().split('\n');
  assert.deepEqual(kept, lines.slice(-kept.length));
  // Whoever has it open goes on at its end.
  writeSync(writer, 'after\n');
  assert.deepEqual(relayLogTail(path, 2), ['line 29999', 'after']);
  trimRelayLog(path);
  assert.deepEqual(relayLogTail(path, 2), ['line 29999', 'after']);
  closeSync(writer);
});

test('a link is never followed', (t) => {
  const path = log(t);
  writeFileSync(`${path}.other`, 'x');
  symlinkSync(`${path}.other`, path);
  assert.throws(() => openRelayLog(path));
  assert.deepEqual(relayLogTail(path, 1), []);
});
