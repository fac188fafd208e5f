import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { FileWatch } from './file-watch.ts';

interface Watched {
  readonly path: string;
  readonly told: string[];
  /** Waits until `count` things were told, for ten seconds at most. */
  until(count: number): Promise<void>;
}

function watched(t: TestContext, options: { pollMs?: number; settleMs?: number; missing?: boolean } = {}): Watched {
  const folder = mkdtempSync(join(tmpdir(), 'wgr-watch-'));
  const path = join(folder, 'network.yaml');
  if (!options.missing) writeFileSync(path, 'one');
  const told: string[] = [];
  const watch = new FileWatch(path, {
    settleMs: 60,
    pollMs: 100_000,
    ...options,
    onSettled: (state) => told.push(state),
  });
  t.after(() => {
    watch.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const until = async (count: number) => {
    for (let i = 0; told.length < count && i < 500; i++) await wait(20);
    assert.equal(told.length, count);
  };
  return { path, told, until };
}

test('a file that is written, replaced by renaming, deleted and made again is told each time', async (t) => {
  const { path, told, until } = watched(t);
  writeFileSync(path, 'two');
  await until(1);
  writeFileSync(`${path}~`, 'three');
  renameSync(`${path}~`, path);
  await until(2);
  rmSync(path);
  await until(3);
  writeFileSync(path, 'four');
  await until(4);
  assert.deepEqual(told, ['present', 'present', 'absent', 'present']);
});

test('a file that is being written is told once, when it came to rest', async (t) => {
  const { path, told, until } = watched(t, { settleMs: 400 });
  for (let i = 0; i < 8; i++) {
    appendFileSync(path, 'x');
    await wait(50);
  }
  assert.deepEqual(told, []);
  await until(1);
  await wait(500);
  assert.deepEqual(told, ['present']);
});

test('what other files in the folder do is no change', async (t) => {
  const { path, told } = watched(t);
  writeFileSync(`${path}.swp`, 'x');
  mkdirSync(`${path}.d`);
  await wait(300);
  assert.deepEqual(told, []);
});

test('the same content with the same length and an old date is a change', async (t) => {
  const { path, until } = watched(t);
  writeFileSync(path, 'eno');
  utimesSync(path, 1, 1);
  await until(1);
});

test('a look now and then finds what the watching misses: a folder that was replaced', async (t) => {
  const { path, told, until } = watched(t, { pollMs: 100 });
  const folder = join(path, '..');
  renameSync(folder, `${folder}-old`);
  t.after(() => rmSync(`${folder}-old`, { recursive: true }));
  await until(1);
  mkdirSync(folder);
  writeFileSync(path, 'anew');
  await until(2);
  assert.deepEqual(told, ['absent', 'present']);
});
