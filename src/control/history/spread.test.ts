import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { spread } from './spread.ts';

const sum = (shares: readonly { readonly amount: number }[]) => shares.reduce((total, each) => total + each.amount, 0);

describe('an amount between two looks', () => {
  test('is shared by how much of the stretch lies in each step', () => {
    assert.deepEqual(spread(100, 5_000, 15_000, 10_000), [
      { at: 0, amount: 50 },
      { at: 10_000, amount: 50 },
    ]);
  });

  test('lies in one step when both looks do, the end of a step among it', () => {
    assert.deepEqual(spread(7, 1_000, 10_000, 10_000), [{ at: 0, amount: 7 }]);
    assert.deepEqual(spread(7, 9_999, 10_001, 10_000), [
      { at: 0, amount: 4 },
      { at: 10_000, amount: 3 },
    ]);
  });

  test('of nothing has no shares', () => {
    assert.deepEqual(spread(0, 0, 60_000, 10_000), []);
  });

  test('is neither more nor less after it was shared, whatever the stretch', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 45 }),
        fc.integer({ min: 0, max: 2 ** 41 }),
        fc.integer({ min: 1, max: 10 ** 9 }),
        fc.constantFrom(10_000, 60_000, 3_600_000),
        (amount, from, length, stepMs) => {
          const shares = spread(amount, from, from + length, stepMs);
          assert.equal(sum(shares), amount);
          assert.ok(shares.length <= 2_000);
          for (const { at, amount: share } of shares) {
            assert.ok(share > 0 && at % stepMs === 0);
            assert.ok(at + stepMs > from && at < from + length);
          }
        },
      ),
    );
  });
});
