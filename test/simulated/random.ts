/**
 * Randomness that replays: a generator from a seed, and the seed itself, printed by whoever asks for it.
 */

import { randomInt } from 'node:crypto';
import { PrivateKey } from '../../src/wireguard/crypto/x25519.ts';
import type { Entropy } from '../../src/wireguard/entropy.ts';

/** The seed of a test run: `SEED=` from the environment, or a fresh one. Printed, so that a failure can be replayed. */
export function seedOfRun(test: { diagnostic(message: string): void }): number {
  const seed = process.env.SEED === undefined ? randomInt(2 ** 31) : Number(process.env.SEED);
  test.diagnostic(`SEED=${seed}`);
  return seed;
}

/** Mulberry32: good enough to shuffle packets with, and useless for keys that matter. */
export class Random implements Entropy {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  u32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** An integer in [0, limit). */
  below(limit: number): number {
    return this.u32() % limit;
  }

  /** A number in [from, to). */
  between(from: number, to: number): number {
    return from + (this.u32() / 2 ** 32) * (to - from);
  }

  chance(probability: number): boolean {
    return this.u32() / 2 ** 32 < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.u32() & 255);
  }

  keyPair(): { privateKey: PrivateKey; publicKey: Uint8Array } {
    const privateKey = PrivateKey.from(this.bytes(32));
    return { privateKey, publicKey: privateKey.publicKey };
  }
}
