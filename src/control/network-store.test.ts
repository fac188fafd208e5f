/**
 * The network file on disk: edits at once, locks left behind, files that are not to be trusted.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { networkOnDisk, SMALL_NETWORK, temporaryFolder } from '../../test/disk/folder.ts';
import { addMachine } from '../description/edit/add.ts';
import { createNetworkFile, editNetworkFile, readNetworkFile } from './network-store.ts';
import { networkPaths } from './paths.ts';
import { ProcessFile, processNamedIn } from './process-file.ts';

const EDITOR = join(import.meta.dirname, '../../test/disk/add-machines.ts');

function editor(...args: string[]) {
  return spawn(process.execPath, [EDITOR, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

test('twelve processes that add machines at once lose none', async (t) => {
  const paths = networkOnDisk(t);
  const each = Array.from({ length: 12 }, (_, i) => editor(paths.file, `p${i}`, '4'));
  const ends = await Promise.all(each.map(async (process) => (await once(process, 'exit'))[0]));
  assert.deepEqual(new Set(ends), new Set([0]));
  const { network } = readNetworkFile(paths);
  assert.equal(network?.machines.length, 2 + 12 * 4);
  assert.deepEqual(
    readdirSync(paths.state).filter((file) => file.startsWith('edit.lock')),
    [],
  );
});

test('a process that is killed while it holds the lock does not keep it', async (t) => {
  const paths = networkOnDisk(t);
  const holder = editor(paths.file, 'hold', 'forever');
  await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')]);
  assert.equal(processNamedIn(paths.lock)?.pid, holder.pid);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const waiting = Array.from({ length: 6 }, (_, i) => editor(paths.file, `q${i}`, '2'));
  const ends = await Promise.all(waiting.map(async (process) => (await once(process, 'exit'))[0]));
  assert.deepEqual(new Set(ends), new Set([0]));
  assert.equal(readNetworkFile(paths).network?.machines.length, 2 + 12);
});

test('a lock that dies while it removes a dead lock is removed as well', (t) => {
  const folder = temporaryFolder(t);
  const lock = join(folder, 'some.lock');
  const dead = `${JSON.stringify({ pid: 2 ** 22 + 1, began: 'other-boot/1', token: 'x' })}\n`;
  writeFileSync(lock, dead);
  const removal = createHash('sha256').update(dead).digest('hex').slice(0, 16);
  writeFileSync(`${lock}.${removal}`, dead.replace('"x"', '"y"'));
  const first = ProcessFile.take(lock);
  assert.ok(first instanceof ProcessFile);
  const second = ProcessFile.take(lock);
  assert.ok(!(second instanceof ProcessFile));
  assert.equal(second.pid, process.pid);
  first.release();
  assert.deepEqual(readdirSync(folder), []);
});

test('an edit that finds the file changed by an editor is made again', async (t) => {
  const paths = networkOnDisk(t);
  let calls = 0;
  await editNetworkFile(paths, ({ text }) => {
    calls++;
    if (calls === 1) writeFileSync(paths.file, text.replace('# mine', '# yours'));
    return addMachine(text, { name: 'tablet' });
  });
  assert.equal(calls, 2);
  const after = readFileSync(paths.file, 'utf8');
  assert.match(after, /# yours/);
  assert.match(after, /tablet/);
});

test('an edit keeps mode and refuses links', async (t) => {
  const paths = networkOnDisk(t);
  chmodSync(paths.file, 0o640);
  await editNetworkFile(paths, ({ text }) => addMachine(text, { name: 'tablet' }));
  assert.equal(statSync(paths.file).mode & 0o777, 0o640);
  const link = join(dirname(paths.file), 'link.yaml');
  symlinkSync(paths.file, link);
  assert.throws(() => readNetworkFile(networkPaths(link)), { code: 'symbolic-link' });
});

test('a file or folder that anybody may write is not trusted', (t) => {
  const paths = networkOnDisk(t);
  chmodSync(paths.file, 0o666);
  assert.throws(() => readNetworkFile(paths), { code: 'file-open', help: [`run: chmod o-w ${paths.file}`] });
  chmodSync(paths.file, 0o644);
  chmodSync(dirname(paths.file), 0o777);
  assert.throws(() => readNetworkFile(paths), { code: 'folder-open' });
  chmodSync(dirname(paths.file), 0o755);
  assert.equal(readNetworkFile(paths).text, SMALL_NETWORK);
});

test('a network file is made once and never overwritten', (t) => {
  const paths = networkPaths(join(temporaryFolder(t), 'network.yaml'));
  assert.throws(() => readNetworkFile(paths), { code: 'network-file-absent' });
  createNetworkFile(paths, SMALL_NETWORK);
  assert.throws(() => createNetworkFile(paths, 'other'), { code: 'network-file-exists' });
  assert.equal(readFileSync(paths.file, 'utf8'), SMALL_NETWORK);
});

test('a refused edit leaves the file byte for byte and no draft behind', async (t) => {
  const paths = networkOnDisk(t);
  const result = await editNetworkFile(paths, ({ text }) => addMachine(text, { name: 'phone' }));
  assert.ok(result.diagnostics);
  assert.equal(readFileSync(paths.file, 'utf8'), SMALL_NETWORK);
  assert.ok(!existsSync(paths.lock));
  assert.deepEqual(readdirSync(dirname(paths.file)).sort(), ['network.state', 'network.yaml']);
});
