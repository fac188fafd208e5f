/**
 * Keys of machines that were removed over the API, in memory alone, so that the removal can be undone: on disk they
 * are gone at once. A machine whose keys are no longer here comes back without, and needs a new configuration.
 */

import type { HandedOut } from '../handed-out.ts';

const KEPT_MS = 24 * 3_600_000;
const MOST = 100;

export interface KeptMachine {
  readonly privateKey: Uint8Array | null;
  readonly presharedKey: Uint8Array | null;
  readonly handedOut: HandedOut | null;
}

export class KeptKeys {
  readonly #now: () => number;
  readonly #kept = new Map<number, { readonly name: string; readonly machine: KeptMachine; readonly until: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Keeps what belonged to `name` until the change with this id is undone, or a day has passed. */
  keep(change: number, name: string, machine: KeptMachine): void {
    this.#forgetOld();
    this.#kept.set(change, { name, machine, until: this.#now() + KEPT_MS });
    if (this.#kept.size > MOST) this.#forget(this.#kept.keys().next().value!);
  }

  /** What was kept for the change, once. */
  take(change: number): { readonly name: string; readonly machine: KeptMachine } | null {
    this.#forgetOld();
    const kept = this.#kept.get(change) ?? null;
    this.#kept.delete(change);
    return kept;
  }

  #forgetOld(): void {
    const now = this.#now();
    for (const [change, { until }] of this.#kept) if (until <= now) this.#forget(change);
  }

  #forget(change: number): void {
    const machine = this.#kept.get(change)?.machine;
    machine?.privateKey?.fill(0);
    machine?.presharedKey?.fill(0);
    this.#kept.delete(change);
  }
}
