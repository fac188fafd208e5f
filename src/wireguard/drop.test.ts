import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DROP_REASONS, dropNumber } from './drop.ts';

test('every reason is explained in the reference, in the order of the list, and nothing else is', () => {
  const text = readFileSync(new URL('../../docs/reference/drops.md', import.meta.url), 'utf8');
  const explained = [...text.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, reason]) => reason);
  assert.deepEqual(explained, [...DROP_REASONS]);
});

test('a reason is its place in the list', () => {
  for (const [i, reason] of DROP_REASONS.entries()) assert.equal(dropNumber(reason), i);
});
