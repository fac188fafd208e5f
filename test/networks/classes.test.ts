/**
 * The prover by classes against the tracer, on random networks, whole and damaged.
 *
 * A random network stands there several times over, so that there is something to be alike, and then damages make some of
 * it unlike. What is compared are pairs that another pair stands for, and of each class not more than a few. `SEED` and
 * `RUNS` choose the networks, `PAIRS` how many pairs of each.
 */

import assert from 'node:assert/strict';
import test from 'node:test';
import { randomDamage } from '../../lab/tests/random/damages.ts';
import { type Dice, dice } from '../../lab/tests/random/dice.ts';
import { networkText, randomNetwork } from '../../lab/tests/random/network.ts';
import { parseNetwork } from '../../src/description/parse.ts';
import type { Plan, PlannedExpectation } from '../../src/plan/plan.ts';
import { planNetwork } from '../../src/plan/plan-network.ts';
import { stationOf } from '../../src/prove/calling.ts';
import { membersOf, proveByClasses } from '../../src/prove/classes/class-expectations.ts';
import { matrixOfClasses } from '../../src/prove/classes/class-matrix.ts';
import { ClassVerdicts } from '../../src/prove/classes/class-verdicts.ts';
import { classesOf } from '../../src/prove/classes/classes.ts';
import type { MemberPair } from '../../src/prove/classes/pair-groups.ts';
import { verdictsOf } from '../../src/prove/classes/verdict-of.ts';
import { type Claim, type PairResult, proveExpectation, provePair } from '../../src/prove/expectations.ts';
import { cellOfFamilies } from '../../src/prove/matrix/cells.ts';
import { everyoneOf } from '../../src/prove/matrix/group-names.ts';
import { cellKey, cellsByPair, type Matrix, subjectKey } from '../../src/prove/matrix/matrix.ts';
import { type MatrixChange, matrixChanges } from '../../src/prove/matrix/matrix-changes.ts';
import { worldOf } from '../../src/prove/world.ts';
import { mixedUp } from './mixed-up-plan.ts';
import { multiplied } from './multiplied-network.ts';

const RUNS = Number(process.env.RUNS ?? 200);
const FIRST = Number(process.env.SEED ?? 1);
const PAIRS = Number(process.env.PAIRS ?? 60);

const EVERYTHING: Claim = { reaches: true, on: null, over: null };

for (const damages of [0, 1, 2, 4]) {
  test(`classes say of networks with ${damages} damages what the tracer says, for pairs and in the matrix`, () => {
    const seeds = Array.from({ length: Math.ceil(RUNS / 4) }, (_, i) => FIRST + i);
    const counts = seeds.map((seed) => compare(damaged(planOf(seed, 1 + (seed % 4)), damages, seed), seed));
    const pairs = counts.reduce((sum, each) => sum + each.pairs, 0);
    const classes = counts.reduce((sum, each) => sum + each.classes, 0);
    // That every pair is a class of its own would be right, and of no use.
    assert.ok(classes < pairs / 2, `${classes} classes of ${pairs} pairs`);
    if (process.env.RUNS) console.log(`${classes} classes of ${pairs} pairs`);
  });
}

test('classes say of networks with disabled machines what the tracer says', () => {
  let disabled = 0;
  for (let seed = FIRST; seed < FIRST + RUNS / 5; seed++) {
    const plan = planOf(seed, 1 + (seed % 4));
    const devices = plan.devices.map((device, i) => {
      if (device.kind === 'router' || (i * 7 + seed) % 5 > 1) return device;
      disabled++;
      return { ...device, disabled: { value: true, origin: { kind: 'file', place: device.place } } } as const;
    });
    compare(damaged({ ...plan, devices }, seed % 2, seed), seed);
  }
  assert.ok(disabled > 50, `${disabled} machines are disabled`);
});

test('an expectation holds by classes where it holds pair by pair, for as many pairs', () => {
  for (let seed = FIRST; seed < FIRST + RUNS / 10; seed++) {
    const plan = damaged(planOf(seed, 1 + (seed % 2)), seed % 3, seed);
    const world = worldOf(plan);
    const classes = classesOf(world);
    assert.ok(classes);
    const everyone = everyoneOf(plan);
    const some = everyone.filter((_, i) => i % 3 !== seed % 3);
    for (const [from, to, reaches] of [
      [everyone, everyone, true],
      [some, everyone, false],
      [everyone.slice(0, 5), some, true],
    ] as const) {
      const expectation: PlannedExpectation = {
        text: '',
        place: { file: '', line: 1, column: 1, endColumn: 1 },
        from,
        to,
        reaches,
        on: null,
        over: null,
      };
      const pairwise = proveExpectation(world, expectation);
      const byClasses = proveByClasses(classes, expectation, 1_000_000);
      assert.ok(byClasses);
      assert.deepEqual(
        [byClasses.holding, byClasses.pairs, byClasses.unfulfilled, byClasses.pair?.holding],
        [pairwise.holding, pairwise.pairs, pairwise.unfulfilled, pairwise.pair?.holding],
        `SEED=${seed}`,
      );
    }
  }
});

