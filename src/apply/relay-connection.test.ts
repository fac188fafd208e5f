import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LINE_BYTES } from '../relay/messages.ts';
import { RelayConnection, RelayError } from './relay-connection.ts';

const HELLO = { type: 'hello', version: 1, pid: 7, publicKey: 'k', startedAt: 5 };

/** A socket at which `say` answers each line. */
async function listening(t: TestContext, say: (line: string, socket: Socket) => void): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'wgr-connection-'));
  const path = join(folder, 's');
  const server: Server = createServer((socket) => {
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      text += bytes;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        say(text.slice(0, end), socket);
        text = text.slice(end + 1);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  return path;
}

async function open(t: TestContext, path: string, timeoutMs?: number): Promise<RelayConnection> {
  const connection = await RelayConnection.open(path, timeoutMs);
  t.after(() => connection.close());
  return connection;
}

function withCode(code: string, reason: string | null = null) {
  return (error: unknown) => error instanceof RelayError && error.code === code && error.reason === reason;
}

test('requests are answered in order, also when the answers come in pieces', async (t) => {
  let count = 0;
  const path = await listening(t, (_, socket) => {
    const line = `${JSON.stringify({ ...HELLO, pid: ++count })}\n`;
    socket.write(line.slice(0, 9));
    setTimeout(() => socket.write(line.slice(9)), 5);
  });
  const connection = await open(t, path);
  const first = await connection.request({ type: 'hello' });
  const [second, third] = await Promise.all([
    connection.request({ type: 'hello' }),
    new Promise((resolve) => setTimeout(resolve, 20)).then(() => connection.request({ type: 'hello' })),
  ]);
  assert.deepEqual([first.pid, second.pid, third.pid], [1, 2, 3]);
});

test('nobody listening is an unreachable relay', async () => {
  await assert.rejects(RelayConnection.open('/nonexistent/s'), withCode('relay-unreachable'));
});

test('a refusal is an error with the reason, and the connection goes on', async (t) => {
  const path = await listening(t, (line, socket) => {
    const isStop = line.includes('stop');
    socket.write(`${JSON.stringify(isStop ? { type: 'refused', code: 'no', message: 'not now' } : HELLO)}\n`);
  });
  const connection = await open(t, path);
  await assert.rejects(connection.request({ type: 'stop' }), withCode('relay-refused', 'no'));
  assert.equal((await connection.request({ type: 'hello' })).pid, 7);
});

for (const [what, answer] of Object.entries({
  'no JSON': 'hello?\n',
  'a shape that is none of ours': '{"type":"hello","version":"one"}\n',
  'the answer to another question': '{"type":"stopping"}\n',
  'a line without end': 'x'.repeat(LINE_BYTES + 1),
})) {
  test(`${what} is unintelligible and ends the connection`, async (t) => {
    const path = await listening(t, (_, socket) => socket.write(answer));
    const connection = await open(t, path);
    await assert.rejects(connection.request({ type: 'hello' }), withCode('relay-unintelligible'));
    assert.equal(connection.isOpen, false);
  });
}

test('a relay that does not answer, and one that hangs up, are silent', async (t) => {
  const mute = await open(t, await listening(t, () => {}), 50);
  await assert.rejects(mute.request({ type: 'hello' }), withCode('relay-silent'));
  const gone = await open(t, await listening(t, (_, socket) => socket.destroy()));
  await assert.rejects(gone.request({ type: 'hello' }), withCode('relay-silent'));
  await gone.closed;
  await assert.rejects(gone.request({ type: 'hello' }), withCode('relay-silent'));
});
