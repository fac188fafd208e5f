/**
 * `npm test` after set-up: runs every suite, or those named, and prints a table and the closing line
 * `N passed, N failed` (`, N skipped` where something was).
 *
 * Arguments are suites or test files. With CI set, a skip is a failure: there everything a test needs can be installed.
 */

import { readFileSync } from 'node:fs';
import { type Piece, pieces } from './suites.ts';
import type { Outcome } from './test-outcome.ts';

/** How many pieces of a kind run at once; made for two cores. */
const AT_ONCE = { works: 2, waits: 3 } as const;

process.chdir(`${import.meta.dirname}/..`);
const inCi = process.env.CI !== undefined && process.env.CI !== '' && process.env.CI !== 'false';
process.exitCode = await main(process.argv.slice(2));

async function main(wanted: readonly string[]): Promise<number> {
  const chosen = pieces().filter(
    ({ suite, name }) => wanted.length === 0 || wanted.includes(suite) || wanted.includes(name),
  );
  for (const word of wanted) {
    if (chosen.some(({ suite, name }) => suite === word || name === word)) continue;
    const suites = [...new Set(pieces().map(({ suite }) => suite))];
    console.error(`error[no-such-suite]: Cannot run ${word}: neither a suite (${suites.join(', ')}) nor a test file`);
    return 2;
  }

  const started = performance.now();
  const outcomes = new Map<Piece, Outcome>();
  await Promise.all([...lanes(chosen, 'works', outcomes), ...lanes(chosen, 'waits', outcomes)]);
  return summary(outcomes, performance.now() - started);
}

/** As many lanes as run at once; each takes the next piece of its kind until there is none. */
function lanes(chosen: readonly Piece[], kind: Piece['kind'], outcomes: Map<Piece, Outcome>): Promise<void>[] {
  const waiting = chosen.filter((piece) => piece.kind === kind);
  return Array.from({ length: AT_ONCE[kind] }, async () => {
    for (let piece = waiting.shift(); piece !== undefined; piece = waiting.shift()) {
      const outcome = await piece.run();
      outcomes.set(piece, outcome);
      report(piece, outcome);
    }
  });
}

function report(piece: Piece, { passed, failures, skips, ms }: Outcome): void {
  const parts = [`${passed} passed`];
  if (failures.length > 0) parts.push(`${failures.length} FAILED`);
  if (skips.length > 0) parts.push(`${skips.length} skipped`);
  console.log(`${piece.suite.padEnd(9)} ${piece.name}: ${parts.join(', ')} (${seconds(ms)})`);
  for (const { name, text } of failures) console.log(`\nFAILED ${piece.name}: ${name}\n${indented(text)}\n`);
}

/** Prints the table and the closing line; returns the exit code. */
function summary(outcomes: ReadonlyMap<Piece, Outcome>, ms: number): number {
  const rows = new Map<string, { passed: number; failed: number; skipped: number; ms: number }>();
  const reasons = new Map<string, string[]>();
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const [{ suite, name: piece }, { passed, failures, skips, ms }] of outcomes) {
    const row = rows.get(suite) ?? { passed: 0, failed: 0, skipped: 0, ms: 0 };
    rows.set(suite, row);
    row.passed += passed;
    row.failed += failures.length + (inCi ? skips.length : 0);
    row.skipped += inCi ? 0 : skips.length;
    row.ms += ms;
    for (const { name, reason } of skips) {
      reasons.set(reason, [...(reasons.get(reason) ?? []), `${piece}: ${name}`]);
    }
  }

  console.log(
    `\n${'suite'.padEnd(10)}${'passed'.padStart(7)}${'failed'.padStart(7)}${'skipped'.padStart(8)}${'time'.padStart(9)}`,
  );
  for (const [suite, row] of rows) {
    total.passed += row.passed;
    total.failed += row.failed;
    total.skipped += row.skipped;
    console.log(
      `${suite.padEnd(10)}${String(row.passed).padStart(7)}${String(row.failed).padStart(7)}` +
        `${String(row.skipped).padStart(8)}${seconds(row.ms).padStart(9)}`,
    );
  }
  for (const [reason, names] of reasons) {
    console.log(`\n${inCi ? 'FAILED, since nothing may be skipped here' : 'Skipped'}: ${reason}`);
    for (const name of names) console.log(`  ${name}`);
  }
  if (reasons.size > 0) {
    const packages = readFileSync('scripts/debian-packages.txt', 'utf8').trim().split('\n');
    console.log(`\nOn Debian, what tests need is installed by: sudo apt-get install ${packages.join(' ')}`);
    console.log('The lab suite also needs root: sudo npm test -- lab');
  }
  for (const [{ name: piece }, { failures }] of outcomes) {
    for (const { name } of failures) console.log(`FAILED ${piece}: ${name}`);
  }

  console.log(`\nall suites: ${seconds(ms)}`);
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function indented(text: string): string {
  return text.replace(/^/gm, '    ');
}
