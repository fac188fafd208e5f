/**
 * What is said beside an answer: notes, and the next thing to do.
 */

import { visible } from '../../description/visible.ts';
import type { Terminal } from './terminal.ts';

export function sayNotes({ say, paintAside }: Terminal, notes: readonly string[]): void {
  for (const note of notes) say(`${paintAside('note', 'note')}: ${visible(note)}\n`);
}

/** One command a line; the first is the most likely one. */
export function sayNext({ say, paintAside }: Terminal, commands: readonly string[]): void {
  commands.forEach((command, i) => {
    say(`${i === 0 ? paintAside('help', 'next:') : '     '} ${visible(command)}\n`);
  });
}
