/**
 * That one control runs a network at a time, and how another takes over.
 */

import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { MachineError } from '../machine-error.ts';
import { ProcessFile, processNamedIn } from '../process-file.ts';
import { hasEnded, type ProcessIdentity, processOwner, signalProcess } from '../process-identity.ts';

export const LOCK_FILE = 'control.lock';

/** Signal on which control leaves and lets the relay go on forwarding. */
export const LEAVE_SIGNAL = 'SIGHUP';

/** How long control may take to leave before it is killed; the relay goes on in both cases. */
const LEAVE_MS = 5_000;

/** Takeovers in a row: each waits for one control to leave. */
const ATTEMPTS = 5;

export class ControlLock {
  readonly #path: string;
  #file: ProcessFile;

  private constructor(path: string, file: ProcessFile) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Takes the lock in `stateFolder`. Where another control holds it: an error ("already-running"), or with `replace`
   * that control is sent away first.
   */
  static async take(stateFolder: string, options: { readonly replace: boolean }): Promise<ControlLock> {
    const path = join(stateFolder, LOCK_FILE);
    for (let attempt = 0; ; attempt++) {
      const taken = ProcessFile.take(path);
      if (taken instanceof ProcessFile) return new ControlLock(path, taken);
      if (!options.replace || attempt === ATTEMPTS || !isNamedByOwner(path, taken)) throw alreadyRunning(taken);
      await sendAway(taken);
    }
  }

  /**
   * Whether it is still ours. A file that was lost or damaged (somebody emptied the state folder) is made again; one
   * that names another process that runs means that it took over.
   */
  isOurs(): boolean {
    const named = processNamedIn(this.#path);
    if (named !== null) return named.pid === process.pid;
    const taken = ProcessFile.take(this.#path);
    if (taken instanceof ProcessFile) this.#file = taken;
    return taken instanceof ProcessFile;
  }

  release(): void {
    this.#file.release();
  }
}

/** The control process that holds the lock in `stateFolder`, or null. */
export function lockHolder(stateFolder: string): ProcessIdentity | null {
  const path = join(stateFolder, LOCK_FILE);
  const named = processNamedIn(path);
  return named !== null && isNamedByOwner(path, named) ? named : null;
}

/**
 * Whether whoever wrote the file could signal the process themselves: root, working for another user's network, would
 * otherwise end whatever process that user names.
 */
function isNamedByOwner(path: string, { pid }: ProcessIdentity): boolean {
  const owner = lstatSync(path, { throwIfNoEntry: false })?.uid;
  return owner === 0 || owner === processOwner(pid);
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
