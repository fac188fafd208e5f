/**
 * Where a command answers: standard output for what was asked, standard error for everything said about it.
 */

import { type Paint, paintWith } from './paint.ts';

export interface Terminal {
  /** Whether a person looks at standard output. */
  readonly isInteractive: boolean;
  readonly columns: number;
  /** Of standard error; endless where no person looks at it. */
  readonly asideColumns: number;
  /** For standard output. */
  readonly paint: Paint;
  /** For standard error. */
  readonly paintAside: Paint;
  /** Whether colours may be used on standard output. */
  readonly colour: boolean;
  readonly asideColour: boolean;
  /** What was asked for. */
  print(content: string | Uint8Array): void;
  /** Notes, progress, messages. */
  say(text: string): void;
}

export type ColourChoice = 'auto' | 'always' | 'never';
export const COLOUR_CHOICES: readonly ColourChoice[] = ['auto', 'always', 'never'];

const COLUMNS = 80;

/** The process's own terminal. With `isQuiet` nothing is said on standard error: what is to be known is in the answer. */
export function processTerminal(choice: ColourChoice, { isQuiet }: { readonly isQuiet: boolean }): Terminal {
  const colour = usesColour(choice, process.stdout.isTTY);
  const asideColour = usesColour(choice, process.stderr.isTTY);
  return {
    isInteractive: process.stdout.isTTY === true,
    // A pseudo terminal without a size says 0.
    columns: process.stdout.columns || COLUMNS,
    asideColumns: process.stderr.isTTY ? process.stderr.columns || COLUMNS : Number.POSITIVE_INFINITY,
    paint: paintWith(colour),
    paintAside: paintWith(asideColour),
    colour,
    asideColour,
    print(content) {
      process.stdout.write(content);
    },
    say(text) {
      if (!isQuiet) process.stderr.write(text);
    },
  };
}

/** https://no-color.org: any value that is not empty; a choice on the command line is stronger. */
function usesColour(choice: ColourChoice, isTty: boolean | undefined): boolean {
  if (choice !== 'auto') return choice === 'always';
  return isTty === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}
