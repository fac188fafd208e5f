/**
 * Ends a relay: asks it, then tells it, then kills it. What it held open goes with it; its endpoints are written when
 * it is asked or told.
 */

import { lstatSync } from 'node:fs';
import { RelayConnection } from '../../apply/relay-connection.ts';
import { hasEnded, type ProcessIdentity, processIdentity, processOwner, signalProcess } from '../process-identity.ts';

const ASKED_MS = 5_000;
const TOLD_MS = 3_000;

export interface ReachedRelay {
  readonly connection: RelayConnection;
  readonly controlSocket: string;
}

/** A connection to whoever listens at the first of `controlSockets` that answers, or null. */
export async function reachRelay(controlSockets: readonly string[]): Promise<ReachedRelay | null> {
  for (const controlSocket of new Set(controlSockets)) {
    try {
      return { connection: await RelayConnection.open(controlSocket, ASKED_MS), controlSocket };
    } catch {}
  }
  return null;
}

/** Ends the relay that was reached and the one remembered as `known`, mostly the same; whether both are gone. */
export async function endRelay(reached: ReachedRelay | null, known: ProcessIdentity | null): Promise<boolean> {
  const processes = known === null ? [] : [known];
  let isAsked = false;
  if (reached !== null) {
    const { connection } = reached;
    try {
      const { pid } = await connection.request({ type: 'hello' });
      if (pid !== known?.pid) processes.push(...claimed(pid, reached.controlSocket));
      await connection.request({ type: 'stop' });
      isAsked = true;
    } catch {
      // It may end before it answers, or speak another version; the processes tell.
    }
    connection.close();
    if (processes.length === 0) return false;
  }
  const ends = await Promise.all(processes.map((process) => end(process, isAsked)));
  return ends.every((hasGone) => hasGone);
}

/**
 * The process that a relay says it is. Believed only when it runs as the owner of the socket: a relay that lies can
 * then have nothing ended that it could not end itself.
 */
function claimed(pid: number, controlSocket: string): ProcessIdentity[] {
  const owner = lstatSync(controlSocket, { throwIfNoEntry: false })?.uid;
  const identity = processIdentity(pid);
  return identity !== null && owner !== undefined && processOwner(pid) === owner ? [identity] : [];
}

async function end(process: ProcessIdentity, isAsked: boolean): Promise<boolean> {
  if (await hasEnded(process, isAsked ? ASKED_MS : 0)) return true;
  signalProcess(process, 'SIGTERM');
  if (await hasEnded(process, TOLD_MS)) return true;
  signalProcess(process, 'SIGKILL');
  return hasEnded(process, TOLD_MS);
}
