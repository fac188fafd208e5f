/**
 * `lab`: builds a twin of the network on this machine, and shows who reaches whom in it.
 *
 * The network file is only read. The twin has a copy in which every device is one that Linux can be, with throw-away keys.
 */

import { layoutOf } from '../../lab/twin/layout/layout.ts';
import { type Part, partOf } from '../../lab/twin/layout/part.ts';
import { obstacleTo, runTwin, TwinFailed } from '../../lab/twin/run.ts';
import { brokenExpectations } from '../../lab/twin/trials/expectations.ts';
import { deviceOf, type Observation } from '../../lab/twin/trials/observation.ts';
import { flowsOf } from '../../lab/twin/trials/trials.ts';
import { loadPlan } from '../control/load-plan.ts';
import { MachineError } from '../control/machine-error.ts';
import type { NetworkPaths } from '../control/paths.ts';
import { twinText } from '../description/edit/twin-text.ts';
import type { Network } from '../description/network.ts';
import { parseNetwork } from '../description/parse.ts';
import { nearestWord } from '../description/schema/nearest-word.ts';
import { quoted } from '../description/visible.ts';
import type { Plan } from '../plan/plan.ts';
import { planNetwork } from '../plan/plan-network.ts';
import { jsonDocument } from './command-line/json.ts';
import { Mistaken, Refused } from './command-line/outcome.ts';
import { sayNotes } from './terminal/notes.ts';
import { pairsOf } from './twin/flows.ts';
import { disagreementsWith, provedOf } from './twin/proved.ts';
import { assumptionsOf, type Findings, reportText } from './twin/report.ts';
import type { ExitCode, Invocation } from './verb.ts';

/** More would take minutes, and the memory of a small machine. */
const DEVICES_AT_MOST = 60;

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { terminal } = invocation;
  if (invocation.flag('shell') && (invocation.isJson || process.stdin.isTTY !== true)) {
    throw new Refused('options-conflict', 'Cannot open a shell: it needs a terminal, and an answer for people');
  }
  const paths = invocation.paths(invocation.positionals[0]);
  const copy = await copyOf(paths);
  const { plan } = copy;
  const part = partFor(invocation, plan);
  const layout = bounded(plan, part);
  const shell = invocation.flag('shell');
  refuseObstacle(plan, shell);
  const proved = provedOf(
    copy.original,
    flowsOf(layout).map(({ observation }) => observation),
  );
  let findings: Findings = { broken: [], disagreements: [] };
  const observed = (observations: readonly Observation[]) => {
    findings = {
      broken: brokenExpectations(copy.original.expectations, observations),
      disagreements: disagreementsWith(proved, observations),
    };
    const notes = [...copy.notes, ...assumptionsOf(layout)];
    const parties = layout.parties.map(({ name }) => name);
    if (invocation.isJson) {
      const answer = { file: paths.file, network: plan.name, parties, ...jsonOf(observations, findings), notes };
      terminal.print(jsonDocument(answer));
      return;
    }
    const { paint, isInteractive } = terminal;
    const columns = isInteractive ? terminal.columns : Number.POSITIVE_INFINITY;
    terminal.print(reportText(plan.name, parties, pairsOf(observations), findings, { paint, columns }));
    terminal.say('\n');
    sayNotes(terminal, notes);
  };
  const job = {
    plan,
    network: copy.text,
    command: [process.execPath, ...process.execArgv, process.argv[1]!],
    pathMtus: pathMtusOf(copy.network),
    part,
    doubts: new Map([...proved].map(([key, verdict]) => [key, verdict === 'works' ? 'strong' : 'none'] as const)),
    shell,
  };
  try {
    await runTwin(job, (step) => terminal.say(`${terminal.paintAside('dim', `${step} …`)}\n`), observed);
  } catch (error) {
    if (!(error instanceof TwinFailed)) throw error;
    throw new MachineError('twin-failed', `Cannot finish the twin of ${quoted(plan.name)}: ${error.message}`, {
      cause: error,
    });
  }
  return findings.broken.length + findings.disagreements.length === 0 ? 0 : 1;
}

function refuseObstacle(plan: Plan, shell: boolean): void {
  const obstacle = obstacleTo(plan, { shell });
  if (obstacle === null) return;
  throw new MachineError(obstacle.code, `Cannot build the twin of ${quoted(plan.name)}: ${obstacle.reason}`, {
    help: obstacle.help,
  });
}

function jsonOf(observations: readonly Observation[], { broken, disagreements }: Findings) {
  const named = (each: Observation) => ({ ...each, from: deviceOf(each.from), to: deviceOf(each.to) });
  return {
    observations: observations.map(named),
    broken: broken.map(({ expectation: { text, place }, from, to, verdict }) => ({
      text,
      place,
      from: deviceOf(from),
      to: deviceOf(to),
      verdict,
    })),
    disagreements: disagreements.map(({ observation, trial, proved, seen }) => {
      const { from, to, family, address } = named(observation);
      return { from, to, family, address, trial, proved, seen };
    }),
  };
}

interface Copy {
  readonly text: string;
  readonly network: Network;
  readonly plan: Plan;
  /** The plan of the network file itself. */
  readonly original: Plan;
  readonly notes: readonly string[];
}

/** The network as the twin has it. What `check` calls mistakes is refused here, too. */
async function copyOf(paths: NetworkPaths): Promise<Copy> {
  const loaded = await loadPlan(paths, { write: false });
  if (loaded.plan === null) throw new Mistaken(loaded.diagnostics, loaded.text);
  const text = twinText(loaded.text);
  const { network, diagnostics } = parseNetwork(text, paths.shown);
  const planned = network === null ? null : planNetwork(network);
  if (network === null || planned?.plan == null) {
    throw new Mistaken(
      [...diagnostics, ...(planned?.diagnostics ?? [])],
      text,
      'these places are in the copy that a twin uses',
    );
  }
  return { text, network, plan: planned.plan, original: loaded.plan, notes: loaded.notes };
}

function partFor(invocation: Invocation, plan: Plan): Part | undefined {
  const only = invocation.list('only');
  if (only === undefined) return undefined;
  const known = [
    ...plan.devices.map(({ name }) => name),
    ...plan.lans.flatMap(({ name, hosts }) => [name, ...hosts.map((host) => host.name)]),
  ];
  for (const name of only) {
    if (known.includes(name)) continue;
    const near = nearestWord(name, known);
    throw new Refused('name-unknown', `Cannot build ${quoted(name)}: no machine, host or LAN has this name`, [
      ...(near === null ? [] : [`did you mean: ${near}`]),
      'the names: wg-router check',
    ]);
  }
  return partOf(plan, new Set(only));
}

function bounded(plan: Plan, part: Part | undefined) {
  let layout: ReturnType<typeof layoutOf>;
  try {
    layout = layoutOf(plan, { part });
  } catch (error) {
    throw new Refused('twin-impossible', `Cannot build the twin of ${quoted(plan.name)}: ${(error as Error).message}`);
  }
  if (layout.size <= DEVICES_AT_MOST) return layout;
  throw new Refused(
    'twin-too-large',
    `Cannot build the twin of ${quoted(plan.name)}: it has ${layout.size} devices, and ${DEVICES_AT_MOST} are the most`,
    ['build a part of it: wg-router lab --only NAME,NAME (machines, hosts, LANs)'],
  );
}

function pathMtusOf({ routers, machines }: Network): Map<string, number> {
  return new Map(
    [...routers, ...machines].flatMap(({ name, pathMtu }) =>
      pathMtu === undefined ? [] : [[name.value, pathMtu.value]],
    ),
  );
}
