/**
 * Control is killed again and again while the API writes: the network file, the record, the sign-in and the history are
 * whole each time, every edit that was answered is there, and the relay never notices.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readHandedOut } from '../../src/control/handed-out.ts';
import { loadPlan } from '../../src/control/load-plan.ts';
import { Accounts } from '../../src/control/sign-in/accounts.ts';
import { readRelayRecord } from '../../src/control/supervise/relay-record.ts';
import { Command } from '../running/command.ts';
import { TestNetwork } from '../running/network.ts';
import { asked } from './served-page.ts';

const KILLS = 6;

test('nothing that was answered is lost when control is killed while it writes, and the relay goes on', async (t) => {
  const network = await TestNetwork.make(t);
  const { paths } = network;
  const runtime = join(paths.file, '..');
  const accounts = new Accounts(paths);
  await accounts.makeLink('maker');
  const made = await accounts.makeToken({
    note: 'test',
    scopes: ['read', 'write', 'keys', 'admin'],
    createdBy: 'maker',
    expiresAt: null,
  });
  const options = { cwd: runtime, env: { XDG_RUNTIME_DIR: runtime } };
  network.atEnd(() => new Command(t, ['down'], options).ended);
  const answered: string[] = [];
  const handedOut: string[] = [];
  let relay = 0;

  for (let kill = 0; kill < KILLS; kill++) {
    const up = new Command(t, ['up', '--page-listen', '127.0.0.1:0'], options);
    const [, port] = await up.says(/http:\/\/localhost:(\d+)\/api/);
    const ask = async (method: string, path: string, body: unknown) => {
      const headers = { host: 'localhost', authorization: `Bearer ${made!.token}`, 'content-type': 'application/json' };
      const reply = await asked(Number(port), method, `/api/v1${path}`, headers, JSON.stringify(body)).catch(
        () => null,
      );
      if (reply !== null) assert.equal(reply.status, 200, reply.text);
      return reply !== null;
    };
    const writers = [0, 1].map(async (writer) => {
      for (let i = 0; ; i++) {
        const name = `m${kill}-${writer}-${i}`;
        if (!(await ask('POST', '/machines', { name }))) return;
        answered.push(name);
        if (!(await ask('POST', `/machines/${name}/configuration`, {}))) return;
        handedOut.push(name);
      }
    });
    const before = answered.length;
    for (let i = 0; i < 1_500 && answered.length < before + 2; i++) await sleep(10);
    await sleep(Math.random() * 300);
    up.child.kill('SIGKILL');
    await Promise.all([up.ended, ...writers]);

    const record = readRelayRecord(paths.state);
    assert.ok(record.process !== null);
    if (kill === 0) relay = record.process.pid;
    assert.equal(record.process.pid, relay);
    assert.equal(process.kill(relay, 0), true);

    const { plan, diagnostics, stale } = await loadPlan(paths, { write: false });
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(stale, []);
    const names = new Set(plan!.devices.map(({ name }) => name));
    assert.deepEqual(
      answered.filter((name) => !names.has(name)),
      [],
    );
    const given = new Set(
      readHandedOut(paths)
        .filter((each) => each.configurationHash !== null)
        .map(({ name }) => name),
    );
    assert.deepEqual(
      handedOut.filter((name) => !given.has(name)),
      [],
    );
    assert.equal(accounts.state().tokens.length, 1);

    const database = new DatabaseSync(join(paths.state, 'history.sqlite'));
    assert.equal(Object.values(database.prepare('PRAGMA integrity_check').get()!)[0], 'ok');
    const audited = new Set(
      database
        .prepare("SELECT object FROM audit WHERE action = 'machine-added'")
        .all()
        .map(({ object }) => object),
    );
    database.close();
    assert.deepEqual(
      answered.filter((name) => !audited.has(name)),
      [],
    );
  }
  assert.ok(answered.length >= KILLS * 2);
  assert.match(readFileSync(paths.file, 'utf8'), /m0-0-0/);
});
