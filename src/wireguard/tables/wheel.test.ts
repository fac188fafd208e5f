import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random, seedOfRun } from '../../../test/simulated/random.ts';
import { Wheel } from './wheel.ts';

function fired(wheel: Wheel, now: number): number[] {
  const entries: number[] = [];
  wheel.advance(now, (entry) => entries.push(entry));
  return entries;
}

test('an entry fires in its millisecond, not before, and once', () => {
  const wheel = new Wheel();
  wheel.grow(4);
  wheel.start(1000);
  wheel.arm(0, 1000 + 5000);
  assert.deepEqual(fired(wheel, 5999.9), []);
  assert.deepEqual(fired(wheel, 6000), [0]);
  assert.equal(wheel.isArmed(0), false);
  assert.deepEqual(fired(wheel, 20_000), []);
});

test('a deadline between milliseconds waits for the next one', () => {
  const wheel = new Wheel();
  wheel.grow(1);
  wheel.arm(0, 10.2);
  assert.deepEqual(fired(wheel, 10.9), []);
  assert.deepEqual(fired(wheel, 11), [0]);
});

test('a deadline that moves later fires at the later moment, one that moves sooner at the sooner', () => {
  const wheel = new Wheel();
  wheel.grow(2);
  wheel.arm(0, 100);
  wheel.arm(0, 7000);
  wheel.arm(1, 7000);
  wheel.arm(1, 100);
  assert.deepEqual(fired(wheel, 6999), [1]);
  assert.deepEqual(fired(wheel, 7000), [0]);
});

test('a cancelled entry does not fire, and can be armed again', () => {
  const wheel = new Wheel();
  wheel.grow(1);
  wheel.arm(0, 100);
  wheel.cancel(0);
  assert.deepEqual(fired(wheel, 99), []);
  wheel.arm(0, 500);
  assert.deepEqual(fired(wheel, 499), []);
  assert.deepEqual(fired(wheel, 500), [0]);
  assert.equal(wheel.nextDeadline(), Number.POSITIVE_INFINITY);
});

test('a wheel is a list of deadlines sorted by millisecond', (t) => {
  const random = new Random(seedOfRun(t));
  for (const start of [0, 4095, 2 ** 33]) {
    const wheel = new Wheel();
    const twin = new Map<number, number>();
    wheel.start(start);
    let now = start;
    const size = 200;
    wheel.grow(size);
    for (let i = 0; i < 20_000; i++) {
      const entry = random.below(size);
      const span = random.pick([1, 50, 100, 4096, 5000, 300_000, 20_000_000, 2_000_000_000]);
      if (random.chance(0.2)) {
        wheel.cancel(entry);
        twin.delete(entry);
      } else if (random.chance(0.6)) {
        const deadline = now + 1 + random.below(span);
        wheel.arm(entry, deadline);
        twin.set(entry, deadline);
      } else {
        // Half the time jump where the wheel says, half anywhere.
        const next = wheel.nextDeadline();
        const first = Math.min(...twin.values());
        assert.ok(next <= first, `next deadline ${next} after ${first}`);
        now = random.chance(0.5) && next < now + 1e9 ? Math.max(now, next) : now + random.below(span);
        const due = [...twin].filter(([, deadline]) => deadline <= now);
        const got = fired(wheel, now);
        assert.deepEqual(
          [...got].sort((a, b) => a - b),
          due.map(([one]) => one).sort((a, b) => a - b),
        );
        const moments = got.map((one) => twin.get(one)!);
        assert.deepEqual(
          moments,
          [...moments].sort((a, b) => a - b),
        );
        for (const [one] of due) twin.delete(one);
      }
    }
  }
});

test('what fires may arm itself and others, and wakes are few', () => {
  const wheel = new Wheel();
  wheel.grow(2);
  const log: number[] = [];
  wheel.arm(0, 1000);
  let now = 0;
  let wakes = 0;
  while (now < 3_600_000) {
    now = wheel.nextDeadline();
    wakes++;
    wheel.advance(now, (entry) => {
      log.push(now);
      wheel.arm(entry, now + 25_000);
    });
  }
  assert.equal(log.length, 1 + Math.floor((3_600_000 - 1000) / 25_000));
  assert.ok(wakes < log.length * 5, `${wakes} wakes for ${log.length} firings`);
});
