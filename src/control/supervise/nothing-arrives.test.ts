import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nothingArrives, PATIENCE_MS } from './nothing-arrives.ts';

const facts = { startedAt: 1_000, lastDatagramAt: null, hasReceived: false, handedOutAt: 5_000 };

test('it is said a minute after a machine was handed out, and a minute after the start', () => {
  assert.equal(nothingArrives(facts, 5_000 + PATIENCE_MS - 1), false);
  assert.equal(nothingArrives(facts, 5_000 + PATIENCE_MS), true);
  assert.equal(nothingArrives({ ...facts, startedAt: 9_000 }, 5_000 + PATIENCE_MS), false);
  assert.equal(nothingArrives({ ...facts, startedAt: 9_000 }, 9_000 + PATIENCE_MS), true);
});

test('it is not said when nobody has anything to come with, or when something ever came', () => {
  const late = 1e9;
  assert.equal(nothingArrives({ ...facts, handedOutAt: null }, late), false);
  assert.equal(nothingArrives({ ...facts, lastDatagramAt: 6_000 }, late), false);
  assert.equal(nothingArrives({ ...facts, hasReceived: true }, late), false);
});
