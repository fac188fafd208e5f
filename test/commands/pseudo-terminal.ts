/**
 * The command on a terminal: a pseudo terminal made by script(1), with a size, a keyboard, and modes that can be
 * compared before and after.
 */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MAIN } from './workplace.ts';

export const ENTER_SCREEN = '\u001b[?1049h';
export const LEAVE_SCREEN = '\u001b[?1049l';

export interface OnTerminal {
  /** All that the terminal was sent, so far or in all. */
  shown(): string;
  type(text: string): void;
  /** Signals the command itself. */
  signal(signal: NodeJS.Signals): void;
  /** Waits until the terminal was sent this. */
  until(text: string): Promise<void>;
  /** The exit code as a shell sees it; the terminal's modes before and after. */
  ended(): Promise<{ readonly code: number; readonly before: string; readonly after: string }>;
}

/** Why there are no pseudo terminals here, or false. */
export const cannotMakeTerminals =
  spawnSync('script', ['-qec', 'true', '/dev/null'], { stdio: 'ignore' }).status !== 0 &&
  'script(1) is missing: install bsdutils or util-linux';

const LIMIT_MS = 20_000;

/** Runs `wg-router ...words` in `folder` on a terminal of so many rows and columns; `tail` is shell text behind it. */
export function onTerminal(
  folder: string,
  words: readonly string[],
  { rows = 60, columns = 120, tail = '' }: { rows?: number; columns?: number; tail?: string } = {},
): OnTerminal {
  const quoted = [process.execPath, MAIN, ...words].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  // The command is a child in the foreground, as below a shell; its id is known before it begins.
  const line = [
    `stty rows ${rows} cols ${columns}`,
    'stty -a >modes.before',
    `trap : INT; sh -c 'trap - INT; echo $$ >process; exec "$@" ${tail.replaceAll("'", "'\\''")}' sh ${quoted}; code=$?`,
    'stty -a >modes.after',
    'echo $code >code',
  ].join('; ');
  const environment: NodeJS.ProcessEnv = { ...process.env, TERM: 'xterm-256color', SHELL: '/bin/sh' };
  delete environment.NO_COLOR;
  delete environment.WG_ROUTER_FILE;
  const child = spawn('script', ['-qec', line, '/dev/null'], { cwd: folder, env: environment, stdio: 'pipe' });
  let shown = '';
  child.stdout.on('data', (bytes: Buffer) => {
    shown += bytes.toString();
  });
  child.stdin.on('error', () => {});
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  return {
    shown: () => shown,
    type: (text) => {
      child.stdin.write(text);
    },
    signal: (signal) => {
      process.kill(Number(read('process')), signal);
    },
    async until(text) {
      const last = performance.now() + LIMIT_MS;
      while (!shown.includes(text)) {
        if (performance.now() > last || child.exitCode !== null) {
          throw new Error(`the terminal never showed ${JSON.stringify(text)} but ${JSON.stringify(shown)}`);
        }
        await sleep(10);
      }
    },
    async ended() {
      await closed;
      clearTimeout(timer);
      if (!existsSync(join(folder, 'code'))) throw new Error(`it did not end; shown: ${JSON.stringify(shown)}`);
      return { code: Number(read('code')), before: read('modes.before'), after: read('modes.after') };
    },
  };
}

/** What stays in the scrollback: all that was shown outside the alternate screen. */
export function keptOf(shown: string): string {
  return shown
    .split(ENTER_SCREEN)
    .map((piece, i) => (i === 0 ? piece : piece.includes(LEAVE_SCREEN) ? piece.slice(piece.indexOf(LEAVE_SCREEN)) : ''))
    .join('');
}
