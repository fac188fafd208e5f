import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MachineError } from '../machine-error.ts';
import { isRunning, processIdentity } from '../process-identity.ts';
import { ControlLock, LOCK_FILE, lockHolder } from './control-lock.ts';

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'wgr-lock-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** A process that holds the lock in `path`, as far as the file says. */
function holder(t: TestContext, path: string, script = 'sleep 60') {
  const child = spawn('sh', ['-c', script], { stdio: 'ignore' });
  t.after(() => child.kill('SIGKILL'));
  const identity = processIdentity(child.pid!)!;
  writeFileSync(join(path, LOCK_FILE), JSON.stringify(identity));
  return { child, identity };
}

function isAlreadyRunning(error: unknown): boolean {
  return error instanceof MachineError && error.code === 'already-running' && error.help.length > 0;
}

test('one process holds it, and it is free again afterwards', async (t) => {
  const path = folder(t);
  const lock = await ControlLock.take(path, { replace: false });
  assert.ok(lock.isOurs());
  assert.equal(lockHolder(path)?.pid, process.pid);
  await assert.rejects(ControlLock.take(path, { replace: false }), isAlreadyRunning);
  lock.release();
  assert.equal(lockHolder(path), null);
  assert.deepEqual(readdirSync(path), []);
});

test('what a dead process, another boot or a broken write left is taken over', async (t) => {
  const path = folder(t);
  const { child, identity } = holder(t, path);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  for (const left of [
    JSON.stringify(identity),
    JSON.stringify({ pid: process.pid, began: 'another-boot/1' }),
    '{"pid":',
    '{"pid":-1}',
    '',
  ]) {
    writeFileSync(join(path, LOCK_FILE), left);
    const lock = await ControlLock.take(path, { replace: false });
    assert.ok(lock.isOurs());
    lock.release();
  }
  assert.deepEqual(readdirSync(path), []);
});

test('a running holder is left alone unless it is to be replaced, and then leaves', async (t) => {
  const path = folder(t);
  const { identity } = holder(t, path);
  await assert.rejects(ControlLock.take(path, { replace: false }), isAlreadyRunning);
  assert.ok(isRunning(identity));
  const lock = await ControlLock.take(path, { replace: true });
  assert.ok(lock.isOurs());
  assert.equal(isRunning(identity), false);
  lock.release();
});

test('one who was overtaken sees it, and leaves the file to the other', async (t) => {
  const path = folder(t);
  const lock = await ControlLock.take(path, { replace: false });
  const { identity } = holder(t, path);
  assert.equal(lock.isOurs(), false);
  lock.release();
  assert.equal(lockHolder(path)?.pid, identity.pid);
});

test('a file that was lost or damaged is made again', async (t) => {
  const path = folder(t);
  const lock = await ControlLock.take(path, { replace: false });
  for (const spoil of [() => rmSync(join(path, LOCK_FILE)), () => writeFileSync(join(path, LOCK_FILE), '{')]) {
    spoil();
    assert.equal(lock.isOurs(), true);
    await assert.rejects(ControlLock.take(path, { replace: false }), isAlreadyRunning);
  }
  lock.release();
  assert.deepEqual(readdirSync(path), []);
});

test('of many that begin at once over a stale lock, one has it', async (t) => {
  const path = folder(t);
  writeFileSync(join(path, LOCK_FILE), '{"pid":4194304,"began":"never/0"}');
  const script = `
    import { ControlLock } from ${JSON.stringify(new URL('./control-lock.ts', import.meta.url).href)};
    process.stdin.once('data', async () => {
      const lock = await ControlLock.take(${JSON.stringify(path)}, { replace: false }).catch(() => null);
      await new Promise((resolve) => setTimeout(resolve, 500));
      console.log(lock?.isOurs() ? 'has it' : 'has it not');
      process.stdin.once('data', () => process.exit());
    });
    console.log('ready');`;
  const racers = Array.from({ length: 4 }, () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    const lines = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]();
    return { child, next: async () => String((await lines.next()).value).trim() };
  });
  await Promise.all(racers.map(({ next }) => next()));
  for (const { child } of racers) child.stdin.write('go\n');
  const answers = await Promise.all(racers.map(({ next }) => next()));
  assert.equal(answers.filter((answer) => answer === 'has it').length, 1, answers.join(', '));
});
