/**
 * `check`: every mistake in the network file and everything expected that does not hold, or what the network is.
 */

import { loadPlan } from '../control/load-plan.ts';
import { readComparedNetwork } from '../control/network-store.ts';
import type { NetworkPaths } from '../control/paths.ts';
import { formatDiagnostics } from '../description/print-diagnostics.ts';
import type { Plan, Subject } from '../plan/plan.ts';
import { planNetwork } from '../plan/plan-network.ts';
import { failingPair, type Matrix } from '../prove/matrix/matrix.ts';
import { matrixChanges } from '../prove/matrix/matrix-changes.ts';
import { reachabilityOfAll } from '../prove/matrix/reachability.ts';
import { type Proof, proofOf } from '../prove/proof.ts';
import { worldOf } from '../prove/world.ts';
import { listed } from './command-line/change.ts';
import { jsonDocument } from './command-line/json.ts';
import { Mistaken, Refused } from './command-line/outcome.ts';
import { changesText } from './proof/changes-text.ts';
import { expectedText, unfulfilledText } from './proof/expected-text.ts';
import { matrixText } from './proof/matrix-text.ts';
import { changesJson, expectationJson, matrixJson } from './proof/proof-json.ts';
import { type NetworkSummary, summaryOf, summaryText } from './summary.ts';
import { sayNext, sayNotes } from './terminal/notes.ts';
import type { ExitCode, Invocation } from './verb.ts';

/** Machines shown to a person; a file or pipe gets all. */
const MACHINES_SHOWN = 200;

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { terminal, isJson } = invocation;
  const paths = invocation.paths(invocation.positionals[0]);
  const loaded = await loadPlan(paths, { write: false });
  const { plan, network, text, notes, stale } = loaded;
  if (plan === null || network === null) {
    const { diagnostics } = loaded;
    if (!isJson) throw new Mistaken(diagnostics, text, countText(diagnostics));
    terminal.print(jsonDocument({ file: paths.file, network: null, stale: [], notes, diagnostics }));
    return 1;
  }
  const other = invocation.text('diff');
  if (other !== undefined) return compare(invocation, paths, plan, other);

  const proof = proofOf(plan);
  const proved = [...proof.diagnostics, ...proof.untried];
  const diagnostics = [...loaded.diagnostics, ...proved];
  const isProved = proved.every(({ severity }) => severity !== 'error');
  const matrix = plan.expectations.length === 0 ? reachabilityOfAll(proof.world) : null;
  const summary = summaryOf(plan, network, loaded);
  if (isJson) {
    const expectations = proof.results.map((result) => expectationJson(proof.world, result));
    const folded = matrix && matrixJson(plan, matrix);
    terminal.print(
      jsonDocument({ file: paths.file, ...summary, expectations, matrix: folded, stale, notes, diagnostics }),
    );
    return isProved ? 0 : 1;
  }
  if (!isProved) throw new Mistaken(diagnostics, text, unfulfilledText(plan, proof));
  const limit = terminal.isInteractive ? MACHINES_SHOWN : Number.POSITIVE_INFINITY;
  terminal.print(summaryText(summary, { paint: terminal.paint, now: Date.now(), limit }));
  terminal.print(reachabilityText(invocation, plan, proof, matrix));
  terminal.say('\n');
  if (diagnostics.length > 0) {
    terminal.say(
      `${formatDiagnostics(diagnostics, text, { colour: terminal.asideColour, columns: terminal.asideColumns })}\n`,
    );
  }
  sayNotes(terminal, [
    ...(plan.expectations.length === 0 && matrix === null ? [tooManyText(plan)] : []),
    ...notes.map((note) => `${note} (it is written when something is handed out)`),
    ...(stale.length > 0 ? [`${listed(stale)} must fetch a new configuration`] : []),
  ]);
  sayNext(terminal, [nextCommand(summary, stale, invocation), ...explainCommand(matrix, invocation)]);
  return 0;
}

/** What is expected and holds, or who reaches whom where nothing is expected. */
function reachabilityText(
  { terminal }: Invocation,
  plan: Plan,
  { world, results }: Proof,
  matrix: Matrix | null,
): string {
  const { paint, isInteractive } = terminal;
  const columns = isInteractive ? terminal.columns : Number.POSITIVE_INFINITY;
  if (plan.expectations.length > 0) return `\n${expectedText(results, paint)}`;
  return matrix === null || matrix.sources.length === 0 ? '' : `\n${matrixText(world, matrix, { paint, columns })}`;
}

function tooManyText(plan: Plan): string {
  return `who reaches whom is left out: the machines and hosts of ${plan.name} have too little in common; \`expect\` and \`explain\` work all the same`;
}

/** What the edit from `other` to the network file makes reachable and unreachable. */
function compare({ terminal, isJson }: Invocation, paths: NetworkPaths, plan: Plan, other: string): ExitCode {
  const before = planIn(other);
  const [old, now] = [before, plan].map((each) => reachabilityOfAll(worldOf(each)));
  const changes = old && now ? matrixChanges(old, now) : null;
  if (!now || !changes) {
    throw new Refused(
      'network-too-large',
      'Cannot compare the networks: their machines and hosts have too little in common, and are too many to compare each',
      ['state with `expect` what must hold, and run `wg-router check` on both'],
    );
  }
  if (isJson) {
    terminal.print(jsonDocument({ file: paths.file, other, ...changesJson(changes) }));
    return 0;
  }
  terminal.print(
    changesText(changes, {
      before: { plan: before, file: other === '-' ? '(standard input)' : other },
      after: { plan, file: paths.shown, matrix: now },
      paint: terminal.paint,
      columns: terminal.isInteractive ? terminal.columns : Number.POSITIVE_INFINITY,
    }),
  );
  return 0;
}

/** The plan of another file, as it is: nothing that was handed out belongs to it. Throws `Mistaken`. */
function planIn(file: string): Plan {
  const { network, diagnostics, text } = readComparedNetwork(file);
  const planned = network === null ? null : planNetwork(network);
  if (planned?.plan) return planned.plan;
  throw new Mistaken([...diagnostics, ...(planned?.diagnostics ?? [])], text, 'what it is compared with has mistakes');
}

function countText(diagnostics: readonly { readonly severity: string }[]): string {
  const errors = diagnostics.filter((each) => each.severity === 'error').length;
  const warnings = diagnostics.length - errors;
  const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
  return [counted(errors, 'mistake'), ...(warnings > 0 ? [counted(warnings, 'warning')] : [])].join(', ');
}

/** Where somebody does not reach somebody, the way to know why. */
function explainCommand(matrix: Matrix | null, { command }: Invocation): string[] {
  const pair = matrix && failingPair(matrix);
  return pair ? [command(`explain ${pair.map(askedName).join(' ')}`)] : [];
}

function nextCommand({ machines, routers }: NetworkSummary, stale: readonly string[], { command }: Invocation): string {
  if (routers.some((router) => router.publicKey === null)) return command('init');
  const notSetUp = machines.find((machine) => machine.publicKey === null && !machine.isDisabled);
  const first = stale[0] ?? notSetUp?.name;
  if (first !== undefined) return command(`config ${first}`);
  return machines.length === 0 ? command('add machine phone --platform android') : command('up');
}

/** A name that stands for the subject first. */
function askedName(subject: Subject): string {
  return subject.kind === 'unnamed' ? subject.lan : subject.name;
}
