import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { RELAY_PROTOCOL_VERSION } from '../../relay/messages.ts';
import { isRunning, processIdentity } from '../process-identity.ts';
import { findRelay } from './adopt.ts';
import { endRelay, reachRelay } from './end-relay.ts';

/** A control socket at which every line is answered with `answer`; a string is said as it is. */
async function answering(t: TestContext, answer: object | string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'wgr-adopt-'));
  const path = join(folder, 'control.sock');
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.write(`${typeof answer === 'string' ? answer : JSON.stringify(answer)}\n`));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  return path;
}

function hello(more: object = {}) {
  return { type: 'hello', version: RELAY_PROTOCOL_VERSION, pid: process.pid, publicKey: 'ours', startedAt: 1, ...more };
}

test('a relay of our protocol and key is fit, whichever of the places it is at', async (t) => {
  const path = await answering(t, hello());
  const found = await findRelay(['/nonexistent/control.sock', path], 'ours');
  assert.ok(found.kind === 'fit');
  found.connection.close();
  assert.deepEqual([found.controlSocket, found.hello.pid], [path, process.pid]);
});

for (const [what, answer, why] of [
  ['another protocol version', hello({ version: RELAY_PROTOCOL_VERSION + 1 }), /version/],
  ['another router key', hello({ publicKey: 'theirs' }), /another router key/],
  ['no answer of ours', 'what?', /does not say who it is/],
] as const) {
  test(`a relay with ${what} is unfit, and it is said why`, async (t) => {
    const found = await findRelay([await answering(t, answer)], 'ours');
    assert.ok(found.kind === 'unfit');
    found.reached.connection.close();
    assert.match(found.why, why);
  });
}

test('where nothing answers there is none', async () => {
  assert.deepEqual(await findRelay(['/nonexistent/control.sock'], 'ours'), { kind: 'none' });
});

test("a relay cannot have somebody else's process ended by saying that it is that process", async (t) => {
  if (process.geteuid?.() !== 0) return;
  const bystander = spawn('sleep', ['60']);
  t.after(() => bystander.kill('SIGKILL'));
  const path = await answering(t, hello({ pid: bystander.pid }));
  chownSync(path, 61_804, 61_804);
  assert.equal(await endRelay(await reachRelay([path]), null), false);
  assert.ok(isRunning(processIdentity(bystander.pid!)!));
});
