/**
 * `down`: ends the router of a network, whatever of it is running.
 */

import { isRunning } from '../control/process-identity.ts';
import { readRelayRecord } from '../control/supervise/relay-record.ts';
import { endControl, endRelayOf, reachRelayOf, runningControl } from '../control/supervise/running-router.ts';
import { jsonDocument } from './command-line/json.ts';
import type { ExitCode, Invocation } from './verb.ts';

export async function run({ paths: pathsOf, positionals, terminal, isJson }: Invocation): Promise<ExitCode> {
  const paths = pathsOf(positionals[0]);
  const control = runningControl(paths);
  const reached = await reachRelayOf(paths);
  const relayPid = await pidOf(reached?.connection ?? null, paths.state);
  reached?.connection.close();
  if (control !== null) await endControl(control);
  // Control ends the relay with it, unless it hung or had died. What either left behind goes in any case.
  await endRelayOf(paths, await reachRelayOf(paths));

  if (isJson) terminal.print(jsonDocument({ ended: { control: control?.pid ?? null, relay: relayPid } }));
  else if (control === null && relayPid === null) terminal.print('The router does not run.\n');
  else terminal.print('The router has ended.\n');
  return 0;
}

async function pidOf(
  connection: NonNullable<Awaited<ReturnType<typeof reachRelayOf>>>['connection'] | null,
  state: string,
): Promise<number | null> {
  const known = remembered(state);
  if (connection === null) return known;
  try {
    return (await connection.request({ type: 'hello' })).pid;
  } catch {
    return known;
  }
}

/** The relay in the record, when it still runs. */
function remembered(state: string): number | null {
  const { process } = readRelayRecord(state);
  return process !== null && isRunning(process) ? process.pid : null;
}
