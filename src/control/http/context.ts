/**
 * What routes work with: the files of the network, what is observed, the history, who may sign in.
 */

import { lstatSync } from 'node:fs';
import type { Status } from '../../relay/messages.ts';
import type { Examiner } from '../doctor/examiner.ts';
import type { NewChange } from '../history/changes.ts';
import type { History } from '../history/history.ts';
import { type LoadedPlan, loadPlan } from '../load-plan.ts';
import type { NetworkPaths } from '../paths.ts';
import type { Prover } from '../proving/prover.ts';
import type { Accounts } from '../sign-in/accounts.ts';
import type { Attempts } from '../sign-in/attempts.ts';
import type { Challenges } from '../sign-in/passkey.ts';
import type { HandOvers } from './hand-overs.ts';
import type { KeptKeys } from './kept-keys.ts';

/** The relay as it was looked at last. */
export interface Observed {
  /** Null while no relay runs. */
  readonly status: Status | null;
  /** ms since 1970; null before the first look. */
  readonly at: number | null;
}

export interface ApiContext {
  readonly paths: NetworkPaths;
  readonly accounts: Accounts;
  readonly attempts: Attempts;
  readonly challenges: Challenges;
  /** Null when it cannot be used; everything else goes on. */
  readonly history: History | null;
  readonly handOvers: HandOvers;
  readonly keptKeys: KeptKeys;
  readonly prover: Prover;
  readonly examiner: Examiner;
  /** Where other devices can open the page; null when it is only here. */
  readonly publicOrigin: string | null;
  readonly now: () => number;
  readonly observed: () => Observed;
  readonly network: () => Promise<LoadedPlan>;
  /** Remembers a change of the file that the API made; its id, or null without a history. */
  readonly changed: (change: Omit<NewChange, 'before' | 'after'>, before: string, after: string) => number | null;
}

/** The plan of the network file, made anew only when one of the files it comes from is another. */
export class PlanCache {
  readonly #paths: NetworkPaths;
  #known: { readonly signature: string; readonly loaded: Promise<LoadedPlan> } | null = null;

  constructor(paths: NetworkPaths) {
    this.#paths = paths;
  }

  load(): Promise<LoadedPlan> {
    const { file, handedOut, keys } = this.#paths;
    const signature = [file, handedOut, keys].map(signatureOf).join();
    if (this.#known?.signature === signature) return this.#known.loaded;
    const loaded = loadPlan(this.#paths, { write: false });
    this.#known = { signature, loaded };
    // What the machine refused may be another time.
    loaded.catch(() => {
      if (this.#known?.loaded === loaded) this.#known = null;
    });
    return loaded;
  }
}

function signatureOf(path: string): string {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? '-' : `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
}
