import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatPrefix, type Prefix, parsePrefix, prefixContains } from '../net/prefix.ts';
import { aggregate } from '../net/prefix-set.ts';
import { coverExactly, coverOf } from './allowed-ips.ts';
import { fromFile } from './origin.ts';
import type { Fact } from './plan.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

/** A prefix and its place, by line. */
function fact(text: string, line: number): Fact<Prefix> {
  return { value: parsePrefix(text) as Prefix, origin: fromFile({ file: 'n.yaml', line, column: 1, endColumn: 2 }) };
}

const lines = (facts: readonly Fact<Prefix>[]) =>
  facts.map(({ value, origin }) => {
    const places = origin.kind === 'file' ? [origin] : origin.because;
    return `${formatPrefix(value)} ${places.map((each) => (each.kind === 'file' ? each.place.line : '?')).join('+')}`;
  });

/** Some of 32 neighbouring /24 prefixes, none twice. */
const neighbours = fc
  .uniqueArray(fc.nat(31), { minLength: 1, maxLength: 20 })
  .map((numbers) => numbers.map((number, i) => fact(`10.0.${number}.0/24`, i)));

test('prefixes that fill a larger one become it, because of all of them', () => {
  const facts = [fact('10.0.1.0/24', 2), fact('10.0.0.0/24', 1), fact('10.0.3.0/24', 4)];
  assert.deepEqual(lines(coverExactly(facts)), ['10.0.0.0/23 1+2', '10.0.3.0/24 4']);
});

test('a described prefix keeps its origin, whatever lies in it', () => {
  const facts = [fact('10.0.0.1/32', 1), fact('10.0.0.0/24', 2), fact('10.0.0.2/32', 3)];
  assert.deepEqual(lines(coverExactly(facts)), ['10.0.0.0/24 2']);
});

test('every member is among the reasons of the prefix that contains it, and of no other', () => {
  fc.assert(
    fc.property(neighbours, (facts) => {
      const cover = coverExactly(facts);
      assert.deepEqual(
        cover.map((each) => each.value),
        aggregate(facts.map((each) => each.value)),
      );
      for (const { value, origin } of cover) {
        const members = facts.filter((each) => prefixContains(value, each.value)).map((each) => each.origin);
        assert.deepEqual(new Set(origin.kind === 'file' ? [origin] : origin.because), new Set(members));
      }
    }),
  );
});

test('a cover without some of its parts is the cover of the others', () => {
  fc.assert(
    fc.property(neighbours, fc.array(fc.nat(19)), (facts, indexes) => {
      const holes = [...new Set(indexes.filter((i) => i < facts.length))].map((i) => facts[i]!);
      const rest = facts.filter((each) => !holes.includes(each));
      const sorted = (each: readonly string[]) => each.map((line) => line.split(/[ +]/).sort().join(' '));
      assert.deepEqual(sorted(lines(coverOf(facts).without(holes))), sorted(lines(coverExactly(rest))));
    }),
    { numRuns: 500 },
  );
});

test('what is not touched by a hole is shared, not copied', () => {
  const facts = [fact('10.0.0.0/24', 1), fact('10.0.4.0/24', 2), fact('10.0.8.0/24', 3)];
  const cover = coverOf(facts);
  const without = cover.without([facts[1]!]);
  assert.equal(without[0], cover.facts[0]);
  assert.equal(without[1], cover.facts[2]);
});
