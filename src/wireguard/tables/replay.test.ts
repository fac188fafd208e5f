/**
 * The cases of Linux `selftest/counter.c`, with its limit of 2^64 replaced by ours below 2^53, and a window held
 * against a plain set.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random, seedOfRun } from '../../../test/simulated/random.ts';
import { REJECT_AFTER_MESSAGES, REPLAY_WINDOW_COUNTERS } from '../constants.ts';
import { ReplayWindow } from './replay.ts';

const LIMIT = REPLAY_WINDOW_COUNTERS + 1;

/** Counter and whether it is accepted, in this order on one window. */
const CASES: readonly (readonly [number, boolean])[] = [
  [0, true],
  [1, true],
  [1, false],
  [9, true],
  [8, true],
  [7, true],
  [7, false],
  [LIMIT, true],
  [LIMIT - 1, true],
  [LIMIT - 1, false],
  [LIMIT - 2, true],
  [2, true],
  [2, false],
  [LIMIT + 16, true],
  [3, false],
  [LIMIT + 16, false],
  [LIMIT * 4, true],
  [LIMIT * 4 - (LIMIT - 1), true],
  [10, false],
  [LIMIT * 4 - LIMIT, false],
  [LIMIT * 4 - (LIMIT + 1), false],
  [LIMIT * 4 - (LIMIT - 2), true],
  [LIMIT * 4 + 1 - LIMIT, false],
  [0, false],
  [REJECT_AFTER_MESSAGES, false],
  [REJECT_AFTER_MESSAGES - 1, true],
  [REJECT_AFTER_MESSAGES, false],
  [REJECT_AFTER_MESSAGES - 1, false],
  [REJECT_AFTER_MESSAGES - 2, true],
  [REJECT_AFTER_MESSAGES + 1, false],
  [REJECT_AFTER_MESSAGES + 2, false],
  [REJECT_AFTER_MESSAGES - 2, false],
  [REJECT_AFTER_MESSAGES - 3, true],
  [0, false],
];

test('the window accepts and refuses as the 34 cases of Linux say', () => {
  const window = new ReplayWindow();
  for (const [number, [counter, accepted]] of CASES.entries()) {
    assert.equal(window.accept(counter), accepted, `case ${number + 1}: counter ${counter}`);
  }
});

test('the six sweeps of Linux over the whole window give what they should', () => {
  const size = REPLAY_WINDOW_COUNTERS;
  const up = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const down = (from: number, to: number) => up(to, from).reverse();
  const sweeps: readonly { readonly accepted: number[]; readonly after: readonly (readonly [number, boolean])[] }[] = [
    {
      accepted: up(1, size),
      after: [
        [0, true],
        [0, false],
      ],
    },
    {
      accepted: up(2, size + 1),
      after: [
        [1, true],
        [0, false],
      ],
    },
    { accepted: down(size, 0), after: [] },
    { accepted: down(size + 1, 1), after: [[0, false]] },
    {
      accepted: down(size, 1),
      after: [
        [size + 1, true],
        [0, false],
      ],
    },
    {
      accepted: down(size, 1),
      after: [
        [0, true],
        [size + 1, true],
      ],
    },
  ];
  for (const [number, { accepted, after }] of sweeps.entries()) {
    const window = new ReplayWindow();
    for (const counter of accepted) assert.equal(window.accept(counter), true, `sweep ${number + 1}: ${counter}`);
    for (const [counter, answer] of after)
      assert.equal(window.accept(counter), answer, `sweep ${number + 1}: ${counter}`);
  }
});

test('the first packet after a rekey is not refused by the window, whatever its counter', () => {
  for (const first of [0, 1, 63, 64, 8127, 8128, 8192, 100_000, 2 ** 32, 2 ** 40]) {
    assert.equal(new ReplayWindow().accept(first), true, `first counter ${first}`);
  }
});

test('a window is a set of counters that forgets the old ones', (t) => {
  const random = new Random(seedOfRun(t));
  for (const start of [0, 2 ** 31 - 5000, 2 ** 32 - 5000, 2 ** 45]) {
    const window = new ReplayWindow();
    const seen = new Set<number>();
    let greatest = -1;
    let next = start;
    for (let i = 0; i < 40_000; i++) {
      const jump = random.chance(0.001) ? random.below(20_000) : random.below(4);
      next += jump;
      const counter = Math.max(0, next - (random.chance(0.5) ? 0 : random.below(10_000)));
      const expected = !seen.has(counter) && counter >= greatest - REPLAY_WINDOW_COUNTERS;
      assert.equal(window.accept(counter), expected, `counter ${counter}, greatest ${greatest}`);
      if (expected) seen.add(counter);
      greatest = Math.max(greatest, expected ? counter : -1);
    }
  }
});
