/**
 * A backup: one file with all that cannot be made again. It is the history's own database, copied, with the other files
 * of the network in a table: SQLite copies it consistently while it is written to, checks it, and reads parts of it on
 * every system.
 *
 * The network file and the record are read with the network's lock held, so that they belong together.
 */

import { chmodSync, closeSync, existsSync, fsyncSync, linkSync, lstatSync, openSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { databaseError, HISTORY_FILE } from '../history/database.ts';
import { MIGRATIONS } from '../history/schema.ts';
import { KeyFolder } from '../key-folder.ts';
import { MachineError } from '../machine-error.ts';
import { holdingLock, readNetworkFile } from '../network-store.ts';
import type { NetworkPaths } from '../paths.ts';
import { createFile } from '../replace-file.ts';
import { SIGN_IN_FILE } from '../sign-in/sign-in-file.ts';
import { readTrustedFile } from '../trusted-file.ts';

export const BACKUP_VERSION = 1;
/** Of a file beside the network file: `handed-out.json` of a large network is the largest. */
const FILE_BYTES = 256 * 1024 * 1024;

/** Where a file of a backup belongs. */
export type BackupPlace = 'network' | 'state' | 'keys';

export interface BackupSummary {
  /** Names, as `network.yaml` and `keys/phone.key`. */
  readonly files: readonly string[];
  readonly bytes: number;
}

/**
 * Writes a backup to `target`, where nothing is yet. With `withKeys` it holds private and preshared keys, and what signs
 * in to the page: whoever has it can be every machine.
 *
 * Throws a `MachineError`.
 */
export async function backUp(
  paths: NetworkPaths,
  target: string,
  { withKeys, now = Date.now() }: { readonly withKeys: boolean; readonly now?: number },
): Promise<BackupSummary> {
  if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) {
    throw new MachineError('file-exists', `Cannot write ${target}: it is there already`);
  }
  // Where there is no network, nothing is made.
  readNetworkFile(paths);
  const draft = join(dirname(target), `.${basename(target)}.${process.pid}`);
  try {
    const files = await holdingLock(paths, () => {
      const files = filesOf(paths, withKeys);
      copyHistory(join(paths.state, HISTORY_FILE), draft);
      return files;
    });
    addFiles(draft, files, { withKeys, now });
    // Renaming would replace what somebody has put there meanwhile.
    placed(draft, target);
    return {
      files: files.map(({ place, name }) => (place === 'keys' ? `keys/${name}` : name)),
      bytes: lstatSync(target).size,
    };
  } catch (error) {
    throw databaseError('write', target, error);
  } finally {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${draft}${end}`, { force: true });
  }
}

interface BackupFile {
  readonly place: BackupPlace;
  readonly name: string;
  readonly content: Uint8Array;
}

function filesOf(paths: NetworkPaths, withKeys: boolean): BackupFile[] {
  const files: BackupFile[] = [
    { place: 'network', name: basename(paths.file), content: Buffer.from(readNetworkFile(paths).text, 'utf8') },
  ];
  const add = (place: BackupPlace, path: string, maxBytes = FILE_BYTES) => {
    const file = readTrustedFile(path, { shown: path, secret: true, maxBytes });
    if (file !== null) files.push({ place, name: basename(path), content: file.bytes });
  };
  add('state', paths.handedOut);
  if (!withKeys) return files;
  add('state', join(paths.state, SIGN_IN_FILE));
  for (const name of new KeyFolder(paths.keys).files()) add('keys', join(paths.keys, name), 1024);
  return files;
}

/** A copy of the history in `draft`; one without anything in it where there is no history. */
function copyHistory(path: string, draft: string): void {
  createFile(draft, '', 0o600);
  const source = existsSync(path) ? new DatabaseSync(path, { readOnly: false, timeout: 10_000 }) : emptyHistory();
  try {
    rmSync(draft);
    source.prepare('VACUUM INTO ?').run(draft);
    chmodSync(draft, 0o600);
  } finally {
    source.close();
  }
}

function emptyHistory(): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  for (const migration of MIGRATIONS) database.exec(migration);
  database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  return database;
}

function addFiles(
  draft: string,
  files: readonly BackupFile[],
  { withKeys, now }: { readonly withKeys: boolean; readonly now: number },
): void {
  const database = new DatabaseSync(draft);
  try {
    database.exec(`
      PRAGMA journal_mode = DELETE;
      CREATE TABLE backup (version INTEGER NOT NULL, made_at INTEGER NOT NULL, with_keys INTEGER NOT NULL) STRICT;
      CREATE TABLE backup_file (place TEXT NOT NULL, name TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (place, name)) STRICT;
    `);
    database.prepare('INSERT INTO backup VALUES (?, ?, ?)').run(BACKUP_VERSION, now, Number(withKeys));
    const insert = database.prepare('INSERT INTO backup_file VALUES (?, ?, ?)');
    for (const { place, name, content } of files) insert.run(place, name, content);
  } finally {
    database.close();
  }
}

function placed(draft: string, target: string): void {
  const descriptor = openSync(draft, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  linkSync(draft, target);
}
