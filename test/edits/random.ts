/**
 * Random choices from one number, so that a failing file is made again from its seed.
 */

export interface Random {
  /** A whole number from 0 up to `below`, which it never is. */
  below(below: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Some of the items, in their order. */
  some<T>(items: readonly T[], probability: number): T[];
}

/** Mulberry32: 32 bits of state, good enough to choose styles. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const chance = (probability: number) => next() < probability;
  return {
    below: (below) => Math.floor(next() * below),
    chance,
    pick: (items) => items[Math.floor(next() * items.length)]!,
    some: (items, probability) => items.filter(() => chance(probability)),
  };
}
