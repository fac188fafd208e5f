import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { momentAfter } from './acceptance.ts';

const NOW = Date.parse('2026-01-31T12:00:00.900Z');

describe('a stretch of time', () => {
  test('is counted from now, to the second', () => {
    assert.equal(momentAfter('90m', NOW), '2026-01-31T13:30:00Z');
    assert.equal(momentAfter('2h', NOW), '2026-01-31T14:00:00Z');
    assert.equal(momentAfter('1d', NOW), '2026-02-01T12:00:00Z');
    assert.equal(momentAfter('4w', NOW), '2026-02-28T12:00:00Z');
  });

  test('is nothing else than a count and its unit', () => {
    for (const text of ['', '2', 'h', '0h', '-1h', '1.5h', '2H', '2h ', '2026-01-31', 'never', '999999w', '1000000m']) {
      assert.equal(momentAfter(text, NOW), null, text);
    }
  });
});
