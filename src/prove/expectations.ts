/**
 * Expectations: whether the sentences of `expect` hold, pair by pair, with the flow that shows it.
 */

import type { Address, Family } from '../net/address.ts';
import type { Plan, PlannedExpectation, Subject } from '../plan/plan.ts';
import { addressesOf, commonFamilies, stationOf } from './calling.ts';
import { type Flow, type FlowQuestion, flowOf, type Run, telling, type Verdict } from './flow.ts';
import { representativePorts } from './port-classes.ts';
import { type Station, type World, worldOf } from './world.ts';

/** `partly` and `not-proven` fulfil neither "reaches" nor "does not reach". */
export type Holding = 'holds' | 'broken' | 'partly' | 'not-proven';

export interface ExpectationResult {
  readonly expectation: PlannedExpectation;
  readonly holding: Holding;
  /** The first pair for which it does not hold, or null; several more may be like it. */
  readonly pair: PairResult | null;
  /** In how many pairs it does not hold, of how many. */
  readonly unfulfilled: number;
  readonly pairs: number;
  readonly notes: readonly ExpectationNote[];
}

export interface PairResult {
  readonly from: Subject;
  readonly to: Subject;
  readonly holding: Holding;
  /** By family, those that both have. */
  readonly families: readonly FamilyResult[];
}

export interface FamilyResult {
  readonly family: Family;
  readonly verdict: Flow['verdict'];
  /** The flow that shows it: the worst one, and the first of these. */
  readonly flow: Flow;
}

export type ExpectationNote =
  /** It reaches in one family, and not in another that both have. */
  | { readonly kind: 'family-fails'; readonly pair: PairResult; readonly family: Family }
  /** That it does not reach rests on a missing route or on the filter of a LAN's gateway. */
  | { readonly kind: 'nothing-enforces-it'; readonly pair: PairResult };

/** What becomes of every expectation of `plan`, in its order. One flow for each pair, family, address and class of ports. */
export function proveExpectations(plan: Plan, world: World = worldOf(plan)): ExpectationResult[] {
  return plan.expectations.map((expectation) => proveExpectation(world, expectation));
}

/** Pair by pair. */
export function proveExpectation(world: World, expectation: PlannedExpectation): ExpectationResult {
  const notes: ExpectationNote[] = [];
  let pairs = 0;
  let unfulfilled = 0;
  let shown: PairResult | null = null;
  for (const from of expectation.from) {
    for (const to of expectation.to) {
      if (sameSubject(from, to)) continue;
      const pair = provePair(world, expectation, from, to);
      if (pair === null) continue;
      pairs++;
      notes.push(...notesOf(expectation, pair));
      if (pair.holding === 'holds') continue;
      unfulfilled++;
      if (shown === null || SEVERITY[pair.holding] > SEVERITY[shown.holding]) shown = pair;
    }
  }
  return { expectation, holding: shown?.holding ?? 'holds', pair: shown, unfulfilled, pairs, notes };
}

/** What is worse has the higher number. */
export const SEVERITY: Readonly<Record<Holding, number>> = { holds: 0, 'not-proven': 1, partly: 2, broken: 3 };

/** What a sentence says of a pair. */
export type Claim = Pick<PlannedExpectation, 'reaches' | 'on' | 'over'>;

/**
 * Null where one of them is the unnamed host of a LAN that has no address left for it. `decide` sees every flow of the
 * pair.
 */
export function provePair(
  world: World,
  expectation: Claim,
  from: Subject,
  to: Subject,
  decide: (question: FlowQuestion) => Flow = (question) => flowOf(world, question),
): PairResult | null {
  const near = stationOf(world, from);
  const far = stationOf(world, to);
  if (near === null || far === null) return null;
  const families = commonFamilies(world, near, far)
    .filter((family) => expectation.over === null || expectation.over === family)
    .map((family) => inFamily(world, expectation, near, far, family, decide));
  const verdicts = families.map(({ verdict }) => verdict);
  const holding = expectation.reaches ? reaches(verdicts) : doesNotReach(verdicts);
  return { from, to, holding, families };
}

