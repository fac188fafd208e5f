/**
 * `check`: every mistake in the network file, or what the network is.
 */

import { loadPlan } from '../control/load-plan.ts';
import { formatDiagnostics } from '../description/print-diagnostics.ts';
import { listed } from './command-line/change.ts';
import { jsonDocument } from './command-line/json.ts';
import { Mistaken } from './command-line/outcome.ts';
import { type NetworkSummary, summaryOf, summaryText } from './summary.ts';
import { sayNext, sayNotes } from './terminal/notes.ts';
import type { ExitCode, Invocation } from './verb.ts';

/** Machines shown to a person; a file or pipe gets all. */
const MACHINES_SHOWN = 200;

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { terminal } = invocation;
  const paths = invocation.paths(invocation.positionals[0]);
  const loaded = await loadPlan(paths, { write: false });
  const { plan, network, diagnostics, text, notes, stale } = loaded;
  if (plan === null || network === null) {
    if (!invocation.isJson) throw new Mistaken(diagnostics, text, countText(diagnostics));
    terminal.print(jsonDocument({ file: paths.file, network: null, stale: [], notes, diagnostics }));
    return 1;
  }
  const summary = summaryOf(plan, network, loaded);
  if (invocation.isJson) {
    terminal.print(jsonDocument({ file: paths.file, ...summary, stale, notes, diagnostics }));
    return 0;
  }
  const limit = terminal.isInteractive ? MACHINES_SHOWN : Number.POSITIVE_INFINITY;
  terminal.print(summaryText(summary, { paint: terminal.paint, now: Date.now(), limit }));
  terminal.say('\n');
  if (diagnostics.length > 0) {
    terminal.say(`${formatDiagnostics(diagnostics, text, { colour: terminal.asideColour })}\n`);
  }
  sayNotes(
    terminal,
    notes.map((note) => `${note} (it is written when something is handed out)`),
  );
  if (stale.length > 0) sayNotes(terminal, [`${listed(stale)} must fetch a new configuration`]);
  sayNext(terminal, [nextCommand(summary, stale, invocation)]);
  return 0;
}

function countText(diagnostics: readonly { readonly severity: string }[]): string {
  const errors = diagnostics.filter((each) => each.severity === 'error').length;
  const warnings = diagnostics.length - errors;
  const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
  return [counted(errors, 'mistake'), ...(warnings > 0 ? [counted(warnings, 'warning')] : [])].join(', ');
}

function nextCommand({ machines, routers }: NetworkSummary, stale: readonly string[], { command }: Invocation): string {
  if (routers.some((router) => router.publicKey === null)) return command('init');
  const notSetUp = machines.find((machine) => machine.publicKey === null);
  const first = stale[0] ?? notSetUp?.name;
  if (first !== undefined) return command(`config ${first}`);
  return machines.length === 0 ? command('add machine phone --platform android') : command('up');
}
