/**
 * A history whose writer is killed again and again: whole each time, with everything that was said to be written.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const WRITER = `${import.meta.dirname}/../../../test/history/killed-writer.ts`;
const KILLS = 12;

test('a history is whole after its writer was killed, whenever that is', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'wgr-killed-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'history.sqlite');
  let changes = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const writer = spawn(process.execPath, [WRITER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    writer.stdout.on('data', (text) => {
      said += text;
    });
    await once(writer.stdout, 'data');
    await sleep(Math.random() * 60);
    writer.kill('SIGKILL');
    await once(writer, 'close');
    const done = Number(said.trim().split('\n').at(-1));

    const database = new DatabaseSync(path);
    const value = (sql: string) => Object.values(database.prepare(sql).get()!)[0];
    assert.equal(value('PRAGMA integrity_check'), 'ok');
    const written = value('SELECT count(*) FROM change') as number;
    // What was said is there; one more may have been written and not yet said.
    assert.ok(written - changes >= done && written - changes <= done + 1, `${written - changes} of ${done}`);
    changes = written;
    // Whole transactions: every change has its edition and its twenty rows of traffic.
    assert.equal(value('SELECT sum(received) FROM traffic WHERE step = 3600'), changes * 20);
    const lost =
      'SELECT count(*) FROM (SELECT after FROM change ORDER BY id DESC LIMIT 400) WHERE after NOT IN (SELECT hash FROM edition)';
    assert.equal(value(lost), 0);
    database.close();
  }
});
