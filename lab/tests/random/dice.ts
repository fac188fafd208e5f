/**
 * Chance that a seed decides: the same seed, the same throws (mulberry32).
 */

export type Dice = ReturnType<typeof dice>;

export function dice(seed: number) {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    chance: (likelihood: number) => next() < likelihood,
    pick: <T>(items: readonly T[]): T => items[below(items.length)]!,
    some: <T>(items: readonly T[]): T[] => items.filter(() => next() < 0.5),
  };
}
