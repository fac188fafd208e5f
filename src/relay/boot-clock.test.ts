import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BootClock } from './boot-clock.ts';

test('the clock goes on while awake and has not slept', () => {
  let monotonic = 1_000;
  let boot = 500;
  const clock = new BootClock(
    () => monotonic,
    () => boot,
  );
  assert.equal(clock.now(), 1_000);
  for (let i = 0; i < 1_000; i++) {
    monotonic += 1_000;
    // /proc/uptime has hundredths.
    boot = 500 + Math.floor((monotonic - 1_000) / 10) / 100;
    assert.equal(clock.hasSlept(), false);
  }
  assert.equal(clock.now(), 1_001_000);
});

test('time asleep is noticed once, and counted', () => {
  let monotonic = 1_000;
  let boot = 500;
  const clock = new BootClock(
    () => monotonic,
    () => boot,
  );
  monotonic += 1_000;
  boot += 3_601;
  assert.equal(clock.now(), 2_000, 'until it looks');
  assert.equal(clock.hasSlept(), true);
  assert.equal(clock.now(), 3_602_000);
  assert.equal(clock.hasSlept(), false);
  monotonic += 1_000;
  boot += 1;
  assert.equal(clock.hasSlept(), false);
  assert.equal(clock.now(), 3_603_000);
});

test("the machine's own clocks agree", () => {
  const clock = new BootClock();
  const before = clock.now();
  assert.equal(clock.hasSlept(), false);
  assert.ok(clock.now() >= before);
});
