/**
 * What all verbs that change the network file do alike.
 */

import type { ChangeResult } from '../../control/change/edit.ts';
import { formatDiagnostics } from '../../description/print-diagnostics.ts';
import { sayNotes } from '../terminal/notes.ts';
import type { Invocation } from '../verb.ts';
import { Mistaken } from './outcome.ts';

/** For edits that have to wait for another process. */
export function onWait({ terminal }: Invocation): { readonly onWait: (pid: number) => void } {
  return { onWait: (pid) => terminal.say(`waiting for process ${pid}, which is editing the network file\n`) };
}

export type Change = Extract<ChangeResult, { isChanged: true }>;

/** The change; throws `Mistaken` when nothing was changed. */
export function changed(result: ChangeResult): Change {
  if (result.isChanged) return result;
  throw new Mistaken(result.diagnostics, result.against, 'Nothing was changed.');
}

/** Notes, warnings that are new, and who is left with an old configuration. */
export function sayAbout({ loaded, newDiagnostics }: Change, { terminal, command }: Invocation): void {
  sayNotes(terminal, loaded.notes);
  const { asideColour: colour, asideColumns: columns } = terminal;
  terminal.say(formatDiagnostics(newDiagnostics, loaded.text, { colour, columns }));
  if (loaded.plan === null) sayNotes(terminal, [`the network still has mistakes: ${command('check')}`]);
  const { stale } = loaded;
  if (stale.length > 0) {
    sayNotes(terminal, [
      `${listed(stale)} must fetch a new configuration: ${command(`config ${stale.length === 1 ? stale[0] : 'MACHINE'}`)}`,
    ]);
  }
}

/** The part of a JSON document that is the same for all changes. */
export function aboutJson({ loaded }: Change, notes: readonly string[] = []) {
  return { stale: loaded.stale, notes: [...notes, ...loaded.notes], diagnostics: loaded.diagnostics };
}

const NAMES_SHOWN = 8;

/** `phone, pi and 3 more`. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).join(', ');
  return names.length > NAMES_SHOWN ? `${shown} and ${names.length - NAMES_SHOWN} more` : shown;
}
