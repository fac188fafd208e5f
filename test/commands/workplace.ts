/**
 * The real command as people run it: a process, in a folder of its own, with pipes for a terminal.
 *
 * Imports nothing of the program but where it begins: what is tested is what comes out.
 */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');

/**
 * Somebody who is not root: a uid that no account of Debian's has. Where the checkout lies in a folder that others may
 * not enter, uid 0 without any capability has to do: modes mean for it what they mean for everybody.
 */
const SOMEBODY = process.getuid?.() === 0 && readsAs(64_999) ? 64_999 : (process.getuid?.() ?? 0);

function readsAs(uid: number): boolean {
  return spawnSync('test', ['-r', MAIN], { uid, gid: uid }).status === 0;
}

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Words in front of the command: a program that runs it. */
  readonly through?: readonly string[];
  /** As a user that is not root and owns nothing but its folder. */
  readonly asSomebody?: boolean;
  readonly input?: string;
  /** A process that has not ended by then is killed, and its signal tells. */
  readonly limitMs?: number;
}

const AS_SOMEBODY =
  process.getuid?.() === 0
    ? [
        'setpriv',
        `--reuid=${SOMEBODY}`,
        `--regid=${SOMEBODY}`,
        '--clear-groups',
        '--bounding-set=-all',
        '--inh-caps=-all',
      ]
    : [];

export class Workplace {
  readonly folder: string;

  constructor(t: TestContext) {
    this.folder = mkdtempSync(join(tmpdir(), 'wg-router-commands-'));
    t.after(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  at(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  read(...names: readonly string[]): string {
    return readFileSync(this.at(...names), 'utf8');
  }

  write(name: string, text: string): void {
    writeFileSync(this.at(name), text);
  }

  list(...names: readonly string[]): string[] {
    return readdirSync(this.at(...names)).sort();
  }

  /** Runs `wg-router ...words` here. */
  run(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const through = [...(options.asSomebody ? AS_SOMEBODY : []), ...(options.through ?? [])];
    const [program, ...args] = [...through, process.execPath, MAIN, ...words];
    return run(program!, args, this.folder, options);
  }

  /** Runs a command that must succeed without a word on the standard error; what it prints. */
  async good(...words: readonly string[]): Promise<string> {
    const ran = await this.run(words);
    assert.equal(ran.code, 0, `wg-router ${words.join(' ')}: ${ran.stderr}`);
    return ran.stdout;
  }

  /** Gives the folder and all that is in it to somebody who is not root. */
  giveAway(): void {
    if (process.getuid?.() === SOMEBODY) return;
    for (const entry of readdirSync(this.folder, { recursive: true, withFileTypes: true })) {
      chownSync(join(entry.parentPath, entry.name), SOMEBODY, SOMEBODY);
    }
    chownSync(this.folder, SOMEBODY, SOMEBODY);
  }
}

export function run(program: string, args: readonly string[], folder: string, options: RunOptions = {}): Promise<Ran> {
  const { WG_ROUTER_FILE: _, NO_COLOR: __, ...inherited } = process.env;
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...inherited, TERM: 'xterm', ...options.environment },
    stdio: 'pipe',
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), options.limitMs ?? 120_000);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => stdout.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => stderr.push(bytes));
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    });
  });
}

/** A message of ours with this code and no trace of the program's inside. */
export function assertFailure(ran: Ran, exit: 1 | 2, code: string): void {
  assert.equal(ran.code, exit, `${ran.stdout}${ran.stderr}`);
  assert.match(ran.stderr, new RegExp(`(error|refused)\\[${code}\\]: Cannot `));
  assertNoTrace(ran);
}

export function assertNoTrace({ stdout, stderr }: Ran): void {
  assert.doesNotMatch(stdout + stderr, /^ {4}at |node:internal|Warning:/m);
}

/** Everything in `text` that could be a key. */
export function keysIn(text: string): string[] {
  return text.match(/(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=(?![A-Za-z0-9+/=])/g) ?? [];
}

/** A small network without mistakes: a router whose key is elsewhere, two machines that are not set up. */
export const NETWORK = `# mine
name: home
inside: [10.66.0.0/24, "fd4c:91b7:2ae0::/64"] # both families
routers:
  cloud:
    endpoint: vpn.example.net:51820
    address: [10.66.0.1, "fd4c:91b7:2ae0::1"]
    public-key: PhT4q6FzWH3wK0mLQGcdP2cDpgwXIVjzoKM7EYvHqS4=
machines:
  phone:
    platform: ios # hers
  laptop: {platform: linux}
`;
