import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ERRORS_BURST,
  ERRORS_PER_SECOND,
  IcmpBudget,
  PEER_ERRORS_BURST,
  PEER_ERRORS_PER_SECOND,
} from './icmp-budget.ts';

test('one peer gets its burst, then its rate', () => {
  const budget = new IcmpBudget();
  let taken = 0;
  for (let now = 0; now < 10_000; now++) if (budget.take(3, now)) taken++;
  assert.ok(Math.abs(taken - (PEER_ERRORS_BURST + 10 * PEER_ERRORS_PER_SECOND)) <= 1, `${taken}`);
});

test('all peers together get the burst, then the rate, however many they are', () => {
  const budget = new IcmpBudget();
  let atOnce = 0;
  for (let peer = 0; peer < 2_000; peer++) if (budget.take(peer, 5)) atOnce++;
  assert.equal(atOnce, ERRORS_BURST);
  let later = 0;
  for (let now = 6; now < 1_006; now++)
    for (let i = 0; i < 3; i++) if (budget.take((now * 3 + i) % 2_000, now)) later++;
  assert.ok(Math.abs(later - ERRORS_PER_SECOND) <= ERRORS_BURST, `${later}`);
});

test('a peer that is out of tokens takes none from the others', () => {
  const budget = new IcmpBudget();
  for (let i = 0; i < 1_000; i++) budget.take(0, 1);
  assert.equal(budget.take(1, 1), true);
});
