import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { agoText, bytesText, countText, durationText, rateText } from './words.ts';

describe('words', () => {
  test('bytes have three digits at most, and go to the next unit before they are rounded to a thousand', () => {
    assert.deepEqual([0, 1, 999, 1_000, 12_345, 999_499, 999_500, 1_250_000, 5e15].map(bytesText), [
      '0 B',
      '1 B',
      '999 B',
      '1.0 kB',
      '12.3 kB',
      '999 kB',
      '1.0 MB',
      '1.3 MB',
      '5.0 PB',
    ]);
  });

  test('rates are bits a second', () => {
    assert.deepEqual([0, 100, 1_000, 125_000, 1_250_000, 125_000_000].map(rateText), [
      '0 bit/s',
      '800 bit/s',
      '8.0 kbit/s',
      '1.0 Mbit/s',
      '10.0 Mbit/s',
      '1.0 Gbit/s',
    ]);
  });

  test('how long ago is one unit, and a clock that is ahead is now', () => {
    const now = Date.parse('2026-01-02T00:00:00Z');
    assert.equal(agoText(null, now), 'never');
    assert.equal(agoText('2026-01-02T00:00:05Z', now), 'now');
    assert.equal(agoText('2026-01-01T23:59:30Z', now), '30 s ago');
    assert.equal(agoText('2026-01-01T20:00:00Z', now), '4 h ago');
    assert.deepEqual([59, 60, 3_600, 172_800].map(durationText), ['59 s', '1 min', '1 h', '2 d']);
  });

  test('one is not many', () => {
    assert.deepEqual(
      [0, 1, 2].map((n) => countText(n, 'machine')),
      ['0 machines', '1 machine', '2 machines'],
    );
  });
});
