/**
 * Runs a twin from outside: a program of its own inside private namespaces, told what to build and heard over a channel.
 *
 * However it ends (Ctrl-C, SIGTERM, an error, `kill -9` of this process), the kernel ends everything inside with it:
 * nothing of the user's was written, and nothing is left to tidy up.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import type { Plan } from '../../src/plan/plan.ts';
import { type Command, knowAdministratorsCommands, missingOf } from '../commands.ts';
import { firstRefusal, insideCommand, NEEDS } from '../private-namespaces.ts';
import type { Part } from './layout/part.ts';
import type { Observation } from './trials/observation.ts';
import type { Doubt } from './trials/trials.ts';

/** What to build, and what to do with it. */
export interface Job {
  readonly plan: Plan;
  readonly network: string;
  readonly command: readonly string[];
  readonly pathMtus: ReadonlyMap<string, number>;
  readonly part: Part | undefined;
  /** By the keys of trials; `some` where there is none. */
  readonly doubts: ReadonlyMap<string, Doubt>;
  /** Before it is taken down, a shell for whoever sits at the terminal. */
  readonly shell: boolean;
}

/** What is heard from inside. */
export type Said =
  | { readonly type: 'step'; readonly text: string }
  /** Answered with a message when it has been printed. */
  | { readonly type: 'observed'; readonly observations: readonly Observation[] }
  /** Sent last, once the shell has ended. */
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly message: string };

/** Why no twin can be built here. */
export interface Obstacle {
  readonly code: 'twin-commands-missing' | 'twin-not-allowed';
  /** As in "Cannot build the twin: …". */
  readonly reason: string;
  readonly help: readonly string[];
}

/** A checkout runs TypeScript, a published package JavaScript. */
const PROGRAM = `${import.meta.dirname}/inside${extname(import.meta.filename)}`;

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const COMMANDS: readonly Command[] = [
  ...(['ip', 'mount', 'nft', 'nsenter', 'ping', 'setpriv', 'sysctl', 'unshare'] as const),
  ...(['wg', 'wg-quick', 'wireguard-go'] as const),
];

/** What this machine lacks for a twin of `plan`, with a shell if so wished, or refuses; null when it can be built. */
export function obstacleTo(plan: Pick<Plan, 'lans'>, { shell = false } = {}): Obstacle | null {
  knowAdministratorsCommands();
  const announces = plan.lans.some(({ advertise }) => advertise.some(({ value }) => value === 'ra'));
  const more: readonly Command[] = [...(announces ? ['radvd' as const] : []), ...(shell ? ['script' as const] : [])];
  const missing = missingOf([...COMMANDS, ...more]);
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((each) => /package (\S+)\)/.exec(each)![1]!))];
    return {
      code: 'twin-commands-missing',
      reason: `this machine has no ${missing.join(', ')}`,
      help: [`install them: apt-get install ${packages.join(' ')}`],
    };
  }
  const refusal = firstRefusal(NEEDS);
  if (refusal === null) return null;
  const help =
    process.getuid!() === 0
      ? ['run it on a machine of its own, or in a container that may do so (--privileged)']
      : ['run it as root', ...(refusal.help === null ? [] : [`or ${refusal.help}`])];
  return { code: 'twin-not-allowed', reason: refusal.reason, help };
}

/** The twin could not be built, or broke. */
export class TwinFailed extends Error {}

/**
 * Builds the twin and tries every flow; resolves when all has been taken down. `say` hears what begins, `observed` what was
 * seen, before a shell is opened. A signal ends the twin, then this process. Rejects with a `TwinFailed`.
 */
export async function runTwin(
  job: Job,
  say: (step: string) => void,
  observed: (observations: readonly Observation[]) => void,
): Promise<void> {
  const [file, ...args] = insideCommand([process.execPath, '--disable-warning=ExperimentalWarning', PROGRAM]);
  const child = spawn(file!, args, {
    // Standard output is for the answer alone.
    stdio: [job.shell ? 'inherit' : 'ignore', job.shell ? 'inherit' : 2, 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  let end: Extract<Said, { type: 'done' | 'failed' }> | null = null;
  child.on('message', (said: Said) => {
    if (said.type === 'step') say(said.text);
    else if (said.type === 'observed') {
      observed(said.observations);
      child.send('printed');
    } else end = said;
  });
  // What is inside holds the channel, too: when it closes, everything there has ended.
  const ended = Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
  const signals = followSignals(child, ended);
  child.send(job, (error) => {
    if (error !== null) child.kill('SIGKILL');
  });
  await ended;
  signals.release();
  // The signal ends this process in a moment: there is nobody left to tell.
  if (signals.isEnding()) await new Promise(() => {});
  const heard = end as Extract<Said, { type: 'done' | 'failed' }> | null;
  if (heard?.type === 'done') return;
  throw new TwinFailed(heard?.message ?? 'it ended without a word');
}

/** A signal ends what is inside, and then this process as it would have without us. */
function followSignals(child: ChildProcess, ended: Promise<unknown>) {
  let isEnding = false;
  const end = async (signal: NodeJS.Signals) => {
    isEnding = true;
    child.kill('SIGKILL');
    await ended;
    release();
    process.kill(process.pid, signal);
  };
  const release = () => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
  for (const signal of SIGNALS) process.on(signal, end);
  return { release, isEnding: () => isEnding };
}
