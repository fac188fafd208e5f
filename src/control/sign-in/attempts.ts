/**
 * How often somebody may try to sign in: guessing is slow, and nobody can lock anybody out by guessing.
 *
 * Attempts of browsers that a person has signed in with before are counted for that browser alone; all others are
 * counted for their address and, together, for the person they try. So an attack on a person slows down strange
 * browsers only, and a link from the terminal always signs in. (OWASP calls it device cookies.)
 */

import { parseAddress } from '../../net/address.ts';
import { formatPrefix, prefixOf } from '../../net/prefix.ts';

/** Attempts at once, and how long until there is another. */
const BURST = 10;
const REFILL_MS = 30_000;
/** Counters kept: the ones that were quiet for longest go first. */
const MOST_COUNTERS = 10_000;

interface Counter {
  readonly left: number;
  readonly at: number;
}

export interface Attempt {
  /** Null where the connection has none. */
  readonly address: string | null;
  /** Whom they say they are; null for a link. */
  readonly name: string | null;
  /** A browser that this person has signed in with. */
  readonly browser: string | null;
}

export class Attempts {
  readonly #now: () => number;
  readonly #counters = new Map<string, Counter>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts an attempt. Null: go on. Else in how many milliseconds it may be tried again; nothing was counted then. */
  take(attempt: Attempt): number | null {
    const keys = keysOf(attempt);
    const now = this.#now();
    const waits = keys.map((key) => this.#waitOf(key, now));
    const longest = Math.max(...waits);
    if (longest > 0) return longest;
    for (const key of keys) this.#set(key, { left: this.#leftOf(key, now) - 1, at: now });
    return null;
  }

  /** An attempt that was right does not count. */
  succeeded(attempt: Attempt): void {
    const now = this.#now();
    for (const key of keysOf(attempt)) this.#set(key, { left: this.#leftOf(key, now) + 1, at: now });
  }

  #waitOf(key: string, now: number): number {
    const left = this.#leftOf(key, now);
    return left >= 1 ? 0 : Math.ceil((1 - left) * REFILL_MS);
  }

  #leftOf(key: string, now: number): number {
    const counter = this.#counters.get(key);
    if (counter === undefined) return BURST;
    return Math.min(BURST, counter.left + Math.max(0, now - counter.at) / REFILL_MS);
  }

  #set(key: string, counter: Counter): void {
    this.#counters.delete(key);
    this.#counters.set(key, counter);
    if (this.#counters.size > MOST_COUNTERS) this.#counters.delete(this.#counters.keys().next().value!);
  }
}

function keysOf({ address, name, browser }: Attempt): string[] {
  if (browser !== null) return [`browser ${browser}`];
  return [`from ${networkOf(address)}`, ...(name === null ? [] : [`as ${name}`])];
}

/** Who has an IPv6 address has 2^64 of them. */
function networkOf(text: string | null): string {
  const address = text === null ? null : parseAddress(text.replace(/^::ffff:/, ''));
  if (address === null || address === undefined) return '?';
  return address.family === 4 ? text! : formatPrefix(prefixOf(address, 64));
}
