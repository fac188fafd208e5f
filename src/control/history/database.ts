/**
 * The file of the history: SQLite, with a write-ahead log, so that it is whole after a kill at any moment.
 *
 * With `synchronous = NORMAL` a power cut may take the last transactions, never the consistency; a process that is
 * killed loses nothing that was committed (https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html).
 */

import { lstatSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { MachineError } from '../machine-error.ts';
import { createFile } from '../replace-file.ts';
import { systemError } from '../system-error.ts';
import { MIGRATIONS } from './schema.ts';

export const HISTORY_FILE = 'history.sqlite';

/** How long a write waits for a backup that another process takes. */
const BUSY_MS = 2_000;
/** https://www.sqlite.org/rescode.html */
const [SQLITE_CORRUPT, SQLITE_NOTADB] = [11, 26];

export interface OpenedDatabase {
  readonly database: DatabaseSync;
  /** What a person should know, one line each. */
  readonly notes: readonly string[];
}

/**
 * The history in `path`, made when absent, brought to the newest version when older.
 *
 * A damaged file is moved aside and another begun: what it held were observations, and the router does not depend on
 * them. Throws a `MachineError`: `history-newer` for one of a later program, or what the machine said.
 */
export function openDatabase(path: string, now: number, migrations: readonly string[] = MIGRATIONS): OpenedDatabase {
  try {
    return { database: opened(path, migrations), notes: [] };
  } catch (error) {
    if (!isDamage(error)) throw databaseError('open', path, error);
    return begunAnew(path, now, migrations);
  }
}

/** Moves a damaged history aside and begins another. */
export function begunAnew(path: string, now: number, migrations: readonly string[] = MIGRATIONS): OpenedDatabase {
  const aside = `${path}.damaged-${new Date(now).toISOString().replace(/[:.]/g, '')}`;
  try {
    renameSync(path, aside);
    // They belong to the file that was moved: with them, the new one would be read as damaged again.
    for (const companion of ['-wal', '-shm']) rmSync(`${path}${companion}`, { force: true });
    const database = opened(path, migrations);
    return { database, notes: [`the history was damaged and begins anew; the old file is ${aside}`] };
  } catch (error) {
    throw databaseError('open', path, error);
  }
}

/** Runs `work` whole or not at all. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // Some errors have ended the transaction already.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** What SQLite said, as a sentence. */
export function databaseError(verb: string, path: string, cause: unknown): Error {
  if (cause instanceof MachineError) return cause;
  if (!isSqliteError(cause)) return systemError(`${verb} ${path}`, cause);
  return new MachineError('history-unusable', `Cannot ${verb} ${path}: ${cause.errstr ?? cause.message}`, { cause });
}

function opened(path: string, migrations: readonly string[]): DatabaseSync {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats !== undefined && !stats.isFile()) {
    throw new MachineError('not-a-file', `Cannot open ${path}: it is not a regular file`);
  }
  // With the owner and mode of our own files; SQLite gives those to the files it makes beside it.
  if (stats === undefined) createFile(path, '', 0o600);
  const database = new DatabaseSync(path, { timeout: BUSY_MS, enableDoubleQuotedStringLiterals: false });
  try {
    database.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    database.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON');
    migrate(database, path, migrations);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function migrate(database: DatabaseSync, path: string, migrations: readonly string[]): void {
  inTransaction(database, () => {
    const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version > migrations.length) {
      throw new MachineError('history-newer', `Cannot open ${path}: a later wg-router wrote it`, {
        help: ['use that version, or move the file away: another history is begun'],
      });
    }
    for (const migration of migrations.slice(version)) database.exec(migration);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}

interface SqliteError extends Error {
  readonly errcode: number;
  readonly errstr?: string;
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && typeof (error as Partial<SqliteError>).errcode === 'number';
}

/** Whether SQLite says that the file is none of its own or is damaged. */
export function isDamage(error: unknown): boolean {
  // The low byte is the primary code.
  return isSqliteError(error) && [SQLITE_CORRUPT, SQLITE_NOTADB].includes(error.errcode & 0xff);
}
