/**
 * The cases of Linux `selftest/ratelimiter.c` and of wireguard-go's test, on a clock that is a number.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressBytes, parseAddress } from '../../net/address.ts';
import { RATE_BURST, RATE_PER_SECOND } from '../constants.ts';
import { RateLimiter } from './ratelimiter.ts';

const REFILL_MS = 1000 / RATE_PER_SECOND;

/** How long to wait before, and whether the message may pass. */
const STEPS: readonly (readonly [number, boolean])[] = [
  ...Array.from({ length: RATE_BURST }, () => [0, true] as const),
  [0, false],
  [REFILL_MS, true],
  [0, false],
  [2 * REFILL_MS, true],
  [0, true],
  [0, false],
];

const SOURCES = [
  '127.0.0.1',
  '192.168.1.1',
  '72.129.46.120',
  '2001:db8:a0b:12f0::1',
  '3f0e:54a2:f5b4:cd19:a21d:58e1:3746:84c4',
];

test('every source has its own burst of 5 and 20 a second', () => {
  const limiter = new RateLimiter();
  let now = 1000;
  for (const [number, [wait, allowed]] of STEPS.entries()) {
    now += wait;
    for (const source of SOURCES) {
      const address = parseAddress(source)!;
      assert.equal(limiter.allow(address.family, addressBytes(address), now), allowed, `step ${number}: ${source}`);
    }
  }
});

test('the addresses of an IPv6 /64 share one bucket, a neighbouring /64 has its own', () => {
  const limiter = new RateLimiter();
  const bytes = (text: string) => addressBytes(parseAddress(text)!);
  for (let i = 0; i < RATE_BURST; i++) assert.equal(limiter.allow(6, bytes(`2001:db8:0:1::${i + 1}`), 0), true);
  assert.equal(limiter.allow(6, bytes('2001:db8:0:1:ffff::1'), 0), false);
  assert.equal(limiter.allow(6, bytes('2001:db8:0:2::1'), 0), true);
});

test('a full table refuses new sources, keeps the old ones, and empties after a second of silence', () => {
  const limiter = new RateLimiter(100);
  const address = (i: number) => Uint8Array.of(10, 0, i >> 8, i & 255);
  for (let i = 0; i < 100; i++) assert.equal(limiter.allow(4, address(i), 0), true);
  assert.equal(limiter.allow(4, address(100), 0), false);
  assert.equal(limiter.allow(4, address(7), 0), true);
  assert.equal(limiter.size, 100);
  assert.equal(limiter.allow(4, address(100), 1001), true);
  assert.equal(limiter.size, 1);
});
