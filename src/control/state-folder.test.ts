import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/disk/folder.ts';
import { ensureOwnFolder } from './state-folder.ts';

const isRoot = process.geteuid?.() === 0;

test('a folder is made for its owner alone, out of git, whatever the mask is', (t) => {
  const path = join(temporaryFolder(t), 'network.state');
  const mask = process.umask(0o777);
  t.after(() => process.umask(mask));
  ensureOwnFolder(path);
  ensureOwnFolder(path);
  assert.equal(statSync(path).mode & 0o7777, 0o700);
  assert.equal(readFileSync(join(path, '.gitignore'), 'utf8'), '*\n');
});

test('a .gitignore that is there stays', (t) => {
  const path = join(temporaryFolder(t), 'network.keys');
  mkdirSync(path, { mode: 0o700 });
  writeFileSync(join(path, '.gitignore'), '*.key\n');
  ensureOwnFolder(path);
  assert.equal(readFileSync(join(path, '.gitignore'), 'utf8'), '*.key\n');
});

test('a folder that others may enter, a link and a file are refused', (t) => {
  const at = temporaryFolder(t);
  mkdirSync(join(at, 'open'));
  for (const mode of [0o755, 0o710, 0o702]) {
    chmodSync(join(at, 'open'), mode);
    assert.throws(() => ensureOwnFolder(join(at, 'open')), { code: 'folder-open' }, mode.toString(8));
  }
  chmodSync(join(at, 'open'), 0o700);
  symlinkSync('open', join(at, 'link'));
  assert.throws(() => ensureOwnFolder(join(at, 'link')));
  writeFileSync(join(at, 'file'), '');
  assert.throws(() => ensureOwnFolder(join(at, 'file')));
});

test('what root makes beside the files of somebody is theirs', { skip: !isRoot && 'needs root' }, (t) => {
  const at = temporaryFolder(t);
  chownSync(at, 4711, 4712);
  ensureOwnFolder(join(at, 'network.keys'));
  for (const path of [join(at, 'network.keys'), join(at, 'network.keys', '.gitignore')]) {
    assert.deepEqual([statSync(path).uid, statSync(path).gid], [4711, 4712]);
  }
});
