/**
 * `lab`: builds a twin of the network on this machine, and shows who reaches whom in it.
 *
 * The network file is only read. The twin has a copy in which every device is one that Linux can be, with throw-away keys.
 */

import { layoutOf } from '../../lab/twin/layout/layout.ts';
import { type Part, partOf } from '../../lab/twin/layout/part.ts';
import { obstacleTo, runTwin, TwinFailed } from '../../lab/twin/run.ts';
import type { Observation } from '../../lab/twin/trials/observation.ts';
import { loadPlan } from '../control/load-plan.ts';
import { MachineError } from '../control/machine-error.ts';
import type { NetworkPaths } from '../control/paths.ts';
import type { Diagnostic } from '../description/diagnostic.ts';
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
import { nameOf, pairsOf } from './twin/flows.ts';
import { assumptionsOf, reportText } from './twin/report.ts';
import type { ExitCode, Invocation } from './verb.ts';

/** More would take minutes, and the memory of a small machine. */
const DEVICES_AT_MOST = 60;

/** What somebody else makes of the network, and in what the twin disagrees with it, a line each. */
export type Judge = (plan: Plan, observations: readonly Observation[]) => readonly string[];

export async function run(invocation: Invocation, judge: Judge = () => []): Promise<ExitCode> {
  const { terminal, isJson } = invocation;
  if (invocation.flag('shell') && (isJson || process.stdin.isTTY !== true)) {
    throw new Refused('options-conflict', 'Cannot open a shell: it needs a terminal, and an answer for people');
  }
  const paths = invocation.paths(invocation.positionals[0]);
  const { text, network, plan, notes } = await copyOf(paths);
  const part = partFor(invocation, plan);
  const layout = bounded(plan, part);
  const obstacle = obstacleTo(plan);
  if (obstacle !== null) {
    throw new MachineError(obstacle.code, `Cannot build the twin of ${quoted(plan.name)}: ${obstacle.reason}`, {
      help: obstacle.help,
    });
  }
  const assumptions = [...notes, ...assumptionsOf(plan)];
  const parties = layout.parties.map(({ name }) => name);
  let disagreements: readonly string[] = [];
  const observed = (observations: readonly Observation[]) => {
    disagreements = judge(plan, observations);
    if (isJson) {
      const named = observations.map((each) => ({ ...each, from: nameOf(each.from), to: nameOf(each.to) }));
      terminal.print(
        jsonDocument({
          file: paths.file,
          network: plan.name,
          parties,
          observations: named,
          disagreements,
          notes: assumptions,
        }),
      );
      return;
    }
    const { paint, isInteractive } = terminal;
    const columns = isInteractive ? terminal.columns : Number.POSITIVE_INFINITY;
    terminal.print(reportText(plan.name, parties, pairsOf(observations), { paint, columns }));
    terminal.say('\n');
    sayNotes(terminal, assumptions);
    for (const line of disagreements) terminal.say(`${line}\n`);
  };
  const job = {
    plan,
    network: text,
    command: [process.execPath, ...process.execArgv, process.argv[1]!],
    pathMtus: pathMtusOf(network),
    part,
    shell: invocation.flag('shell'),
  };
  try {
    await runTwin(job, (step) => terminal.say(`${terminal.paintAside('dim', `${step} …`)}\n`), observed);
  } catch (error) {
    if (!(error instanceof TwinFailed)) throw error;
    throw new MachineError('twin-failed', `Cannot finish the twin of ${quoted(plan.name)}: ${error.message}`, {
      cause: error,
    });
  }
  return disagreements.length === 0 ? 0 : 1;
}

interface Copy {
  readonly text: string;
  readonly network: Network;
  readonly plan: Plan;
  readonly notes: readonly string[];
}

/** The network as the twin has it. What `check` calls mistakes is refused here, too. */
async function copyOf(paths: NetworkPaths): Promise<Copy> {
  const loaded = await loadPlan(paths, { write: false });
  const mistakes = loaded.diagnostics.filter((each) => each.severity === 'error' && !isLeftOut(each));
  if (mistakes.length > 0) throw new Mistaken(loaded.diagnostics, loaded.text);
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
  return { text, network, plan: planned.plan, notes: loaded.notes };
}

/** Expectations are not in the copy. */
function isLeftOut({ code, message }: Diagnostic): boolean {
  return code === 'not-supported-yet' && message.includes('`expect`');
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
