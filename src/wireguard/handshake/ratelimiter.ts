/**
 * How many handshake messages a source may send while the device is under load: a token bucket per IPv4 address or
 * IPv6 /64, the grouping of Linux (wireguard-go counts single IPv6 addresses, of which a host has 2^64).
 *
 * Asked only after mac2 was right, so an entry is somebody who receives at that address. The table is bounded; while it
 * is full, new sources are refused. Sources silent for a second are forgotten: their bucket would be full again.
 */

import { RATE_BURST, RATE_IDLE_MS, RATE_PER_SECOND, RATE_SOURCES } from '../constants.ts';

/** What one message costs, in milliseconds of refilling. */
const COST_MS = 1000 / RATE_PER_SECOND;
const FULL_MS = COST_MS * RATE_BURST;

interface Bucket {
  /** Tokens as milliseconds of refilling, at `at`. */
  tokensMs: number;
  at: number;
}

export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>();
  readonly #capacity: number;
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(capacity: number = RATE_SOURCES) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Whether the source with these 4 or 16 address bytes (any that follow are not looked at) may send one more. */
  allow(family: 4 | 6, address: Uint8Array, now: number): boolean {
    this.#sweep(now);
    const key = String.fromCharCode(...address.subarray(0, family === 4 ? 4 : 8));
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      if (this.#buckets.size >= this.#capacity) return false;
      this.#buckets.set(key, { tokensMs: FULL_MS - COST_MS, at: now });
      return true;
    }
    bucket.tokensMs = Math.min(FULL_MS, bucket.tokensMs + now - bucket.at);
    bucket.at = now;
    if (bucket.tokensMs < COST_MS) return false;
    bucket.tokensMs -= COST_MS;
    return true;
  }

  #sweep(now: number): void {
    if (now - this.#sweptAt < RATE_IDLE_MS) return;
    this.#sweptAt = now;
    for (const [key, bucket] of this.#buckets) if (now - bucket.at > RATE_IDLE_MS) this.#buckets.delete(key);
  }
}
