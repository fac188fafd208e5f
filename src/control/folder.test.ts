import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/disk/folder.ts';
import { withFolder } from './folder.ts';

const noProc = process.platform !== 'linux' && 'there is no /proc here';

test('a folder that is exchanged while it is open stays the one that was opened', { skip: noProc }, (t) => {
  const at = temporaryFolder(t);
  mkdirSync(join(at, 'own'));
  mkdirSync(join(at, 'trap'));
  withFolder(join(at, 'own'), { follow: false }, (folder) => {
    renameSync(join(at, 'own'), join(at, 'moved'));
    symlinkSync('trap', join(at, 'own'));
    writeFileSync(folder.at('file'), 'text');
    folder.sync();
  });
  assert.equal(readFileSync(join(at, 'moved', 'file'), 'utf8'), 'text');
  assert.throws(() => readFileSync(join(at, 'trap', 'file')), { code: 'ENOENT' });
});

test('a link to a folder is opened only where it may be', (t) => {
  const at = temporaryFolder(t);
  mkdirSync(join(at, 'real'));
  symlinkSync('real', join(at, 'linked'));
  assert.equal(
    withFolder(join(at, 'linked'), { follow: true }, ({ stats }) => stats.isDirectory()),
    true,
  );
  assert.throws(() => withFolder(join(at, 'linked'), { follow: false }, () => {}));
});

test('what is no folder is not opened as one', (t) => {
  const at = temporaryFolder(t);
  writeFileSync(join(at, 'file'), '');
  assert.throws(() => withFolder(join(at, 'file'), { follow: true }, () => {}), { code: 'ENOTDIR' });
});
