/**
 * The doctor's score does not get worse: what was found stays found, and networks without a mistake stay silent.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { DOCUMENT, scores, withScore } from './score.ts';

/** Runs in which the right cause is not the first yet, with the reason in `docs/doctor.md`. */
const MISSES: readonly string[] = ['case-06 survey.yaml', 'case-27 survey.yaml'];

describe('the score', () => {
  const all = scores();

  test('has no misses but the ones that are explained', () => {
    const missed = all.filter(({ isHit }) => !isHit).map(({ name, facts }) => `${name} ${facts}`);
    assert.deepEqual(missed, MISSES);
  });

  test('finds the right cause first wherever the facts it follows from are given', () => {
    const missed = all.filter(({ isGiven, isHit }) => isGiven && !isHit).map(({ name }) => name);
    assert.deepEqual(missed, []);
  });

  test('proves and suspects nothing in networks without a mistake', () => {
    const healthy = all.filter(({ expected }) => expected.cause === null);
    assert.equal(healthy.length, 5);
    for (const { name, found } of healthy) assert.equal(found, null, name);
  });

  test('is what docs/doctor.md says', () => {
    const document = readFileSync(DOCUMENT, 'utf8');
    assert.equal(withScore(document, all), document, 'npm run score writes it');
  });
});
