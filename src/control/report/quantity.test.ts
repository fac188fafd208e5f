import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agoText, bytesText, countText, durationText } from './quantity.ts';

test('bytes are in binary units, with three digits at most', () => {
  const said = [0, 1, 1023, 1024, 10_137, 10_240, 1024 ** 2 - 1, 1024 ** 2, 5.5 * 1024 ** 3, 2 ** 60].map(bytesText);
  assert.deepEqual(said, [
    '0 B',
    '1 B',
    '1023 B',
    '1.0 KiB',
    '9.9 KiB',
    '10 KiB',
    '1.0 MiB',
    '1.0 MiB',
    '5.5 GiB',
    '1024 PiB',
  ]);
});

test('counts have their digits in threes', () => {
  assert.deepEqual([0, 999, 1000, 1_234_567].map(countText), ['0', '999', '1,000', '1,234,567']);
});

test('durations are said in the units that people use', () => {
  const second = 1000;
  const said = [0, 59.9, 60, 3599, 3600, 3660, 86_399, 86_400, 90_000, 3 * 86_400, 400 * 86_400].map((s) =>
    durationText(s * second),
  );
  assert.deepEqual(said, [
    '0 s',
    '59 s',
    '1 min',
    '59 min',
    '1 h',
    '1 h 1 min',
    '23 h 59 min',
    '1 d',
    '1 d 1 h',
    '3 d',
    '400 d',
  ]);
});

test('the future is now', () => {
  assert.deepEqual([-5_000, 999, 1000, 12_345].map(agoText), ['now', 'now', '1 s ago', '12 s ago']);
});
