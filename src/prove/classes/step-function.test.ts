import assert from 'node:assert/strict';
import test from 'node:test';
import { NOTHING, NOWHERE, Rows, StepBuilder, type StepFunction } from './step-function.ts';

const COUNT = 40;

test('of several runs that hold a point the longest prefix decides, and of one prefix whichever is chosen', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = randomOf(seed);
    const rows = Array.from({ length: random(12) }, () => nested(random));
    const made = new Rows();
    for (const [first, end, length, value] of rows) made.add(first, end, length, value);
    const steps = made.longest(COUNT, (order) => order.at(-1)!);
    for (let point = 0; point < COUNT; point++) {
      const holding = rows.filter(([first, end]) => first <= point && point < end);
      const longest = Math.max(...holding.map(([, , length]) => length));
      const expected = holding.findLast(([, , length]) => length === longest)?.[3] ?? NOTHING;
      assert.equal(steps.at(point), expected, `seed ${seed}, point ${point}`);
    }
  }
});

test('differences, patches and medians are those of every point by itself', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = randomOf(seed);
    const [a, b, c] = [0, 1, 2].map(() => anyOf(random)) as [StepFunction, StepFunction, StepFunction];
    const differing = new Set<number>();
    a.differences(b, COUNT, (first, end) => {
      for (let point = first; point < end; point++) differing.add(point);
    });
    const points = Array.from({ length: COUNT }, (_, point) => point).filter(() => random(4) === 0);
    const patched = a.patched(b, points);
    const median = a.median(b, c, COUNT);
    for (let point = 0; point < COUNT; point++) {
      const [x, y, z] = [a, b, c].map((each) => each.at(point)) as [number, number, number];
      const where = `seed ${seed}, point ${point}`;
      assert.equal(differing.has(point), x !== y, where);
      assert.equal(patched.at(point), points.includes(point) ? y : x, where);
      assert.equal(median.at(point), y === z ? y : x, where);
    }
  }
});

test('nothing holds a point where there are no prefixes', () => {
  assert.equal(new Rows().longest(COUNT, () => 0).at(7), NOTHING);
  assert.ok(NOWHERE.isSame(new Rows().longest(COUNT, () => 0)));
});

/** A run as of a prefix: aligned, and the shorter the longer the prefix is. */
function nested(random: (below: number) => number): readonly [number, number, number, number] {
  const length = random(6);
  const size = 32 >> length;
  const first = random(32 / size) * size;
  return [first, first + size, length, random(5)];
}

function anyOf(random: (below: number) => number): StepFunction {
  const builder = new StepBuilder();
  builder.from(0, random(3));
  for (let point = 1; point < COUNT; point++) if (random(5) === 0) builder.from(point, random(3));
  return builder.done();
}

function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
}
