/**
 * A file that names the process that holds it: a lock which a dead process cannot keep.
 *
 * Taking is linking, which succeeds for one of two that try. The hard part is removing what a dead process left: two
 * may find it dead, and the slower one must not remove the lock that the faster one has taken meanwhile. So a dead
 * holder's file is removed only under a second lock, named for exactly that file, and looked at again under it. That
 * second lock is a file of the same kind, and may be left behind and removed the same way.
 *
 * Locks hold between processes that see each other's ids: not between containers.
 */

import { createHash, randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { MachineError } from './machine-error.ts';
import { isRunning, type ProcessIdentity, processIdentity } from './process-identity.ts';
import { isCode, systemError } from './system-error.ts';

/** Files left behind by processes that died while removing what others had left. More than a few is not chance. */
const MOST_NESTED = 8;

export class ProcessFile {
  readonly #path: string;
  readonly #content: string;

  private constructor(path: string, content: string) {
    this.#path = path;
    this.#content = content;
  }

  /** The lock, or the process that holds it now. Throws a `MachineError` where no file can be made. */
  static take(path: string): ProcessFile | ProcessIdentity {
    return takeNested(path, 0);
  }

  /** @internal Only `take` knows that the file is ours. */
  static taken(path: string, content: string): ProcessFile {
    return new ProcessFile(path, content);
  }

  release(): void {
    if (readOrNull(this.#path) === this.#content) rmSync(this.#path, { force: true });
  }
}

/** The running process named in the file, or null. */
export function processNamedIn(path: string): ProcessIdentity | null {
  const content = readOrNull(path);
  const holder = content === null ? null : parseHolder(content);
  return holder !== null && isRunning(holder) ? holder : null;
}

function takeNested(path: string, depth: number): ProcessFile | ProcessIdentity {
  const self = processIdentity(process.pid) ?? { pid: process.pid, began: null };
  const content = `${JSON.stringify({ ...self, token: randomBytes(8).toString('hex') })}\n`;
  for (;;) {
    if (create(path, content)) return ProcessFile.taken(path, content);
    const found = readPresent(path);
    if (found === null) continue;
    const holder = parseHolder(found);
    if (holder !== null && isRunning(holder)) return holder;
    const remover = removeLeftBehind(path, found, depth);
    if (remover !== null) return remover;
  }
}

/** Removes the file unless it has changed; or names the process that is removing it at this moment. */
function removeLeftBehind(path: string, content: string, depth: number): ProcessIdentity | null {
  if (depth >= MOST_NESTED) {
    throw new MachineError('lock-left-behind', `Cannot take ${path}: too many locks were left behind`, {
      help: ['remove them: nobody holds them'],
    });
  }
  const name = createHash('sha256').update(content).digest('hex').slice(0, 16);
  const removal = takeNested(`${path}.${name}`, depth + 1);
  if (!(removal instanceof ProcessFile)) return removal;
  try {
    if (readOrNull(path) === content) rmSync(path, { force: true });
  } finally {
    removal.release();
  }
  return null;
}

/** The content appears with the name, never later: nobody reads half of it. */
function create(path: string, content: string): boolean {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(draft, content, { mode: 0o600, flag: 'wx' });
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw systemError(`lock ${path}`, error);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Null for what no process wrote whole. */
function parseHolder(content: string): ProcessIdentity | null {
  try {
    const { pid, began } = JSON.parse(content) as Record<string, unknown>;
    if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 0) return null;
    return { pid, began: typeof began === 'string' ? began : null };
  } catch {
    return null;
  }
}

/** Null when it has gone meanwhile. What cannot be read would be looked at for ever: thrown. */
function readPresent(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw systemError(`read lock ${path}`, error, ['remove it when no wg-router is running here']);
  }
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
