import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { hasEnded, isRunning, processIdentity, processOwner, signalProcess } from './process-identity.ts';

test('a process is known by its beginning, not by its number alone', async (t) => {
  const child = spawn('sleep', ['60']);
  t.after(() => child.kill('SIGKILL'));
  const identity = processIdentity(child.pid!);
  assert.ok(identity !== null && isRunning(identity));
  assert.equal(
    isRunning({ ...identity, began: identity.began!.replace(/.$/, (digit) => (digit === '1' ? '2' : '1')) }),
    false,
  );
  assert.equal(isRunning({ ...identity, began: `another-boot/${identity.began!.split('/')[1]}` }), false);
  assert.equal(processOwner(child.pid!), process.getuid?.());

  const exit = new Promise((resolve) => child.once('exit', resolve));
  assert.equal(signalProcess(identity, 'SIGKILL'), true);
  assert.equal(await hasEnded(identity, 5_000), true);
  await exit;
  assert.equal(signalProcess(identity, 'SIGKILL'), false);
  assert.equal(processIdentity(child.pid!), null);
});

test('waiting for a process that goes on ends in time', async () => {
  assert.equal(await hasEnded(processIdentity(process.pid)!, 30), false);
});
