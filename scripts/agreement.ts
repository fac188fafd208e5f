/**
 * The long agreement of proof and packets: many random networks and damaged ones, built and tried, three at a time.
 *
 *   npm run agreement            300 networks from seed 1
 *   npm run agreement -- 50 301  50 networks from seed 301
 *
 * Prints every network on which packets and proof disagree, and ends with 1 when there is one. An hour or two on two
 * cores; `npm test` has the first twenty.
 */

import { spawn } from 'node:child_process';
import { join } from 'node:path';

const FILE = join(import.meta.dirname, '../lab/tests/random-networks-1.long.test.ts');
const AT_ONCE = 3;

const [count = 300, first = 1] = process.argv.slice(2).map(Number);
if (!Number.isInteger(count) || !Number.isInteger(first) || count < 1)
  throw new Error('expected COUNT and FIRST, numbers');

const started = performance.now();
const waiting = Array.from({ length: count }, (_, i) => first + i);
const sums = { networks: 0, agreed: 0, flows: 0, damages: 0 };
await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, work));
const minutes = Math.round((performance.now() - started) / 60_000);
console.log(
  `${sums.networks} networks and ${sums.damages} damages, ${sums.flows} flows tried, ${sums.networks - sums.agreed} networks with disagreements, ${minutes} min`,
);
process.exitCode = sums.agreed === sums.networks ? 0 : 1;

async function work(): Promise<void> {
  for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
    const printed = await outputOf(seed);
    const tried = /(\d+) flows tried, (\d+) damages/.exec(printed);
    sums.networks++;
    sums.flows += Number(tried?.[1] ?? 0);
    sums.damages += Number(tried?.[2] ?? 0);
    if (/^ℹ pass 1$/m.test(printed) || /^# pass 1$/m.test(printed)) sums.agreed++;
    else console.log(`seed ${seed}:\n${printed}`);
    if (sums.networks % 10 === 0) console.error(`${sums.networks} of ${count}`);
  }
}

function outputOf(seed: number): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [FILE], {
      env: { ...process.env, FROM: `${seed}`, RUNS: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    child.on('close', () => resolve(printed));
  });
}
