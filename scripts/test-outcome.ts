/**
 * What running a piece of a suite comes to: counts, failures with all they printed, and reasons for what was skipped.
 *
 * Two pieces exist: a test file (a process of its own, through `node:test`) and a command whose exit code is the
 * answer. Which pieces there are and when they run is left to others.
 */

import { spawn } from 'node:child_process';
import { run } from 'node:test';
import { inspect } from 'node:util';

export interface Outcome {
  readonly passed: number;
  /** One entry a failure: its name and everything that helps. */
  readonly failures: readonly { readonly name: string; readonly text: string }[];
  readonly skips: readonly { readonly name: string; readonly reason: string }[];
  readonly ms: number;
}

/**
 * The outcome of one test file. It is ended after `limitMs`, which is a failure; so is a file that holds no test, and
 * a test marked as to be done.
 */
export async function outcomeOfFile(file: string, limitMs: number): Promise<Outcome> {
  const started = performance.now();
  const failures: { name: string; text: string }[] = [];
  const skips: { name: string; reason: string }[] = [];
  const printed: string[] = [];
  let passed = 0;
  const limit = AbortSignal.timeout(limitMs);

  /** Names of the suites and tests around the one that runs, by depth. */
  const around: string[] = [];
  const stream = run({ files: [file], concurrency: 1, signal: limit });
  for await (const { type, data } of stream) {
    switch (type) {
      case 'test:start':
        around.length = data.nesting;
        around.push(data.name);
        break;
      case 'test:stdout':
      case 'test:stderr':
        printed.push(data.message);
        break;
      case 'test:pass': {
        const name = [...around.slice(0, data.nesting), data.name].join(' > ');
        if (data.skip !== undefined) skips.push({ name, reason: String(data.skip) });
        else if (data.todo !== undefined) failures.push({ name, text: 'marked as to be done' });
        else if (data.name === file) failures.push({ name, text: 'the file holds no test' });
        else if (data.details.type !== 'suite') passed++;
        break;
      }
      case 'test:fail': {
        const error = data.details.error as Error & { failureType?: string };
        if (limit.aborted) break;
        // The test inside, or the suite around, has been counted.
        if (error.failureType === 'subtestsFailed' || error.failureType === 'cancelledByParent') break;
        const name = [...around.slice(0, data.nesting), data.name].join(' > ');
        failures.push({ name, text: textOf(error.cause ?? error) });
        break;
      }
    }
  }
  if (limit.aborted) {
    failures.push({
      name: around.join(' > '),
      text: `the last that began; the file was not done after ${limitMs / 1000} s`,
    });
  }
  const last = failures.at(-1);
  if (last !== undefined && printed.length > 0) last.text += `\n--- printed by ${file}:\n${printed.join('').trimEnd()}`;
  return { passed, failures, skips, ms: performance.now() - started };
}

/** Message and stack; the causes too, where an error has some. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error);
  const stack = (error.stack ?? error.message).replace(/^ +at (.* \()?node:.*\n?/gm, '');
  return error.cause === undefined ? stack : `${stack}\ncause: ${textOf(error.cause)}`;
}

/** The outcome of a command: one test, which fails when the exit code is not 0 and then shows what was printed. */
export async function outcomeOfCommand(name: string, command: string, args: readonly string[]): Promise<Outcome> {
  const started = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const printed: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => printed.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => printed.push(bytes));
  const code = await new Promise<number | string | null>((done) => {
    child.on('error', (error) => done(error.message));
    child.on('close', (exit, signal) => done(exit ?? signal));
  });
  const failures = code === 0 ? [] : [{ name, text: `${Buffer.concat(printed)}exit: ${code}` }];
  return { passed: code === 0 ? 1 : 0, failures, skips: [], ms: performance.now() - started };
}
