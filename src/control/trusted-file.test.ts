import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/disk/folder.ts';
import { readTrustedFile } from './trusted-file.ts';

const isRoot = process.geteuid?.() === 0;

function read(path: string, secret = false, maxBytes = 100): string | null {
  return readTrustedFile(path, { shown: path, secret, maxBytes })?.bytes.toString() ?? null;
}

test('a file of our own is read, and one that is missing is none', (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'file'), 'text', { mode: 0o600 });
  assert.equal(read(join(folder, 'file')), 'text');
  assert.equal(read(join(folder, 'file'), true), 'text');
  assert.equal(read(join(folder, 'other')), null);
  assert.equal(read(join(folder, 'nowhere', 'file')), null);
});

test('a file that others may write is refused, and a secret that others may read', (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'file');
  writeFileSync(file, 'text');
  for (const [mode, open, secret] of [
    [0o600, true, true],
    [0o640, true, false],
    [0o664, true, false],
    [0o602, false, false],
    [0o604, true, false],
    [0o601, true, false],
  ] as const) {
    chmodSync(file, mode);
    if (open) assert.equal(read(file), 'text', mode.toString(8));
    else assert.throws(() => read(file), { code: 'file-open' }, mode.toString(8));
    if (secret) assert.equal(read(file, true), 'text');
    else assert.throws(() => read(file, true), { code: 'file-open', help: [`run: chmod 600 ${file}`] });
  }
});

test('a folder in which others could exchange the file is refused, also with the sticky bit', (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'file');
  writeFileSync(file, 'text', { mode: 0o600 });
  for (const mode of [0o777, 0o1777, 0o702]) {
    chmodSync(folder, mode);
    assert.throws(() => read(file), { code: 'folder-open' }, mode.toString(8));
  }
  for (const mode of [0o755, 0o775]) {
    chmodSync(folder, mode);
    assert.equal(read(file), 'text');
    assert.throws(() => read(file, true), { code: 'folder-open' });
  }
});

test('links are not followed: of a file never, of a folder not to a secret', (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'real'), { mode: 0o700 });
  writeFileSync(join(folder, 'real', 'file'), 'text', { mode: 0o600 });
  symlinkSync('file', join(folder, 'real', 'link'));
  symlinkSync('real', join(folder, 'linked'));
  const said = { code: 'symbolic-link', help: ['name the file that the link leads to'] };
  assert.throws(() => read(join(folder, 'real', 'link')), said);
  assert.equal(read(join(folder, 'linked', 'file')), 'text');
  assert.throws(() => read(join(folder, 'linked', 'file'), true));
});

test('pipes, folders and devices are refused without waiting for them', (t) => {
  const folder = temporaryFolder(t);
  spawnSync('mkfifo', ['-m', '600', join(folder, 'pipe')]);
  mkdirSync(join(folder, 'folder'));
  for (const name of ['pipe', 'folder']) assert.throws(() => read(join(folder, name)), { code: 'not-a-file' });
  assert.throws(() => read('/dev/zero'));
});

test('a file beyond the limit is not read', (t) => {
  const file = join(temporaryFolder(t), 'file');
  writeFileSync(file, 'x'.repeat(101), { mode: 0o600 });
  assert.throws(() => read(file), { code: 'file-too-large' });
});

test('root reads what the owner of the folder wrote, and nobody else’s', { skip: !isRoot && 'needs root' }, (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'file');
  writeFileSync(file, 'text', { mode: 0o600 });
  chownSync(folder, 4711, 4711);
  chownSync(file, 4711, 4711);
  assert.equal(read(file), 'text');
  chownSync(file, 4712, 4712);
  assert.throws(() => read(file), { code: 'foreign-owner' });
});
