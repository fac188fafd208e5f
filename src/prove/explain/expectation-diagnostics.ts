/**
 * Expectations that do not hold, as diagnostics at their sentences: the trace up to the guilty fact, its place, the cure.
 */

import { mistake, warning } from '../../plan/mistakes/mistake.ts';
import type { PlanResult } from '../../plan/plan.ts';
import { stationOf } from '../calling.ts';
import type { ExpectationNote, ExpectationResult, FamilyResult, PairResult } from '../expectations.ts';
import { type Run, telling } from '../flow.ts';
import type { World } from '../world.ts';
import { type Cause, causeOf, causeSentence } from './causes.ts';
import { hopLines } from './hop-line.ts';
import { inquire } from './inquiry.ts';
import { protocolWord, stationLabel, subjectName } from './names.ts';

/** Inferred: the proof knows nothing of how mistakes are described, and the planner makes them. */
type Diagnostic = PlanResult['diagnostics'][number];

/** One for every sentence that does not hold, and one for every family in which one holds only without it. */
export function expectationDiagnostics(world: World, results: readonly ExpectationResult[]): Diagnostic[] {
  return results.flatMap((result) =>
    result.pair === null ? familyWarnings(world, result) : [unfulfilled(world, result)],
  );
}

function unfulfilled(world: World, result: ExpectationResult): Diagnostic {
  const pair = result.pair!;
  const { reaches, place, text } = result.expectation;
  const { flow } = tellingFamily(pair, reaches);
  const run = telling(flow);
  const cause = causeOf(world, run);
  const verb = result.holding === 'not-proven' ? 'prove' : 'fulfil';
  const details = { notes: factNotes(cause), help: reaches || result.holding === 'not-proven' ? cures(cause) : OPEN };
  const diagnostic = mistake(
    CODES[result.holding],
    place,
    `Cannot ${verb} "${text}": ${reason(world, result, cause)}`,
    details,
  );
  return { ...diagnostic, trace: traceOf(run) };
}

const CODES = {
  holds: 'expectation-broken',
  broken: 'expectation-broken',
  partly: 'expectation-partly',
  'not-proven': 'expectation-not-proven',
} as const;

/** Of something that is reached and should not be. */
const OPEN = [
  'nothing filters between machines yet: filter on the machine or host that is reached',
  'or say what shall hold: "reaches"',
];

/** The family that decides: for "reaches" the best one, for "does not reach" the one in which it is reached. */
function tellingFamily({ families }: PairResult, reaches: boolean): FamilyResult {
  const order = reaches ? ['not-proven', 'partly', 'fails'] : ['works', 'partly', 'not-proven'];
  return order.flatMap((verdict) => families.filter((each) => each.verdict === verdict))[0] ?? families[0]!;
}

function reason(world: World, result: ExpectationResult, cause: Cause | null): string {
  const { expectation, holding, pair, unfulfilled, pairs } = result;
  const [from, to] = [subjectName(pair!.from), subjectName(pair!.to)];
  const which = pairs === 1 ? '' : `from ${from} to ${to} (and ${unfulfilled} of ${pairs} pairs in all), `;
  const why = cause === null ? 'not everything arrives' : causeSentence(cause);
  switch (holding) {
    case 'partly': {
      const part = partWords(world, expectation, pair!);
      const what = part === '' ? '' : ` (${part})`;
      if (expectation.reaches) return `${which}only in part${what}: ${why}`;
      return `${which}in part it does${cause === null ? `: ${part}` : `${what}: ${why}`}`;
    }
    case 'broken':
      return expectation.reaches ? `${which}${why}` : `${which}${from} reaches ${to}`;
    default:
      return `${which}${why}`;
  }
}

/** Which protocols work, where some do and others do not. */
function partWords(world: World, expectation: ExpectationResult['expectation'], { from, to }: PairResult): string {
  const [near, far] = [stationOf(world, from)!, stationOf(world, to)!];
  const families = inquire(world, near, far, expectation).families;
  const protocols = families.flatMap((each) => each.protocols);
  const working = [...new Set(protocols.filter(({ verdict }) => verdict === 'works').map(({ protocol }) => protocol))];
  return working.map(protocolWord).join(' and ');
}

/** The guilty fact last: where it is written, and what it follows from. */
function factNotes(cause: Cause | null): (readonly [Diagnostic['place'], string])[] {
  const fact = cause?.fact;
  if (!fact) return [];
  return [[fact.from.places[0]!, fact.words]];
}

function cures(cause: Cause | null): string[] {
  return cause === null ? [] : cause.cures.map(({ text }) => text);
}

function traceOf(run: Run): NonNullable<Diagnostic['trace']> {
  const packet = run.reason?.packet ?? run.packets[0]!;
  return hopLines(packet.trace).map(({ hop, words }) => ({ at: stationLabel(hop.station), what: words }));
}

/** It holds in one family and not in another: the first pair of each family. */
function familyWarnings(world: World, { expectation, notes }: ExpectationResult): Diagnostic[] {
  const failing = notes.filter((note) => note.kind === 'family-fails');
  return ([4, 6] as const).flatMap((family) => {
    const all = failing.filter((note) => note.family === family);
    return all.length === 0 ? [] : [familyWarning(world, expectation, all)];
  });
}

type FamilyNote = Extract<ExpectationNote, { kind: 'family-fails' }>;

function familyWarning(
  world: World,
  { text, place }: ExpectationResult['expectation'],
  [first, ...others]: readonly FamilyNote[],
): Diagnostic {
  const { pair, family } = first!;
  const { flow, verdict } = pair.families.find((each) => each.family === family)!;
  const run = telling(flow);
  const cause = causeOf(world, run);
  const which = `from ${subjectName(pair.from)} to ${subjectName(pair.to)}`;
  const how = { works: 'works', partly: 'works partly', fails: 'fails', 'not-proven': 'is not proven' }[verdict];
  const more = others.length === 0 ? '' : `; so it is for ${others.length + 1} pairs`;
  return {
    ...warning(
      'expectation-family-fails',
      place,
      `"${text}" holds, but not over IPv${family}: ${which} it ${how}, because ${cause === null ? 'not everything arrives' : causeSentence(cause)}${more}`,
      {
        notes: factNotes(cause),
        help: [
          ...cures(cause),
          `to assert one family, add "over ipv${family === 4 ? 6 : 4}"; to assert both, a sentence for each`,
        ],
      },
    ),
    trace: traceOf(run),
  };
}
