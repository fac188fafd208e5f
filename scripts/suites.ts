/**
 * The suites of `npm test`, in the order of the summary, and the pieces each consists of.
 *
 * A piece says how it shares the machine: `waits` for those that mostly wait (for protocol timers, in namespaces of
 * their own), `works` for those that keep a core busy. The runner fills the waiting of one kind with the work of the
 * other.
 */

import { globSync } from 'node:fs';
import { type Outcome, outcomeOfCommand, outcomeOfFile } from './test-outcome.ts';

export interface Piece {
  readonly suite: string;
  readonly name: string;
  readonly kind: 'works' | 'waits';
  readonly run: () => Promise<Outcome>;
}

const WORK_LIMIT_MS = 3 * 60_000;
const WAIT_LIMIT_MS = 10 * 60_000;

/** Files of a suite, by path in the checkout; earlier suites take theirs first. */
const FILES: readonly { readonly suite: string; readonly pattern: string; readonly kind: Piece['kind'] }[] = [
  { suite: 'house', pattern: 'test/house/**/*.test.ts', kind: 'works' },
  { suite: 'package', pattern: 'test/package/**/*.test.ts', kind: 'works' },
  { suite: 'lab', pattern: '{lab/**/*,test/networks/real-*}.test.ts', kind: 'waits' },
  { suite: 'commands', pattern: '{src/cli,src/control,test/commands,test/running}/**/*.test.ts', kind: 'works' },
  { suite: 'unit', pattern: '{src,test,bench,scripts,web}/**/*.test.ts', kind: 'works' },
];

/** Every piece there is. Within a kind they stand in the order in which they should start: the long ones first. */
export function pieces(): Piece[] {
  const taken = new Set<string>();
  const found: Piece[] = [
    command('types', 'tsc', ['node_modules/typescript/bin/tsc', '-p', '.']),
    command('types', 'tsc of the page', ['node_modules/typescript/bin/tsc', '-p', 'web']),
    command('lint', 'biome', ['node_modules/@biomejs/biome/bin/biome', 'ci', '--colors=off', '.']),
  ];
  for (const { suite, pattern, kind } of FILES) {
    const files = globSync(pattern).filter((file) => !taken.has(file));
    files.sort((a, b) => Number(isLong(b)) - Number(isLong(a)) || (a < b ? -1 : 1));
    for (const file of files) {
      taken.add(file);
      const limitMs = kind === 'waits' ? WAIT_LIMIT_MS : WORK_LIMIT_MS;
      found.push({ suite, name: file, kind, run: () => outcomeOfFile(file, limitMs) });
    }
  }
  return found;
}

/** `x.long.test.ts` waits for minutes and starts first. */
function isLong(file: string): boolean {
  return file.endsWith('.long.test.ts');
}

function command(suite: string, name: string, args: readonly string[]): Piece {
  return { suite, name, kind: 'works', run: () => outcomeOfCommand(name, process.execPath, args) };
}
