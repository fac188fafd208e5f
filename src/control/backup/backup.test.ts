/**
 * Backing up and restoring, in folders: what comes back is what was there.
 */

import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, type TestContext, test } from 'node:test';
import { prepareConfigurations, rememberConfigurations } from '../hand-out/configuration.ts';
import { readHandedOut } from '../handed-out.ts';
import { HISTORY_FILE } from '../history/database.ts';
import { History } from '../history/history.ts';
import { KeyFolder } from '../key-folder.ts';
import { loadPlan } from '../load-plan.ts';
import { MachineError } from '../machine-error.ts';
import { type NetworkPaths, networkPaths } from '../paths.ts';
import { Accounts } from '../sign-in/accounts.ts';
import { Passwords } from '../sign-in/password.ts';
import { ensureOwnFolder } from '../state-folder.ts';
import { backUp } from './backup.ts';
import { restore } from './restore.ts';

const NETWORK = `name: home # mine
inside: [10.66.0.0/24]
routers:
  cloud:
    endpoint: vpn.example.net:51820
    public-key: PhT4q6FzWH3wK0mLQGcdP2cDpgwXIVjzoKM7EYvHqS4=
machines:
  phone: {platform: ios}
`;

interface Place {
  readonly paths: NetworkPaths;
  readonly elsewhere: NetworkPaths;
  readonly target: string;
}

/** A network with a key, a record, a history and somebody who can sign in. */
async function place(t: TestContext): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'wgr-backup-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const paths = networkPaths(join(folder, 'network.yaml'));
  writeFileSync(paths.file, NETWORK);
  const handed = await prepareConfigurations(paths, ['phone']);
  assert.ok('plan' in handed);
  await rememberConfigurations(paths, handed.plan, ['phone']);
  await new Accounts(paths, Date.now, new Passwords({ N: 16, r: 1, p: 1 })).setPassword(
    'admin',
    'a long password',
    null,
  );
  ensureOwnFolder(join(folder, 'elsewhere'));
  return {
    paths,
    elsewhere: networkPaths(join(folder, 'elsewhere', 'network.yaml')),
    target: join(folder, 'home.backup'),
  };
}

function withHistory(paths: NetworkPaths, use: (history: History) => void): void {
  const history = new History(join(paths.state, HISTORY_FILE));
  use(history);
  history.close();
}

const entry = (object: string) => ({
  who: 'ada',
  way: 'page' as const,
  action: 'x',
  object,
  outcome: 'done',
  address: null,
});
const refusedAs = (code: string) => (error: unknown) => error instanceof MachineError && error.code === code;

