/**
 * `status`: who is here, since when, from where, how much. Asks the relay itself, so it answers while control is dead.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { relayStatus } from '../apply/relay.ts';
import { describedMachines } from '../apply/relay-config.ts';
import { lastConfigurationAt } from '../control/handed-out.ts';
import { type LoadedPlan, loadPlan } from '../control/load-plan.ts';
import { MachineError } from '../control/machine-error.ts';
import type { NetworkPaths } from '../control/paths.ts';
import { configurationStates } from '../control/report/configurations.ts';
import { silenceChecks } from '../control/report/silence.ts';
import { type StatusFacts, type StatusReport, statusReport } from '../control/report/status-report.ts';
import { nothingArrives } from '../control/supervise/nothing-arrives.ts';
import { readRelayRecord } from '../control/supervise/relay-record.ts';
import { reachRelayOf, runningControl } from '../control/supervise/running-router.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import type { Status } from '../relay/messages.ts';
import { jsonDocument } from './command-line/json.ts';
import { Refused } from './command-line/outcome.ts';
import { namesText } from './running/machine-rows.ts';
import { statusText } from './running/status-text.ts';
import type { ExitCode, Invocation } from './verb.ts';

const WATCH_MS = 2_000;
const CLEAR = '\u001b[H\u001b[2J';

export async function run({ paths: pathsOf, positionals, flag, terminal, isJson }: Invocation): Promise<ExitCode> {
  const paths = pathsOf(positionals[0]);
  const isWatched = flag('watch');
  if (isWatched && (isJson || !terminal.isInteractive)) {
    throw new Refused('watch-without-terminal', 'Cannot watch: that is for a terminal', ['leave --watch out']);
  }
  for (;;) {
    const report = await look(paths, Date.now());
    const text = isJson ? jsonDocument(report) : statusText(report, Date.now(), terminal.paint);
    terminal.print(isWatched ? `${CLEAR}${text}` : text);
    if (!isWatched) return report.relay === null ? 1 : 0;
    await sleep(WATCH_MS);
  }
}

async function look(paths: NetworkPaths, now: number): Promise<StatusReport> {
  const control = runningControl(paths);
  const status = await askRelay(paths);
  const { loaded, note } = await load(paths);
  const plan = loaded?.plan ?? null;
  const notes = [...(note === null ? [] : [note]), ...(loaded === null ? [] : configurationNotes(loaded))];
  if (status !== null && loaded !== null) notes.push(...silenceNotes(paths, loaded, status, now));
  const facts: StatusFacts = {
    file: paths.file,
    controlPid: control?.pid ?? null,
    status,
    described: plan === null ? null : { network: plan.name, machines: describedMachines(plan) },
    configurations: loaded === null ? new Map() : configurationStates(loaded),
    notes,
  };
  return statusReport(facts, now);
}

/** Null when no relay runs. */
async function askRelay(paths: NetworkPaths): Promise<Status | null> {
  const reached = await reachRelayOf(paths);
  if (reached === null) return null;
  try {
    return await relayStatus(reached.connection);
  } catch (cause) {
    throw new MachineError('relay-silent', `Cannot ask the relay: ${(cause as Error).message}`, {
      cause,
      help: ['it may be of another version: wg-router up --replace'],
    });
  } finally {
    reached.connection.close();
  }
}

/** The network as described, or a note why it is not known. */
async function load(paths: NetworkPaths): Promise<{ loaded: LoadedPlan | null; note: string | null }> {
  try {
    const loaded = await loadPlan(paths, { write: false });
    if (loaded.plan !== null) return { loaded, note: null };
    return { loaded, note: `${paths.shown} has mistakes: wg-router check` };
  } catch (error) {
    if (error instanceof MachineError) return { loaded: null, note: error.message };
    throw error;
  }
}

function configurationNotes({ plan, stale }: LoadedPlan): string[] {
  const waiting =
    plan === null ? [] : describedMachines(plan).filter(({ isSetUp, isDisabled }) => !isSetUp && !isDisabled);
  const names = waiting.map(({ name }) => name);
  return [
    ...(names.length > 0 ? [`not set up: ${namesText(names)}; to set up: wg-router config ${names[0]} --qr`] : []),
    ...(stale.length > 0
      ? [`a new configuration is to be fetched by ${namesText(stale)}: wg-router config ${stale[0]}`]
      : []),
  ];
}

function silenceNotes(paths: NetworkPaths, { handedOut, network }: LoadedPlan, status: Status, now: number): string[] {
  const { startedAt, lastDatagramAt, router } = status;
  const { hasReceived } = readRelayRecord(paths.state);
  const handedOutAt = lastConfigurationAt(handedOut);
  if (!nothingArrives({ startedAt, lastDatagramAt, hasReceived, handedOutAt }, now)) return [];
  const endpoint = network?.routers[0]?.endpoint.value;
  const checks = silenceChecks(router.listenPort, endpoint === undefined ? 'the endpoint' : formatEndpoint(endpoint));
  return ['nothing has arrived yet; what to check:', ...checks];
}
