import assert from 'node:assert/strict';
import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MachineError } from '../machine-error.ts';
import { makeRuntimeFolder, type RuntimeFolder, runtimeFolder } from './runtime-folder.ts';

const uid = process.getuid?.() ?? 0;
/** An ordinary user's view; root's own folder is the machine's and not for tests. */
const someone = uid === 0 ? 4242 : uid;

function folder(t: TestContext, owner: number = someone): string {
  const path = mkdtempSync(join(tmpdir(), 'wgr-runtime-'));
  if (owner !== uid) chownSync(path, owner, owner);
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function isUnsafe(error: unknown): boolean {
  return error instanceof MachineError && error.code === 'runtime-folder-unsafe' && error.help.length > 0;
}

test("a user's sockets lie under XDG_RUNTIME_DIR, each network's apart", (t) => {
  const xdgRuntimeDir = folder(t);
  const who = { uid: someone, xdgRuntimeDir };
  const { controlSocket } = runtimeFolder('/home/anna/network.yaml', who);
  assert.match(controlSocket.slice(xdgRuntimeDir.length), /^\/wg-router\/[0-9a-f]{12}\/sockets\/control\.sock$/);
  assert.notEqual(controlSocket, runtimeFolder('/home/anna/other.yaml', who).controlSocket);
  assert.equal(controlSocket, runtimeFolder('/home/anna/network.yaml', who).controlSocket);
});

test('a path that is too long for a socket gives way to /tmp', (t) => {
  const long = join(folder(t), 'x'.repeat(60));
  mkdirSync(long);
  if (uid === 0) chownSync(long, someone, someone);
  const { controlSocket } = runtimeFolder('/network.yaml', { uid: someone, xdgRuntimeDir: long });
  assert.ok(controlSocket.startsWith(`/tmp/wg-router-${someone}/`));
  assert.ok(controlSocket.length <= 107);
});

for (const [what, xdgRuntimeDir] of Object.entries({
  absent: () => undefined,
  relative: () => 'run',
  missing: () => '/nonexistent',
  "somebody else's": (t: TestContext) => (uid === 0 ? folder(t, 4243) : '/'),
  'open to others': (t: TestContext) => {
    const path = folder(t);
    chmodSync(path, 0o777);
    return path;
  },
})) {
  test(`an XDG_RUNTIME_DIR that is ${what} is not used`, (t) => {
    const { controlSocket } = runtimeFolder('/network.yaml', { uid: someone, xdgRuntimeDir: xdgRuntimeDir(t) });
    assert.ok(!controlSocket.includes('wgr-runtime-') && !controlSocket.startsWith('run'));
  });
}

/** A place in a folder of ours, laid out as everywhere. */
function place(t: TestContext): { base: string; runtime: RuntimeFolder } {
  const base = join(folder(t, uid), 'wg-router');
  const network = join(base, '3f9a1c0b77de');
  const socketFolder = join(network, 'sockets');
  return { base, runtime: { folder: network, socketFolder, controlSocket: join(socketFolder, 'control.sock') } };
}

test('folders are made private, and what an earlier relay left is removed', (t) => {
  const { base, runtime } = place(t);
  makeRuntimeFolder(runtime, null);
  symlinkSync('/etc/passwd', runtime.controlSocket);
  makeRuntimeFolder(runtime, null);
  assert.throws(() => lstatSync(runtime.controlSocket));
  const open = uid === 0 ? 0o755 : 0o700;
  for (const [path, mode] of [
    [base, open],
    [runtime.folder, open],
    [runtime.socketFolder, 0o700],
  ] as const) {
    assert.equal(lstatSync(path).mode & 0o777, mode, path);
  }
});

test('a folder that is a link is never used', (t) => {
  const { base, runtime } = place(t);
  symlinkSync(folder(t, uid), base);
  assert.throws(() => makeRuntimeFolder(runtime, null), isUnsafe);
});

test('a folder that others may write to is never used', (t) => {
  const { runtime } = place(t);
  mkdirSync(runtime.folder, { recursive: true });
  chmodSync(runtime.folder, 0o777);
  assert.throws(() => makeRuntimeFolder(runtime, null), isUnsafe);
});

test("somebody else's folder is never used", (t) => {
  const { base, runtime } = place(t);
  makeRuntimeFolder(runtime, null);
  // Seen from another user it is the same.
  assert.throws(() => makeRuntimeFolder(runtime, null, uid + 1), isUnsafe);
  assert.ok(lstatSync(base).uid === uid);
});
