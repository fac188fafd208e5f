/**
 * The prover by classes against the tracer: the same for every pair, on random networks and on damaged ones.
 *
 * `SEED` and `RUNS` choose the networks; the first without damage, then as often with one, two and three.
 */

import assert from 'node:assert/strict';
import test from 'node:test';
import { randomDamage } from '../../lab/tests/random/damages.ts';
import { dice } from '../../lab/tests/random/dice.ts';
import { networkText, randomNetwork } from '../../lab/tests/random/network.ts';
import { parseNetwork } from '../../src/description/parse.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { planNetwork } from '../../src/plan/plan-network.ts';
import { stationOf } from '../../src/prove/calling.ts';
import { ClassVerdicts } from '../../src/prove/classes/class-verdicts.ts';
import { classesOf } from '../../src/prove/classes/classes.ts';
import { type Claim, provePair } from '../../src/prove/expectations.ts';
import { everyoneOf } from '../../src/prove/matrix/group-names.ts';
import { subjectKey } from '../../src/prove/matrix/matrix.ts';
import { worldOf } from '../../src/prove/world.ts';

const RUNS = Number(process.env.RUNS ?? 200);
const FIRST = Number(process.env.SEED ?? 1);

const CLAIMS: readonly Claim[] = [
  { reaches: true, on: null, over: null },
  { reaches: true, on: { protocol: 'ping', first: 0, last: 0 } as never, over: null },
];

for (const damages of [0, 1, 2, 3]) {
  test(`what classes say of ${RUNS / 4} networks with ${damages} damages is what the tracer says, pair by pair`, () => {
    let pairs = 0;
    let decided = 0;
    for (let seed = FIRST + damages; seed < FIRST + RUNS; seed += 4) {
      let plan = planOf(seed);
      for (let i = 0; i < damages; i++) plan = randomDamage(plan, dice(seed * 10 + i)).plan;
      const counted = compare(plan, `SEED=${seed} RUNS=${damages + 1}`);
      pairs += counted.pairs;
      decided += counted.decided;
    }
    // That every pair is a class of its own would be right, and of no use.
    if (damages === 0) assert.ok(decided < pairs, `${decided} of ${pairs} pairs decided`);
    if (process.env.RUNS) console.log(`${decided} of ${pairs} pairs decided`);
  });
}

function planOf(seed: number): Plan {
  const { network } = parseNetwork(networkText(randomNetwork(seed)), 'network.yaml');
  const { plan, diagnostics } = planNetwork(network!);
  assert.ok(plan, `${seed}: ${diagnostics.map(({ message }) => message)}`);
  return plan;
}

function compare(plan: Plan, replay: string): { pairs: number; decided: number } {
  const world = worldOf(plan);
  const subjects = everyoneOf(plan).filter((subject) => stationOf(world, subject) !== null);
  const classes = classesOf(world);
  assert.ok(classes, `${replay}: no classes`);
  let pairs = 0;
  let decided = 0;
  for (const claim of CLAIMS) {
    const verdicts = new ClassVerdicts(classes, claim);
    for (const from of subjects) {
      for (const to of subjects) {
        if (from === to) continue;
        pairs++;
        const said = verdicts.of(from, to)!.families.map(({ family, verdict }) => `${family} ${verdict}`);
        const traced = provePair(world, claim, from, to)!.families.map(({ family, verdict }) => `${family} ${verdict}`);
        assert.deepEqual(said, traced, `${replay}: ${subjectKey(from)} → ${subjectKey(to)}`);
      }
    }
    decided += verdicts.decided;
  }
  return { pairs, decided };
}
