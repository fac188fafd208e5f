import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { spread, stepsBetween } from './spread.ts';

describe('an amount between two looks', () => {
  test('is shared by how much of the stretch lies in each step', () => {
    assert.deepEqual(spread([100, 10], 5_000, 15_000, 10_000), [
      { at: 0, amounts: [50, 5] },
      { at: 10_000, amounts: [50, 5] },
    ]);
  });

  test('lies in one step when both looks do, the end of a step among it', () => {
    assert.deepEqual(spread([7], 1_000, 10_000, 10_000), [{ at: 0, amounts: [7] }]);
    assert.deepEqual(spread([7], 9_999, 10_001, 10_000), [
      { at: 0, amounts: [4] },
      { at: 10_000, amounts: [3] },
    ]);
  });

  test('of nothing has no shares', () => {
    assert.deepEqual(spread([0, 0], 0, 60_000, 10_000), []);
  });

  test('is neither more nor less after it was shared, whatever the stretch', () => {
    const amount = fc.integer({ min: 0, max: 2 ** 45 });
    fc.assert(
      fc.property(
        fc.tuple(amount, amount),
        fc.integer({ min: 0, max: 2 ** 41 }),
        fc.integer({ min: 1, max: 10 ** 7 }),
        fc.constantFrom(10_000, 60_000, 3_600_000),
        (amounts, from, length, stepMs) => {
          const shares = spread(amounts, from, from + length, stepMs);
          for (const [i, amount] of amounts.entries()) {
            assert.equal(
              shares.reduce((total, each) => total + each.amounts[i]!, 0),
              amount,
            );
          }
          assert.ok(shares.length <= stepsBetween(from, from + length, stepMs));
          for (const { at, amounts } of shares) {
            assert.ok(amounts.every((each) => each >= 0) && at % stepMs === 0);
            assert.ok(at + stepMs > from && at < from + length);
          }
        },
      ),
    );
  });
});
