/**
 * The running router of a network as other commands find it: its control, its relay, and how both are ended.
 */

import { accessSync, constants, existsSync } from 'node:fs';
import { endRelay, type ReachedRelay, reachRelay } from '../launch/end-relay.ts';
import { removeRuntimeFolder, runtimeFolder, withoutLinks } from '../launch/runtime-folder.ts';
import { removeUapiSocket } from '../launch/uapi-socket.ts';
import { MachineError } from '../machine-error.ts';
import type { NetworkPaths } from '../paths.ts';
import { hasEnded, type ProcessIdentity, signalProcess } from '../process-identity.ts';
import { isCode, systemError } from '../system-error.ts';
import { lockHolder } from './control-lock.ts';
import { forgetRelay, readRelayRecord } from './relay-record.ts';

/** Control ends the relay before itself, which takes 11 s at most. */
const CONTROL_MS = 15_000;

/** Where a relay of this network may listen, the likeliest first. */
export function controlSockets({ file, state }: Pick<NetworkPaths, 'file' | 'state'>): string[] {
  const { controlSocket } = readRelayRecord(state);
  const usual = runtimeFolder(withoutLinks(file)).controlSocket;
  return [...new Set(controlSocket === null ? [usual] : [controlSocket, usual])];
}

/** The control process of this network, or null. */
export function runningControl({ state }: NetworkPaths): ProcessIdentity | null {
  requireState(state);
  return lockHolder(state);
}

/** A connection to the relay of this network, or null where none runs or none answers. */
export function reachRelayOf(paths: NetworkPaths): Promise<ReachedRelay | null> {
  requireState(paths.state);
  return reachRelay(controlSockets(paths));
}

/**
 * Ends the relay, reached or remembered, if there is one, and removes what relays leave behind. `knownUapiSocket` is for
 * a record that was lost. Rejects with "relay-stuck" when it does not end.
 */
export async function endRelayOf(
  { file, state }: Pick<NetworkPaths, 'file' | 'state'>,
  reached: ReachedRelay | null,
  knownUapiSocket: string | null = null,
): Promise<void> {
  const record = readRelayRecord(state);
  const { process } = record;
  const uapiSocket = record.uapiSocket ?? knownUapiSocket;
  if (!(await endRelay(reached, process))) {
    throw new MachineError('relay-stuck', `Cannot end the relay: process ${process?.pid ?? '(unknown)'} does not end`);
  }
  if (uapiSocket !== null) await removeUapiSocket(uapiSocket);
  removeRuntimeFolder(withoutLinks(file));
  if (existsSync(state)) forgetRelay(state);
}

/** Ends control, which ends the relay with it, unless it hangs. */
export async function endControl(control: ProcessIdentity): Promise<void> {
  try {
    signalProcess(control, 'SIGTERM');
    if (await hasEnded(control, CONTROL_MS)) return;
    signalProcess(control, 'SIGKILL');
    await hasEnded(control, CONTROL_MS);
  } catch (error) {
    throw systemError(`end process ${control.pid}`, error, [
      'it was started by another user: run this as that user, or as root',
    ]);
  }
}

/** A state folder that we may not enter belongs to whoever runs the router: that is not the same as nothing running. */
function requireState(state: string): void {
  try {
    accessSync(state, constants.R_OK | constants.X_OK);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw systemError(`read ${state}`, error, [
      'the router was started by another user: run this as that user, or with sudo',
    ]);
  }
}
