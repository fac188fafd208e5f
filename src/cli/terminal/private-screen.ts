/**
 * Showing what must not stay on the screen: it is drawn on the terminal's alternate screen, which has no scrollback,
 * and is wiped before the first screen comes back. That happens however the showing ends.
 */

import { openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { Refused } from '../command-line/outcome.ts';

/** Lines for a screen of this size; or what the person should be told instead, and whether that is a refusal. */
export type Draw = (columns: number, rows: number) => { readonly lines: readonly string[]; readonly isShown: boolean };

const ENTER_SCREEN = '\u001b[?1049h\u001b[?25l';
const LEAVE_SCREEN = '\u001b[?25h\u001b[?1049l';
const WIPE = '\u001b[H\u001b[2J';
const NO_COLOUR = '\u001b[0m';

/** A key of its own, or the sequence that an arrow or page key sends. */
const ONE_KEY = /\u001b(?:\[[0-9;]*[A-Za-z~]|O[A-Z])?|[^\u001b]/g;

type End = 'key' | NodeJS.Signals;
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Shows what `draw` draws until q or Escape, or Enter at its end; with more lines than rows, Enter, space, b and arrows
 * move. Answers whether it was ever shown. A signal, Ctrl-C among them, ends the process once the screen is as it was.
 */
export async function showPrivately(draw: Draw): Promise<boolean> {
  const keyboard = openKeyboard();
  const screen = new Screen(draw);
  const end = await new Promise<End>((resolve) => {
    const onKey = (bytes: Buffer) => {
      // Keys that were pressed quickly come together.
      for (const key of bytes.toString('latin1').match(ONE_KEY) ?? []) {
        const how = screen.pressed(key);
        if (how !== null) resolve(how);
      }
    };
    const onResize = () => screen.paint();
    for (const signal of SIGNALS) process.once(signal, resolve);
    // Whatever throws: nothing stays on the screen.
    process.once('exit', leave);
    keyboard.setRawMode(true);
    keyboard.on('data', onKey);
    keyboard.once('end', () => resolve('key'));
    process.stdout.on('resize', onResize);
    process.stdout.write(ENTER_SCREEN);
    screen.paint();
  });
  process.stdout.removeAllListeners('resize');
  keyboard.removeAllListeners('data');
  keyboard.setRawMode(false);
  keyboard.destroy();
  leave();
  process.removeListener('exit', leave);
  for (const signal of SIGNALS) process.removeAllListeners(signal);
  if (end !== 'key') {
    process.kill(process.pid, end);
    // The signal ends the process a moment later.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  return screen.wasShown;
}

function leave(): void {
  process.stdout.write(`${NO_COLOUR}${WIPE}${LEAVE_SCREEN}`);
}

/** Keys come from standard input, or from the terminal itself where that is something else. */
function openKeyboard(): ReadStream {
  if (process.stdin.isTTY) return process.stdin as ReadStream;
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    throw new Refused('no-keyboard', 'Cannot show it: there is no keyboard to end the showing with', [
      'write it to a file: --output FILE',
      'or print it as it is, and have it in the scrollback: --output -',
    ]);
  }
}

class Screen {
  readonly #draw: Draw;
  #offset = 0;
  #isAtEnd = true;
  wasShown = false;

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  /** What the key means: an end, or null. */
  pressed(key: string): End | null {
    if (key === '\u0003') return 'SIGINT';
    if (/^[qQ\u001b\u0004]$/.test(key)) return 'key';
    const isEnter = key === '\r' || key === '\n';
    if (isEnter && this.#isAtEnd) return 'key';
    const rows = this.#rows();
    const moves: Readonly<Record<string, number>> = {
      '\u001b[A': -1,
      '\u001bOA': -1,
      k: -1,
      '\u001b[B': 1,
      '\u001bOB': 1,
      j: 1,
      ' ': rows - 1,
      '\r': rows - 1,
      '\n': rows - 1,
      '\u001b[6~': rows - 1,
      b: 1 - rows,
      '\u001b[5~': 1 - rows,
    };
    const move = moves[key];
    if (move !== undefined) {
      this.#offset += move;
      this.paint();
    }
    return null;
  }

  paint(): void {
    const rows = this.#rows();
    const { lines, isShown } = this.#draw(process.stdout.columns || 80, rows);
    this.wasShown ||= isShown;
    const last = Math.max(0, lines.length - rows);
    this.#offset = Math.min(Math.max(0, this.#offset), last);
    const part = lines.slice(this.#offset, this.#offset + rows);
    this.#isAtEnd = this.#offset === last;
    const place = last === 0 ? '' : `lines ${this.#offset + 1} to ${this.#offset + part.length} of ${lines.length}; `;
    const keys = this.#isAtEnd ? 'Enter or q: done' : 'Enter: more, q: done';
    process.stdout.write(`${NO_COLOUR}${WIPE}${part.join('\r\n')}\r\n\u001b[2m${place}${keys}${NO_COLOUR}`);
  }

  /** The last row is for the footer. */
  #rows(): number {
    return Math.max(1, (process.stdout.rows || 24) - 1);
  }
}
