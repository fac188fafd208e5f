/**
 * Which process a number in a file means. Process ids are given again, so an id is kept with the moment at which its
 * process began (proc(5), field 22 of stat, in ticks since this boot) and the boot it counts from.
 */

import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** `boot-id/ticks`; null where there is no /proc, and then the id alone has to do. */
  readonly began: string | null;
}

/** The process with this id, or null when there is none (a process that ended and was not waited for is none). */
export function processIdentity(pid: number): ProcessIdentity | null {
  const stat = readOrNull(`/proc/${pid}/stat`);
  if (stat === null) return hasProc() || !answersSignals(pid) ? null : { pid, began: null };
  // The command stands in parentheses and may hold any character; what follows the last one is numbers.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, ticks] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X' || ticks === undefined) return null;
  return { pid, began: `${bootId()}/${ticks}` };
}

/** The real uid of a process, or null when there is none. */
export function processOwner(pid: number): number | null {
  const uid = /^Uid:\t([0-9]+)/m.exec(readOrNull(`/proc/${pid}/status`) ?? '')?.[1];
  return uid === undefined ? null : Number(uid);
}

/** Whether the very process that `identity` was taken of still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  const there = processIdentity(identity.pid);
  return there !== null && (identity.began === null || there.began === null || there.began === identity.began);
}

/** Sends `signal` unless the process is gone; whether it was there. Throws when it may not be signalled. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isRunning(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Whether the process ended within `withinMs`. */
export async function hasEnded(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const last = performance.now() + withinMs;
  while (isRunning(identity)) {
    if (performance.now() > last) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

let boot: string | undefined;
function bootId(): string {
  boot ??= readOrNull('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  return boot;
}

function hasProc(): boolean {
  return readOrNull('/proc/self/stat') !== null;
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
