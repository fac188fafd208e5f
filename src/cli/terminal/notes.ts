/**
 * What is said beside an answer: notes, and the next thing to do.
 */

import { visible } from '../../description/visible.ts';
import type { Terminal } from './terminal.ts';
import { folded } from './width.ts';

export function sayNotes({ say, paintAside, asideColumns }: Terminal, notes: readonly string[]): void {
  for (const note of notes) {
    const [first, ...rest] = folded(visible(note), asideColumns - NOTE.length);
    say(
      `${paintAside('note', 'note')}: ${[first, ...rest.map((line) => ' '.repeat(NOTE.length) + line)].join('\n')}\n`,
    );
  }
}

const NOTE = 'note: ';

/** One command a line; the first is the most likely one. */
export function sayNext({ say, paintAside }: Terminal, commands: readonly string[]): void {
  commands.forEach((command, i) => {
    say(`${i === 0 ? paintAside('help', 'next:') : '     '} ${visible(command)}\n`);
  });
}