describe('a backup', () => {
  test('with keys brings everything back elsewhere', async (t) => {
    const { paths, elsewhere, target } = await place(t);
    withHistory(paths, (history) => history.journal.audit(entry('one'), 1));
    const summary = await backUp(paths, target, { withKeys: true });
    assert.deepEqual(summary.files, [
      'network.yaml',
      'handed-out.json',
      'sign-in.json',
      'keys/phone.key',
      'keys/phone.psk',
    ]);
    assert.equal(statSync(target).mode & 0o777, 0o600);
    const restored = await restore(elsewhere, target, { mayReplace: false });
    assert.deepEqual([...restored.files].sort(), [...summary.files].sort());
    for (const [from, to] of [
      [paths.file, elsewhere.file],
      [join(paths.keys, 'phone.key'), join(elsewhere.keys, 'phone.key')],
      [join(paths.state, 'sign-in.json'), join(elsewhere.state, 'sign-in.json')],
    ] as const) {
      assert.deepEqual(readFileSync(to), readFileSync(from));
    }
    assert.deepEqual(readHandedOut(elsewhere), readHandedOut(paths));
    assert.deepEqual((await loadPlan(elsewhere, { write: false })).stale, []);
    withHistory(elsewhere, (history) => {
      assert.deepEqual(history.notes, []);
      assert.equal(history.journal.entries(100, 10)[0]?.object, 'one');
    });
    const database = new DatabaseSync(join(elsewhere.state, HISTORY_FILE), { readOnly: true });
    assert.equal(database.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name LIKE 'backup%'").get()!.n, 0);
    database.close();
  });

  test('without keys has none, in any part of it', async (t) => {
    const { paths, elsewhere, target } = await place(t);
    const keys = ['phone.key', 'phone.psk'].map((name) => readFileSync(join(paths.keys, name), 'latin1').trim());
    await backUp(paths, target, { withKeys: false });
    const bytes = readFileSync(target, 'latin1');
    for (const key of keys) assert.ok(!bytes.includes(key));
    assert.ok(!bytes.includes('scrypt'));
    await restore(elsewhere, target, { mayReplace: false });
    assert.deepEqual(new KeyFolder(elsewhere.keys).names(), []);
    assert.ok(!existsSync(join(elsewhere.state, 'sign-in.json')));
  });

  test('of a history that is written to meanwhile is consistent', async (t) => {
    const { paths, elsewhere, target } = await place(t);
    withHistory(paths, (history) => {
      history.write(() => {
        for (let i = 0; i < 1_000; i++) {
          const [from, to] = [i * 10_000, i * 10_000 + 1];
          history.traffic.add(1, { received: 1, sent: 1, drops: {}, from, to }, 10);
        }
      });
    });
    const history = new History(join(paths.state, HISTORY_FILE));
    history.write(() => history.journal.audit(entry('written, in the log alone'), 1));
    await backUp(paths, target, { withKeys: false });
    history.write(() => history.journal.audit(entry('later'), 2));
    history.close();
    await restore(elsewhere, target, { mayReplace: false });
    withHistory(elsewhere, (restored) => {
      assert.deepEqual(
        restored.journal.entries(100, 10).map(({ object }) => object),
        ['written, in the log alone'],
      );
      assert.equal(
        restored.traffic.of([1], { from: 0, to: 1e9, step: 3600 }).reduce((sum, each) => sum + each.received, 0),
        1_000,
      );
    });
  });

  test('of a network that has never run has no history, and comes back all the same', async (t) => {
    const { paths, elsewhere, target } = await place(t);
    await backUp(paths, target, { withKeys: false });
    await restore(elsewhere, target, { mayReplace: false });
    withHistory(elsewhere, (history) => assert.deepEqual(history.journal.entries(100, 10), []));
  });

  test('replaces nothing that is there, and leaves no draft', async (t) => {
    const { paths, target } = await place(t);
    writeFileSync(target, 'mine');
    await assert.rejects(backUp(paths, target, { withKeys: false }), refusedAs('file-exists'));
    assert.equal(readFileSync(target, 'utf8'), 'mine');
    assert.deepEqual(
      readdirSync(join(target, '..')).filter((name) => name.startsWith('.home')),
      [],
    );
  });
});

describe('restoring', () => {
  test('goes back to how it was, when asked to replace', async (t) => {
    const { paths, target } = await place(t);
    const before = readFileSync(paths.file, 'utf8');
    await backUp(paths, target, { withKeys: true });
    writeFileSync(paths.file, before.replace('mine', 'changed'));
    await assert.rejects(restore(paths, target, { mayReplace: false }), refusedAs('restore-over'));
    assert.match(readFileSync(paths.file, 'utf8'), /changed/);
    await restore(paths, target, { mayReplace: true });
    assert.equal(readFileSync(paths.file, 'utf8'), before);
  });

  test('never replaces a key by another', async (t) => {
    const { paths, elsewhere, target } = await place(t);
    await backUp(paths, target, { withKeys: true });
    new KeyFolder(elsewhere.keys).makePrivateKey('phone');
    await assert.rejects(restore(elsewhere, target, { mayReplace: true }), refusedAs('restore-over'));
    assert.ok(!existsSync(elsewhere.file));
  });

  test('of what is no backup, is damaged, is of tomorrow or holds what has no place writes nothing', async (t) => {
    const { paths, elsewhere, target } = await place(t);
    await backUp(paths, target, { withKeys: true });
    const variant = (name: string, make: (path: string) => void): string => {
      const path = `${target}.${name}`;
      cpSync(target, path);
      make(path);
      return path;
    };
    const sql = (text: string) => (path: string) => {
      const database = new DatabaseSync(path);
      database.exec(text);
      database.close();
    };
    const sources = [
      variant('text', (path) => writeFileSync(path, 'no backup')),
      variant('empty', (path) => writeFileSync(path, '')),
      variant('half', (path) => truncateSync(path, 20_000)),
      variant('plain', sql('DROP TABLE backup')),
      variant('later', sql('UPDATE backup SET version = 2')),
      variant('schema', sql('PRAGMA user_version = 99')),
      variant('trigger', sql('CREATE TRIGGER evil AFTER INSERT ON audit BEGIN DELETE FROM audit; END')),
      variant('outside', sql("INSERT INTO backup_file VALUES ('keys', '../../evil.key', x'00')")),
      variant('state', sql("INSERT INTO backup_file VALUES ('state', 'control.lock', x'00')")),
      variant('two', sql("INSERT INTO backup_file VALUES ('network', 'other.yaml', x'00')")),
      variant('rubbish', sql("UPDATE backup_file SET content = x'00' WHERE name = 'phone.key'")),
    ];
    for (const source of sources) {
      await assert.rejects(restore(elsewhere, source, { mayReplace: true }), refusedAs('backup-invalid'), source);
    }
    assert.deepEqual(
      readdirSync(join(elsewhere.file, '..')).filter((name) => name !== '.gitignore'),
      [],
    );
  });
});
