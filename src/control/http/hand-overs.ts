/**
 * Configurations on their way to another device: sealed by the browser with a key that stands behind the `#` of the
 * link and never comes here. Each answers once, to a POST (previews of links fetch by GET), for a day.
 *
 * In memory alone: after a restart of control a link is made again.
 */

import { newSecret, secretHash } from '../sign-in/secret.ts';

const KEPT_MS = 24 * 3_600_000;
const MOST = 200;

interface HandOver {
  readonly machine: string;
  readonly sealed: string;
  readonly expiresAt: number;
}

export class HandOvers {
  readonly #now: () => number;
  /** By hash of the id: what is compared is nothing that takes time to guess at. */
  readonly #kept = new Map<string, HandOver>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Keeps `sealed`; what the link names. Null when too many wait already. */
  keep(machine: string, sealed: string): { readonly id: string; readonly expiresAt: number } | null {
    this.#forgetOld();
    if (this.#kept.size >= MOST) return null;
    const id = newSecret();
    const expiresAt = this.#now() + KEPT_MS;
    this.#kept.set(secretHash(id), { machine, sealed, expiresAt });
    return { id, expiresAt };
  }

  /** What was kept, once. */
  take(id: string): HandOver | null {
    this.#forgetOld();
    const hash = secretHash(id);
    const found = this.#kept.get(hash) ?? null;
    this.#kept.delete(hash);
    return found;
  }

  #forgetOld(): void {
    const now = this.#now();
    for (const [hash, { expiresAt }] of this.#kept) if (expiresAt <= now) this.#kept.delete(hash);
  }
}
