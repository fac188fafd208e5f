/**
 * That one control runs a network at a time: a file in the state folder that names its process.
 *
 * The file is made by linking, which succeeds for one of two that try. What a dead process left behind is moved away
 * and looked at once more before it is removed, since two may have found it dead at once. Should two still believe that
 * they hold it, the one whose name is not in the file leaves at its next look (`isOurs`).
 */

import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MachineError } from '../machine-error.ts';
import { hasEnded, isRunning, type ProcessIdentity, processIdentity, signalProcess } from '../process-identity.ts';

export const LOCK_FILE = 'control.lock';

/** Signal on which control leaves and lets the relay go on forwarding. */
export const LEAVE_SIGNAL = 'SIGHUP';

/** How long control may take to leave before it is killed; the relay goes on in both cases. */
const LEAVE_MS = 5_000;

const ATTEMPTS = 20;

export class ControlLock {
  readonly #path: string;
  readonly #content: string;

  private constructor(path: string, content: string) {
    this.#path = path;
    this.#content = content;
  }

  /**
   * Takes the lock in `stateFolder`. Where another control holds it: an error ("already-running"), or with `replace`
   * that control is sent away first.
   */
  static async take(stateFolder: string, options: { readonly replace: boolean }): Promise<ControlLock> {
    const path = join(stateFolder, LOCK_FILE);
    const own = processIdentity(process.pid) ?? { pid: process.pid, began: null };
    const content = `${JSON.stringify(own)}\n`;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (create(path, content)) return new ControlLock(path, content);
      const found = readOrNull(path);
      if (found === null) continue;
      const holder = parseHolder(found);
      if (holder !== null && isRunning(holder)) {
        if (!options.replace) throw alreadyRunning(holder);
        await sendAway(holder);
      }
      removeStale(path, found);
    }
    throw new MachineError('lock-contended', `Cannot take ${path}: others keep taking it`);
  }

  /** Whether the file still names us. */
  isOurs(): boolean {
    return readOrNull(this.#path) === this.#content;
  }

  release(): void {
    if (this.isOurs()) rmSync(this.#path, { force: true });
  }
}

/** The control process that holds the lock in `stateFolder`, or null. */
export function lockHolder(stateFolder: string): ProcessIdentity | null {
  const content = readOrNull(join(stateFolder, LOCK_FILE));
  const holder = content === null ? null : parseHolder(content);
  return holder !== null && isRunning(holder) ? holder : null;
}

/** Ends the control process `holder` in a way that leaves the relay forwarding. */
async function sendAway(holder: ProcessIdentity): Promise<void> {
  try {
    signalProcess(holder, LEAVE_SIGNAL);
    if (await hasEnded(holder, LEAVE_MS)) return;
    signalProcess(holder, 'SIGKILL');
    if (await hasEnded(holder, LEAVE_MS)) return;
  } catch (cause) {
    throw new MachineError('already-running', `Cannot replace process ${holder.pid}: ${(cause as Error).message}`, {
      cause,
      help: ['it was started by another user: run this as that user, or as root'],
    });
  }
  throw new MachineError('already-running', `Cannot replace process ${holder.pid}: it does not end`);
}

function alreadyRunning(holder: ProcessIdentity): MachineError {
  return new MachineError('already-running', `Cannot run this network: process ${holder.pid} runs it already`, {
    help: [
      'to see how it is: wg-router status',
      'to take over without stopping the relay: wg-router up --replace',
      'to end it: wg-router down',
    ],
  });
}

function create(path: string, content: string): boolean {
  const draft = unique(path);
  writeFileSync(draft, content, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function removeStale(path: string, stale: string): void {
  const aside = unique(path);
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  try {
    if (readOrNull(aside) !== stale) linkSync(aside, path);
  } catch {
    // Someone made a new one meanwhile; whoever lost the moved one sees that at its next look.
  } finally {
    rmSync(aside, { force: true });
  }
}

function unique(path: string): string {
  return `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
}

/** Null for what no control wrote whole. */
function parseHolder(content: string): ProcessIdentity | null {
  try {
    const { pid, began } = JSON.parse(content) as Record<string, unknown>;
    if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 0) return null;
    return { pid, began: typeof began === 'string' ? began : null };
  } catch {
    return null;
  }
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
