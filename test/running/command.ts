/**
 * For tests: the command line as a process, run as people run it.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, lstatSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { TestContext } from 'node:test';

const CHECKOUT = resolve(import.meta.dirname, '../..');

export interface Program {
  readonly node: string;
  readonly entry: string;
}

export const OWN_PROGRAM: Program = { node: process.execPath, entry: join(CHECKOUT, 'src/cli/main.ts') };

export interface CommandOptions {
  readonly cwd: string;
  readonly uid?: number;
  readonly program?: Program;
  readonly env?: NodeJS.ProcessEnv;
}

export class Command {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly ended: Promise<number | NodeJS.Signals | null>;

  /** Starts `wg-router` with `args`; killed after the test if it is still there. */
  constructor(t: TestContext, args: readonly string[], { cwd, uid, program = OWN_PROGRAM, env }: CommandOptions) {
    this.child = spawn(program.node, [program.entry, ...args], {
      cwd,
      uid,
      gid: uid,
      env: { PATH: process.env.PATH, HOME: cwd, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout!.on('data', (text) => {
      this.stdout += text;
    });
    this.child.stderr!.on('data', (text) => {
      this.stderr += text;
    });
    this.ended = new Promise((done) => {
      this.child.once('close', (code, signal) => done(code ?? signal));
      this.child.once('error', ({ message }) => {
        this.stderr += message;
        done(null);
      });
    });
    t.after(() => this.child.kill('SIGKILL'));
  }

  /** Waits until standard output and error together match, for 15 s at most; what matched. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (let i = 0; i < 750; i++) {
      const match = pattern.exec(this.stdout + this.stderr);
      if (match !== null) return match;
      await new Promise((done) => setTimeout(done, 20));
    }
    throw new Error(`it did not say ${pattern}, but:\n${this.stdout}${this.stderr}`);
  }
}

/** Runs a command to its end. */
export async function run(t: TestContext, args: readonly string[], options: CommandOptions) {
  const command = new Command(t, args, options);
  const code = await command.ended;
  return { code, stdout: command.stdout, stderr: command.stderr };
}

/** The program where every user can run it: this checkout, or a copy where others may not enter it. */
export function programForEverybody(t: TestContext): Program {
  if (mayOthersEnter(CHECKOUT) && mayOthersEnter(dirname(process.execPath))) return OWN_PROGRAM;
  const folder = mkdtempSync(join(tmpdir(), 'wgr-program-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const copied = ['package.json', 'src', ...['zod', 'yaml', 'qr', 'commander'].map((name) => `node_modules/${name}`)];
  for (const path of copied)
    if (existsSync(join(CHECKOUT, path))) cpSync(join(CHECKOUT, path), join(folder, path), { recursive: true });
  const node = join(folder, basename(process.execPath));
  cpSync(process.execPath, node);
  openToOthers(folder);
  return { node, entry: join(folder, 'src/cli/main.ts') };
}

function mayOthersEnter(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o005) !== 0o005) return false;
    if (at === dirname(at)) return true;
  }
}

function openToOthers(folder: string): void {
  chmodSync(folder, 0o755);
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const full = join(folder, path);
    if (!lstatSync(full).isSymbolicLink())
      chmodSync(full, statSync(full).mode | (statSync(full).isDirectory() ? 0o055 : 0o044));
  }
}
