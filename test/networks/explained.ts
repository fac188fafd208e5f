/**
 * A network as `check` and `explain` show it: who reaches whom, one pair that works, and every way in which pairs do not.
 */

import { explainText } from '../../src/cli/proof/explain-text.ts';
import { matrixText } from '../../src/cli/proof/matrix-text.ts';
import { paintWith } from '../../src/cli/terminal/paint.ts';
import type { Plan, Subject } from '../../src/plan/plan.ts';
import { stationOf } from '../../src/prove/calling.ts';
import { explain } from '../../src/prove/explain/explanation.ts';
import { inquire } from '../../src/prove/explain/inquiry.ts';
import { subjectName } from '../../src/prove/explain/names.ts';
import { telling } from '../../src/prove/flow.ts';
import type { Matrix } from '../../src/prove/matrix/matrix.ts';
import { reachability } from '../../src/prove/matrix/reachability.ts';
import { type World, worldOf } from '../../src/prove/world.ts';

const LOOK = { paint: paintWith(false), columns: 80 };
const EVERYTHING = { on: null, over: null };

/** `text` is the network file that `plan` is of. */
export function explainedText(plan: Plan, text: string): string {
  const world = worldOf(plan);
  const matrix = reachability(world);
  if (matrix === null || matrix.sources.length === 0) return '';
  const shown = [...workingPair(matrix), ...failingPairs(world, matrix)];
  return [matrixText(world, matrix, LOOK), ...shown.map(([from, to]) => pairText(world, from, to, text))].join('\n');
}

type Pair = readonly [from: Subject, to: Subject];

function* groupPairs({ sources, destinations, cells }: Matrix): Generator<Pair & { readonly verdict?: string | null }> {
  for (const [row, from] of sources.entries()) {
    for (const [column, to] of destinations.entries()) {
      const cell = cells[row]![column] ?? null;
      const far = to.subjects.find((each) => each !== from.subjects[0]);
      if (cell === null || far === undefined) continue;
      yield Object.assign([from.subjects[0]!, far] as const, { verdict: cell.verdict });
    }
  }
}

/** From a machine to a host where there is one: the longest way. */
function workingPair(matrix: Matrix): Pair[] {
  const working = [...groupPairs(matrix)].filter(({ verdict }) => verdict === 'works');
  const long = working.find(([from, to]) => from.kind === 'machine' && (to.kind === 'host' || to.kind === 'unnamed'));
  return [long ?? working[0]].filter((pair) => pair !== undefined);
}

/** The first pair for each station, direction and way in which a packet ends. */
function failingPairs(world: World, matrix: Matrix): Pair[] {
  const found = new Map<string, Pair>();
  for (const pair of groupPairs(matrix)) {
    if (pair.verdict === 'works') continue;
    const [from, to] = pair;
    for (const { flow } of inquire(world, stationOf(world, from)!, stationOf(world, to)!, EVERYTHING).families) {
      const { reason } = telling(flow);
      if (reason === null) continue;
      const { disposition, hop, packet } = reason;
      const key = [flow.verdict, disposition, hop.station.kind, hop.station.lan === null, packet.kind].join();
      if (!found.has(key)) found.set(key, pair);
    }
  }
  return [...new Set(found.values())];
}

function pairText(world: World, from: Subject, to: Subject, text: string): string {
  const inquiry = inquire(world, stationOf(world, from)!, stationOf(world, to)!, EVERYTHING);
  const explanations = inquiry.families.map(({ flow }) => explain(world, flow));
  const more = { tried: 1, pairs: 1, means: EVERYTHING, text, colour: false };
  return `\n── ${subjectName(from)} to ${subjectName(to)} ──\n${explainText(inquiry, explanations, { ...LOOK, ...more })}`;
}
