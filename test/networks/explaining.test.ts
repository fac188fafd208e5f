/**
 * What must hold for every network that is explained: who does not reach somebody is told the cause, a line of the file and a
 * cure; the matrix says of a pair what its explanation says.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseNetwork } from '../../src/description/parse.ts';
import { planNetwork } from '../../src/plan/plan-network.ts';
import { stationOf } from '../../src/prove/calling.ts';
import { type Explanation, explain } from '../../src/prove/explain/explanation.ts';
import { inquire } from '../../src/prove/explain/inquiry.ts';
import { subjectName } from '../../src/prove/explain/names.ts';
import { everyoneOf } from '../../src/prove/matrix/group-names.ts';
import { cellsByPair } from '../../src/prove/matrix/matrix.ts';
import { reachability } from '../../src/prove/matrix/reachability.ts';
import { worldOf } from '../../src/prove/world.ts';
import { networkModel, networkText } from './random-network.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

test('every pair of a random network is explained, and as the matrix has it', () => {
  let failing = 0;
  fc.assert(
    fc.property(networkModel, (model) => {
      const text = networkText(model);
      const { network } = parseNetwork(text, 'n.yaml');
      const { plan } = planNetwork(network!);
      assert.ok(plan);
      const world = worldOf(plan);
      const matrix = reachability(world);
      assert.ok(matrix);
      const cell = cellsByPair(matrix);
      const subjects = everyoneOf(plan).filter((subject) => stationOf(world, subject) !== null);
      for (const from of subjects) {
        for (const to of subjects) {
          if (from === to) continue;
          const inquiry = inquire(world, stationOf(world, from)!, stationOf(world, to)!, { on: null, over: null });
          const who = `${subjectName(from)} to ${subjectName(to)}\n${text}`;
          assert.equal(inquiry.verdict, cell(from, to)?.verdict ?? null, who);
          for (const { flow, verdict } of inquiry.families) {
            const explanation = explain(world, flow);
            assertWords(explanation, who);
            if (verdict === 'works') continue;
            failing++;
            assertTold(explanation, text, who);
          }
        }
      }
    }),
    { numRuns: Number(process.env.RUNS ?? 60) },
  );
  assert.ok(failing > 100, 'random networks have something to explain');
});

/** Cause, a place that is in the file, and a cure. */
function assertTold({ cause, verdict }: Explanation, text: string, who: string): void {
  assert.ok(cause, who);
  assert.notEqual(verdict, 'works', who);
  const place = cause.fact?.origin.places[0];
  assert.ok(place, `no fact: ${cause.sentence}\n${who}`);
  assert.ok(place.line <= text.split('\n').length, who);
  assert.ok(cause.cures.length > 0, `no cure: ${cause.sentence}\n${who}`);
}

/** Every hop and step says something, and nothing that is not words. */
function assertWords(explanation: Explanation, who: string): void {
  const words = explanation.packets.flatMap(({ hops }) =>
    hops.flatMap((hop) => [hop.words, ...hop.steps.map((step) => step.words)]),
  );
  const { cause, notes } = explanation;
  const all = [...words, ...notes, ...(cause ? [cause.sentence, ...cause.cures.map(({ text }) => text)] : [])];
  assert.ok(words.length > 0, who);
  for (const each of all) assert.doesNotMatch(each, /^$|undefined|null|\[object|NaN/, who);
}
