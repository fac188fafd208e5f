/**
 * Restoring a backup: everything in it is looked at before anything is written.
 */

import { chmodSync, chownSync, existsSync, lstatSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseKey } from '../../net/key.ts';
import { databaseError, HISTORY_FILE } from '../history/database.ts';
import { MIGRATIONS } from '../history/schema.ts';
import { MachineError } from '../machine-error.ts';
import { holdingLock } from '../network-store.ts';
import type { NetworkPaths } from '../paths.ts';
import { createFile, replaceFile } from '../replace-file.ts';
import { SIGN_IN_FILE } from '../sign-in/sign-in-file.ts';
import { ensureOwnFolder } from '../state-folder.ts';
import { BACKUP_VERSION, type BackupPlace } from './backup.ts';

export interface RestoreSummary {
  readonly files: readonly string[];
  /** When it was made, ms since 1970. */
  readonly madeAt: number;
  readonly withKeys: boolean;
}

interface Contents extends RestoreSummary {
  readonly network: Uint8Array;
  readonly state: readonly { readonly name: string; readonly content: Uint8Array }[];
  readonly keys: readonly { readonly name: string; readonly content: Uint8Array }[];
}

/** Files of the state folder that a backup may hold: no other name is written. */
const STATE_FILES: ReadonlySet<string> = new Set(['handed-out.json', SIGN_IN_FILE]);
/** As the key folder names them, for names that a network can have. */
const KEY_FILE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.(key|psk)$/;

/**
 * Puts back what is in `source`. The network file must be absent, or the one of the backup, unless `mayReplace`; a key
 * that is there and is another is never replaced.
 *
 * Throws a `MachineError`: `backup-invalid`, `restore-over`, or what the machine said. Nothing is written then, unless
 * the disk failed half way: restoring again completes it.
 */
export async function restore(
  paths: NetworkPaths,
  source: string,
  { mayReplace }: { readonly mayReplace: boolean },
): Promise<RestoreSummary> {
  const contents = read(source);
  requireRoom(paths, contents, mayReplace);
  ensureOwnFolder(paths.state);
  await holdingLock(paths, () => {
    restoreHistory(source, join(paths.state, HISTORY_FILE));
    if (contents.keys.length > 0) ensureOwnFolder(paths.keys);
    for (const { name, content } of contents.keys) createFile(join(paths.keys, name), content, 0o600);
    for (const { name, content } of contents.state) replaceFile(join(paths.state, name), content, 0o600);
    // Last: with it, the network is there.
    replaceFile(paths.file, contents.network, 0o644);
  });
  const { files, madeAt, withKeys } = contents;
  return { files, madeAt, withKeys };
}

function read(source: string): Contents {
  const stats = lstatSync(source, { throwIfNoEntry: false });
  if (stats === undefined) throw new MachineError('file-missing', `Cannot read ${source}: there is no such file`);
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(source, { readOnly: true });
  } catch (error) {
    throw databaseError('read', source, error);
  }
  try {
    database.exec('PRAGMA trusted_schema = OFF');
    const whole = Object.values(database.prepare('PRAGMA integrity_check(1)').get()!)[0];
    if (whole !== 'ok') throw invalid(source, 'it is damaged');
    const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
    const backup = database.prepare('SELECT version, made_at, with_keys FROM backup').get();
    if (backup === undefined) throw invalid(source, 'it is not complete');
    if (backup.version !== BACKUP_VERSION || version > MIGRATIONS.length) {
      throw invalid(source, 'a later wg-router made it');
    }
    // A trigger would run with every later write.
    if (schemaOf(database) !== expectedSchema(version)) throw invalid(source, 'its tables are not ours');
    return contentsOf(source, database, backup as unknown as { made_at: number; with_keys: number });
  } catch (error) {
    if (error instanceof MachineError) throw error;
    throw invalid(source, 'it is no backup of wg-router');
  } finally {
    database.close();
  }
}

/** What the tables are, those of the backup itself apart. */
function schemaOf(database: DatabaseSync): string {
  const rows = database
    .prepare(
      "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND tbl_name NOT IN ('backup', 'backup_file') ORDER BY sql",
    )
    .all();
  return rows.map(({ sql }) => sql).join('\n');
}

function expectedSchema(version: number): string {
  const database = new DatabaseSync(':memory:');
  for (const migration of MIGRATIONS.slice(0, version)) database.exec(migration);
  const schema = schemaOf(database);
  database.close();
  return schema;
}

function contentsOf(
  source: string,
  database: DatabaseSync,
  { made_at: madeAt, with_keys: withKeys }: { readonly made_at: number; readonly with_keys: number },
): Contents {
  const rows = database
    .prepare('SELECT place, name, content FROM backup_file ORDER BY place, name')
    .all() as unknown as {
    place: BackupPlace;
    name: string;
    content: Uint8Array;
  }[];
  const at = (place: BackupPlace) => rows.filter((row) => row.place === place);
  const [network, state, keys] = [at('network'), at('state'), at('keys')];
  const isKnown =
    network.length === 1 &&
    state.every(({ name }) => STATE_FILES.has(name)) &&
    keys.every(({ name, content }) => KEY_FILE.test(name) && parseKey(Buffer.from(content).toString('latin1').trim()));
  if (!isKnown) throw invalid(source, 'there is something in it that has no place here');
  return {
    network: network[0]!.content,
    state,
    keys,
    files: rows.map(({ place, name }) => (place === 'keys' ? `keys/${name}` : name)),
    madeAt,
    withKeys: withKeys === 1,
  };
}

function requireRoom(paths: NetworkPaths, { network, keys }: Contents, mayReplace: boolean): void {
  const isAnother = (path: string, content: Uint8Array) => existsSync(path) && !readFileSync(path).equals(content);
  if (!mayReplace && isAnother(paths.file, network)) {
    throw new MachineError('restore-over', `Cannot restore: ${paths.shown} is there and is another`, {
      help: ['to replace it: --replace', 'or restore elsewhere: --file OTHER.yaml'],
    });
  }
  const others = keys.filter(({ name, content }) => isAnother(join(paths.keys, name), content)).map(({ name }) => name);
  if (others.length === 0) return;
  throw new MachineError('restore-over', `Cannot restore: ${others[0]} is in the key folder and is another key`, {
    help: [
      `a device may have its other half; move the key folder away first: ${paths.keys}`,
      ...(others.length > 1 ? [`others that differ: ${others.slice(1, 10).join(', ')}`] : []),
    ],
  });
}

/** The history of the backup in place of the one that is there, whose write-ahead log goes with it. */
function restoreHistory(source: string, path: string): void {
  const draft = `${path}.restored`;
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${draft}${end}`, { force: true });
  const backup = new DatabaseSync(source, { readOnly: true });
  try {
    backup.prepare('VACUUM INTO ?').run(draft);
  } finally {
    backup.close();
  }
  const database = new DatabaseSync(draft);
  try {
    database.exec('DROP TABLE backup_file; DROP TABLE backup; VACUUM');
  } finally {
    database.close();
  }
  createFile(path, '', 0o600);
  const { uid, gid, mode } = lstatSync(path);
  for (const end of ['-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
  own(draft, uid, gid, mode);
  renameSync(draft, path);
}

function own(path: string, uid: number, gid: number, mode: number): void {
  const stats = lstatSync(path);
  if (stats.uid !== uid || stats.gid !== gid) chownSync(path, uid, gid);
  chmodSync(path, mode & 0o777);
}

function invalid(source: string, why: string): MachineError {
  return new MachineError('backup-invalid', `Cannot restore ${source}: ${why}`);
}
