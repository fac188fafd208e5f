/**
 * Commands: run to their end, or left running with what they print kept at hand.
 *
 * Arguments are arrays, never a shell's text.
 */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

/** What a command that ran to its end has printed; both streams, for messages that go to either. */
export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The outcome of a command, whatever its exit code. */
export function outcome(command: readonly string[], input?: string): Promise<Printed> {
  return new Promise((resolve, reject) => {
    const [file, ...args] = command;
    const child = execFile(file!, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code === 'string') reject(error);
      else resolve({ code: error === null ? 0 : ((error.code as number | undefined) ?? 1), stdout, stderr });
    });
    child.stdin!.on('error', () => {});
    child.stdin!.end(input ?? '');
  });
}

/** What a command prints on standard output. Throws with all it printed when its exit code is not 0. */
export async function run(command: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await outcome(command, input);
  if (code !== 0) throw new Error(`${command.join(' ')}\nexit ${code}\n${stdout}${stderr}`);
  return stdout;
}

/** A command left running. */
export class Running {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #name: string;
  #printed = '';

  constructor(command: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    const [file, ...args] = command;
    this.#name = command.join(' ');
    this.#child = spawn(file!, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#printed += text;
      });
    }
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', () => resolve());
      this.#child.on('close', () => resolve());
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Everything printed so far, both streams as they came. */
  get printed(): string {
    return this.#printed;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The first match of `pattern` in what is printed. Throws after `limitMs`, or when the command ends without it. */
  async prints(pattern: RegExp, limitMs = 10_000): Promise<RegExpExecArray> {
    const deadline = performance.now() + limitMs;
    for (;;) {
      const hadEnded = this.hasEnded;
      const match = pattern.exec(this.#printed);
      if (match !== null) return match;
      if (hadEnded || performance.now() > deadline) {
        throw new Error(`${this.#name} did not print ${pattern}, but:\n${this.#printed}`);
      }
      await pause(20);
    }
  }

  /** Sends `signal` and waits for the end; returns everything printed. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<string> {
    if (!this.hasEnded) this.#child.kill(signal);
    await this.#ended;
    return this.#printed;
  }

  /** Waits for the end that comes by itself. */
  async ends(): Promise<string> {
    await this.#ended;
    return this.#printed;
  }
}

/** Asks `holds` every 50 ms until it says true; throws with `what` after `limitMs`. Returns how long it took. */
export async function until(what: string, limitMs: number, holds: () => boolean | Promise<boolean>): Promise<number> {
  const started = performance.now();
  for (;;) {
    if (await holds()) return performance.now() - started;
    if (performance.now() - started > limitMs) throw new Error(`not within ${limitMs / 1000} s: ${what}`);
    await pause(50);
  }
}
