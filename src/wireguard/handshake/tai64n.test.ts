import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareTimestamps, nextTimestamp, TIMESTAMP_BYTES, timestampDistanceMs } from './tai64n.ts';

function stamp(wallMs: number, last: Uint8Array = new Uint8Array(TIMESTAMP_BYTES)): Uint8Array {
  const bytes = Uint8Array.from(last);
  nextTimestamp(bytes, wallMs);
  return bytes;
}

test('a timestamp is 2^62, ten seconds and the time since 1970, big-endian, nanoseconds in steps of 2^24', () => {
  assert.equal(Buffer.from(stamp(0)).toString('hex'), '400000000000000a00000000');
  assert.equal(Buffer.from(stamp(1_000_000_000_123)).toString('hex'), '400000003b9aca0a07000000');
  assert.equal(Buffer.from(stamp(2 ** 32 * 1000)).toString('hex'), '400000010000000a00000000');
});

test('moments less than 10 ms apart may look the same, 20 ms apart never do', () => {
  for (let ms = 0; ms < 1000; ms++) {
    const at = 1_700_000_000_000 + ms;
    assert.ok(compareTimestamps(stamp(at + 20), stamp(at)) > 0);
    assert.ok(compareTimestamps(stamp(at + 1), stamp(at)) >= 0);
  }
  assert.equal(compareTimestamps(stamp(123.456_789), stamp(123.466_789)), 0);
});

test('a wall clock that steps back does not lock us out: the next timestamp is later than the last', () => {
  const last = stamp(1_700_000_000_000);
  for (const wall of [1_700_000_000_000, 1_699_999_999_000, 0, -5]) {
    const next = stamp(wall, last);
    assert.ok(compareTimestamps(next, last) > 0);
    assert.ok(timestampDistanceMs(next, last) < 17);
  }
});

test('successive timestamps carry over into the next second', () => {
  let last = stamp(1_700_000_000_990);
  for (let i = 0; i < 200; i++) {
    const next = stamp(1_700_000_000_990, last);
    assert.ok(compareTimestamps(next, last) > 0);
    last = next;
  }
  assert.ok(Math.abs(timestampDistanceMs(last, stamp(1_700_000_000_990)) - (200 / 60) * 1000) < 60);
});
