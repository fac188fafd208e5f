/**
 * Where a command prints: answers on the standard output, everything else on the standard error. Colour only where
 * somebody sees it.
 */

import { writeSync } from 'node:fs';
import { COLOURED, type Paint, PLAIN } from './paint.ts';

export type ColourChoice = 'auto' | 'always' | 'never';

export class Output {
  readonly isTerminal: boolean;
  readonly isErrorTerminal: boolean;
  /** For the standard output. */
  readonly paint: Paint;
  /** For the standard error. */
  readonly paintError: Paint;

  constructor(colour: ColourChoice, environment: NodeJS.ProcessEnv = process.env) {
    this.isTerminal = process.stdout.isTTY === true;
    this.isErrorTerminal = process.stderr.isTTY === true;
    const painted = (isTerminal: boolean) => (hasColour(colour, isTerminal, environment) ? COLOURED : PLAIN);
    this.paint = painted(this.isTerminal);
    this.paintError = painted(this.isErrorTerminal);
  }

  /** Columns of the terminal; 80 where there is none. */
  get columns(): number {
    return process.stdout.columns || 80;
  }

  get rows(): number {
    return process.stdout.rows || 24;
  }

  /** Prints an answer. */
  print(text: string | Uint8Array): void {
    write(1, text);
  }

  /** Prints progress, notes and mistakes. */
  tell(text: string): void {
    write(2, text);
  }
}

/** https://no-color.org: set and not empty. `--color` is said later, so it counts for more. */
function hasColour(choice: ColourChoice, isTerminal: boolean, environment: NodeJS.ProcessEnv): boolean {
  if (choice !== 'auto') return choice === 'always';
  return isTerminal && !environment.NO_COLOR && environment.TERM !== 'dumb';
}

const WAIT = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes all of `text` before it returns, so that nothing is lost when the process ends. A pipe that is full is waited
 * for; one that nobody reads any more (`| head`) ends the command quietly, as it does for every other tool.
 */
function write(descriptor: 1 | 2, text: string | Uint8Array): void {
  let bytes = typeof text === 'string' ? Buffer.from(text) : text;
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(descriptor, bytes));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') process.exit(descriptor === 1 ? 0 : 2);
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(WAIT, 0, 0, 5);
    }
  }
}
