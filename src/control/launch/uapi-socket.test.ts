import assert from 'node:assert/strict';
import { lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeUapiSocket, removeUapiSocket, uapiName } from './uapi-socket.ts';

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'wgr-uapi-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Whether somebody answers; what is written is thrown away. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function listenOn(handle: string | { fd: number }): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(handle, () => resolve(server));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

test('names are those that network interfaces may have', () => {
  assert.equal(uapiName('home'), 'wgr-home');
  assert.equal(uapiName('a-very-long-network-name'), 'wgr-a-very-long');
  assert.equal(uapiName('abcdefghij-k'), 'wgr-abcdefghij');
});

test('the socket is private, replaces one that nobody listens at, and can be handed on', async (t) => {
  const path = join(folder(t), 'wireguard');
  const stale = await makeUapiSocket('wgr-home', path);
  assert.ok(typeof stale !== 'string');
  stale.release();
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(lstatSync(stale.path).isSocket(), 'releasing it leaves the name');
  assert.equal(await answers(stale.path), false);

  const socket = await makeUapiSocket('wgr-home', path);
  assert.ok(typeof socket !== 'string');
  assert.equal(lstatSync(socket.path).mode & 0o777, 0o600);
  assert.equal(lstatSync(path).mode & 0o777, 0o700);
  assert.equal(await answers(socket.path), true);
  socket.release();
  await removeUapiSocket(socket.path);
  assert.throws(() => lstatSync(socket.path));
});

test("somebody else's socket stays theirs", async (t) => {
  const path = folder(t);
  const theirs = await listenOn(join(path, 'wgr-home.sock'));
  t.after(() => closed(theirs));
  assert.match((await makeUapiSocket('wgr-home', path)) as string, /in use by another program/);
  await removeUapiSocket(join(path, 'wgr-home.sock'));
  assert.equal(await answers(join(path, 'wgr-home.sock')), true);
});

test('a file that is no socket is not replaced, and a folder that is none is said', async (t) => {
  const path = folder(t);
  writeFileSync(join(path, 'wgr-home.sock'), '');
  assert.match((await makeUapiSocket('wgr-home', path)) as string, /is no socket/);
  assert.match((await makeUapiSocket('wgr-home', join(path, 'wgr-home.sock'))) as string, /is not ours/);
});