/** In at least one family that both have, everything works. */
function reaches(verdicts: readonly Verdict[]): Holding {
  if (verdicts.includes('works')) return 'holds';
  if (verdicts.includes('not-proven')) return 'not-proven';
  return verdicts.includes('partly') ? 'partly' : 'broken';
}

/** In no family does anything get its reply. */
function doesNotReach(verdicts: readonly Verdict[]): Holding {
  if (verdicts.includes('works')) return 'broken';
  if (verdicts.includes('partly')) return 'partly';
  return verdicts.includes('not-proven') ? 'not-proven' : 'holds';
}

/** All flows of a pair in one family: to every address, by every protocol and port that is asked for. */
function inFamily(
  world: World,
  expectation: Claim,
  from: Station,
  to: Station,
  family: Family,
  decide: (question: FlowQuestion) => Flow,
): FamilyResult {
  const flows = addressesOf(world, to, from, family).flatMap((destination) =>
    questions(world, expectation.on, from, to, destination).map(decide),
  );
  const best = together(flows.map((flow) => flow.best.outcome));
  const worst = together(flows.map((flow) => flow.worst.outcome));
  const verdict = best === worst ? best : 'not-proven';
  // What is to be reached is shown by a flow that is not, and the other way round.
  const rank = expectation.reaches ? WORST_FIRST : BEST_FIRST;
  const flow = flows.reduce((shown, each) => (rank.indexOf(each.verdict) < rank.indexOf(shown.verdict) ? each : shown));
  return { family, verdict, flow };
}

const WORST_FIRST: readonly Verdict[] = ['fails', 'partly', 'not-proven', 'works'];
const BEST_FIRST: readonly Verdict[] = ['works', 'partly', 'not-proven', 'fails'];

function together(outcomes: readonly Run['outcome'][]): Run['outcome'] {
  const [first = 'fails'] = outcomes;
  return outcomes.every((outcome) => outcome === first) ? first : 'partly';
}

const ALL_PORTS = { first: 1, last: 65535 };

/** What is asked about one address: every protocol, and one port of each class. */
export function questions(
  world: World,
  on: PlannedExpectation['on'],
  from: Station,
  to: Station | null,
  destination: Address,
): FlowQuestion[] {
  const asked: FlowQuestion[] = [];
  const question = { from, to, destination };
  if (on === null || on.protocol === 'ping') asked.push({ ...question, protocol: 'ping', port: 0 });
  for (const protocol of ['tcp', 'udp'] as const) {
    if (on !== null && (on.protocol === 'ping' || on.protocol !== protocol)) continue;
    const { first, last } = on === null ? ALL_PORTS : on;
    for (const port of representativePorts(world, protocol, first, last)) asked.push({ ...question, protocol, port });
  }
  return asked;
}

export function notesOf({ reaches }: PlannedExpectation, pair: PairResult): ExpectationNote[] {
  if (pair.holding !== 'holds') return [];
  if (reaches) {
    return pair.families
      .filter(({ verdict }) => verdict !== 'works')
      .map(({ family }) => ({ kind: 'family-fails', pair, family }));
  }
  const isLoose = pair.families.some(({ flow }) => !isEnforced(flow));
  return isLoose ? [{ kind: 'nothing-enforces-it', pair }] : [];
}

/** Whether something of ours refuses the flow: not only a route that is missing, or a box that is not ours. */
function isEnforced(flow: Flow): boolean {
  const { reason } = telling(flow);
  if (reason === null) return true;
  const { station } = reason.hop;
  switch (reason.disposition) {
    case 'no-route':
    case 'unreachable-route':
    case 'no-neighbour':
    case 'lost-on-the-internet':
    case 'not-in-allowed-ips':
      return false;
    case 'filtered':
    case 'rejected':
      return station.kind !== 'gateway' && station.kind !== 'host';
    default:
      return true;
  }
}

function sameSubject(a: Subject, b: Subject): boolean {
  if (a.kind === 'unnamed' || b.kind === 'unnamed')
    return a.kind === b.kind && 'lan' in a && 'lan' in b && a.lan === b.lan;
  return a.name === b.name;
}