test('a single verdict is the tracer’s, by family and protocol', () => {
  for (let seed = FIRST; seed < FIRST + RUNS / 20; seed++) {
    const plan = damaged(planOf(seed, 2), 2, seed);
    const world = worldOf(plan);
    const verdictOf = verdictsOf(classesOf(world)!);
    const everyone = everyoneOf(plan).filter((subject) => stationOf(world, subject) !== null);
    const { pick } = dice(seed);
    for (let i = 0; i < PAIRS; i++) {
      const [from, to, protocol, family] = [pick(everyone), pick(everyone), pick(PROTOCOLS), pick([4, 6] as const)];
      if (from === to) {
        assert.equal(verdictOf(from, to, family, protocol), null);
        continue;
      }
      const on = protocol === 'ping' ? { protocol } : { protocol, first: 1, last: 65535 };
      const { families } = provePair(world, { reaches: true, on, over: family }, from, to)!;
      const who = `SEED=${seed}: ${subjectKey(from)} → ${subjectKey(to)}, ${protocol} over IPv${family}`;
      assert.equal(verdictOf(from, to, family, protocol), families[0]?.verdict ?? null, who);
    }
  }
});

const PROTOCOLS = ['ping', 'tcp', 'udp'] as const;

test('the changes between two matrices by classes are those between two made pair by pair', () => {
  let compared = 0;
  for (let seed = FIRST; seed < FIRST + RUNS / 10; seed++) {
    const whole = planOf(seed, 1 + (seed % 2));
    const edited = damaged(whole, 1 + (seed % 2), seed);
    const [before, after] = [whole, edited].map((plan) => matrixOfClasses(classesOf(worldOf(plan))!)!) as [
      Matrix,
      Matrix,
    ];
    const changes = matrixChanges(before, after);
    if (changes === null) continue;
    compared++;
    const told = [...changes.gained, ...changes.lost, ...changes.otherwise].flatMap((each) => pairsOf(each, after));
    const [was, is] = [cellsByPair(before), cellsByPair(after)];
    const everyone = after.sources.flatMap(({ subjects }) => subjects);
    const expected = everyone.flatMap((from) =>
      everyone.flatMap((to) => {
        const [old, now] = [was(from, to)?.verdict, is(from, to)?.verdict];
        return old === now ? [] : [`${subjectKey(from)} → ${subjectKey(to)}: ${old} ${now}`];
      }),
    );
    assert.deepEqual(told.sort(), expected.sort(), `SEED=${seed}`);
  }
  assert.ok(compared > 0);
});

function pairsOf({ from, to, before, after, among }: MatrixChange, { apart }: Matrix): string[] {
  return from.flatMap((near) =>
    to.flatMap((far) => {
      const [a, b] = [near, far].map(subjectKey) as [string, string];
      const home = apart!.homes.get(a);
      const isAtHome = home !== undefined && home === apart!.homes.get(b);
      if (a === b || (among === 'home' && !isAtHome) || (among === 'others' && isAtHome)) return [];
      return [`${a} → ${b}: ${before} ${after}`];
    }),
  );
}

function planOf(seed: number, times: number): Plan {
  const { network } = parseNetwork(networkText(multiplied(randomNetwork(seed), times)), 'network.yaml');
  const { plan, diagnostics } = planNetwork(network!);
  assert.ok(plan, `${seed}: ${diagnostics.map(({ message }) => message)}`);
  return plan;
}

function damaged(plan: Plan, times: number, seed: number): Plan {
  let now = plan;
  for (let i = 0; i < times; i++) {
    const chance = dice(seed * 10 + i);
    now = chance.chance(0.4) ? mixedUp(now, chance) : randomDamage(now, chance).plan;
  }
  return now;
}

function compare(plan: Plan, seed: number): { pairs: number; classes: number } {
  const world = worldOf(plan);
  const classes = classesOf(world);
  assert.ok(classes, `SEED=${seed}: no classes`);
  const members = membersOf(classes, everyoneOf(plan));
  const byClass = new Map<string, MemberPair[]>();
  for (const from of members) {
    for (const to of members) {
      if (from === to) continue;
      const key = classes.pairKey(from.station, to.station);
      const known = byClass.get(key);
      if (known === undefined) byClass.set(key, [[from, to]]);
      else known.push([from, to]);
    }
  }
  const verdicts = new ClassVerdicts(classes, EVERYTHING);
  const matrix = matrixOfClasses(classes);
  assert.ok(matrix, `SEED=${seed}: no matrix`);
  const cell = cellsByPair(matrix);
  for (const [first, other] of samples([...byClass.values()], dice(seed))) {
    verdicts.ofMembers(first);
    const [from, to] = other.map(({ subject }) => subject) as [MemberPair[0]['subject'], MemberPair[0]['subject']];
    const traced = provePair(world, EVERYTHING, from, to)!;
    const who = `SEED=${seed} RUNS=1: ${subjectKey(from)} → ${subjectKey(to)}, as ${first.map(({ subject }) => subjectKey(subject)).join(' → ')}`;
    assert.deepEqual(familiesOf(verdicts.ofMembers(other)), familiesOf(traced), who);
    assert.equal(cellKey(cell(from, to)!), cellKey(cellOfFamilies(traced.families)), `${who}, in the matrix`);
  }
  return { pairs: members.length * (members.length - 1), classes: byClass.size };
}

/** From classes of more than one pair: the first, which stands for the class, and another. */
function samples(classes: readonly (readonly MemberPair[])[], { pick }: Dice): (readonly [MemberPair, MemberPair])[] {
  const several = classes.filter(({ length }) => length > 1);
  if (several.length === 0) return [];
  return Array.from({ length: PAIRS }, () => {
    const [first, ...others] = pick(several) as [MemberPair, ...MemberPair[]];
    return [first, pick(others)] as const;
  });
}

function familiesOf({ families }: PairResult): string[] {
  return families.map(({ family, verdict }) => `${family} ${verdict}`);
}
