import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/disk/folder.ts';
import { createFile, replaceFile } from './replace-file.ts';

const isRoot = process.geteuid?.() === 0;

test('a file is replaced whole, under the mode it had, and no draft is left', (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'file');
  assert.ok(replaceFile(file, 'first', 0o600));
  assert.equal(statSync(file).mode & 0o7777, 0o600);
  chmodSync(file, 0o640);
  const before = statSync(file).ino;
  assert.ok(replaceFile(file, 'second', 0o600));
  assert.equal(readFileSync(file, 'utf8'), 'second');
  assert.equal(statSync(file).mode & 0o7777, 0o640);
  assert.notEqual(statSync(file).ino, before);
  assert.deepEqual(readdirSync(folder), ['file']);
});

test('a reader that has the old file open keeps it', (t) => {
  const file = join(temporaryFolder(t), 'file');
  replaceFile(file, 'x'.repeat(100_000), 0o600);
  const seen = new Set<number>();
  for (let i = 0; i < 50; i++) {
    replaceFile(file, (i % 2 ? 'x' : 'y').repeat(100_000), 0o600);
    seen.add(readFileSync(file).length);
  }
  assert.deepEqual([...seen], [100_000]);
});

test('the mask of the process takes nothing away from a new file', (t) => {
  const file = join(temporaryFolder(t), 'file');
  const mask = process.umask(0o777);
  t.after(() => process.umask(mask));
  replaceFile(file, 'text', 0o644);
  assert.equal(statSync(file).mode & 0o7777, 0o644);
});

test('the owner stays, and what root makes in the folder of somebody is theirs', {
  skip: !isRoot && 'needs root',
}, (t) => {
  const folder = temporaryFolder(t);
  chownSync(folder, 4711, 4712);
  writeFileSync(join(folder, 'old'), 'text');
  chownSync(join(folder, 'old'), 4713, 4714);
  for (const name of ['old', 'new']) replaceFile(join(folder, name), 'other', 0o600);
  const owner = (name: string) => [statSync(join(folder, name)).uid, statSync(join(folder, name)).gid];
  assert.deepEqual(owner('old'), [4713, 4714]);
  assert.deepEqual(owner('new'), [4711, 4712]);
});

test('a link is not written through, and a folder is no file', (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'target'), 'text');
  symlinkSync('target', join(folder, 'link'));
  symlinkSync('nowhere', join(folder, 'dangling'));
  mkdirSync(join(folder, 'folder'));
  for (const name of ['link', 'dangling']) {
    assert.throws(() => replaceFile(join(folder, name), 'other', 0o600), { code: 'symbolic-link' });
    assert.equal(createFile(join(folder, name), 'other', 0o600), false);
  }
  assert.throws(() => replaceFile(join(folder, 'folder'), 'other', 0o600), { code: 'not-a-file' });
  assert.equal(readFileSync(join(folder, 'target'), 'utf8'), 'text');
  assert.deepEqual(readdirSync(folder).sort(), ['dangling', 'folder', 'link', 'target']);
});

test('whoever is asked last may say no, and nothing has changed', (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'file');
  replaceFile(file, 'first', 0o600);
  assert.equal(
    replaceFile(file, 'second', 0o600, () => false),
    false,
  );
  assert.equal(readFileSync(file, 'utf8'), 'first');
  assert.deepEqual(readdirSync(folder), ['file']);
});

test('a file is created once', (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'file');
  assert.equal(createFile(file, 'first', 0o600), true);
  assert.equal(createFile(file, 'second', 0o600), false);
  assert.equal(readFileSync(file, 'utf8'), 'first');
  assert.deepEqual(readdirSync(folder), ['file']);
});

test('what the system refuses is said with the path and in words', (t) => {
  const file = join(temporaryFolder(t), 'nowhere', 'file');
  assert.throws(() => replaceFile(file, 'text', 0o600), {
    code: 'file-missing',
    message: `Cannot write ${file}: no such file or directory`,
  });
});
