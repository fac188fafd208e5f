/**
 * When nobody asks anything: every pair of which configurations say that it is meant to work.
 *
 * One side means it when the first machine with a tunnel on its way has the destination in allowed IPs, by name and not
 * among everything. A failure is certain to be a mistake when both sides mean it and neither reaches the other: one side
 * alone may be limited on purpose, and so may whatever a filter stops.
 */

import type { Family } from '../../net/address.ts';
import { addressesOf } from '../calling.ts';
import { flowOf, type Run } from '../flow.ts';
import type { Station, World } from '../world.ts';
import type { CauseCode } from './cause-codes.ts';
import type { Culprit } from './finding.ts';
import { culpritOf } from './rules/culprit.ts';
import { allowedFor, peersOf, tunnelsOf } from './rules/scene.ts';

export interface PairFailure {
  readonly culprit: Culprit;
  readonly run: Run;
  readonly from: Station;
  readonly to: Station;
  readonly family: Family;
  /** Both sides mean to reach each other, and neither does. */
  readonly isMeant: boolean;
}

export interface PairFailures {
  readonly failures: readonly PairFailure[];
  /** Pairs that were tried, and how many there are. */
  readonly tried: number;
  readonly pairs: number;
}

/** Pairs that are tried: all among 140 subjects; of more, the two ends of each tunnel first. */
export const PAIRS_AT_MOST = 20_000;

export function failingPairs(world: World, pairsAtMost = PAIRS_AT_MOST): PairFailures {
  const subjects = world.stations.filter(({ kind }) => kind !== 'gateway' && kind !== 'internet');
  const found: PairFailure[] = [];
  const meant = new Set<string>();
  const seen = new Set<string>();
  for (const [from, to] of pairsOf(world, subjects)) {
    if (seen.size >= pairsAtMost) break;
    const key = `${from.id} ${to.id}`;
    if (seen.has(key)) continue;
    seen.add(key);
    for (const family of [4, 6] as const) {
      const failure = failureOf(world, from, to, family);
      if (failure === null) continue;
      if (failure.isMeant) meant.add(`${key} ${family}`);
      found.push(failure);
    }
  }
  const failures = found.map((each) => {
    const { from, to, family, isMeant } = each;
    return { ...each, isMeant: isMeant && meant.has(`${to.id} ${from.id} ${family}`) };
  });
  return { failures, tried: seen.size, pairs: subjects.length * (subjects.length - 1) };
}

function* pairsOf(world: World, subjects: readonly Station[]): Generator<[Station, Station]> {
  for (const from of subjects) {
    for (const { other } of peersOf(world, from)) {
      if (other === null || other === from) continue;
      yield [from, other];
      yield [other, from];
    }
  }
  for (const from of subjects) for (const to of subjects) if (from !== to) yield [from, to];
}

function failureOf(world: World, from: Station, to: Station, family: Family): PairFailure | null {
  const [destination] = addressesOf(world, to, from, family);
  if (destination === undefined) return null;
  const { best } = flowOf(world, { from, to, destination, protocol: 'ping', port: 0 });
  const meaning = best.outcome === 'works' ? null : meaningOf(best);
  const culprit = meaning === null ? null : culpritOf(world, best);
  if (culprit === null) return null;
  const isMeant = meaning === 'named' && best.outcome === 'fails' && !DELIBERATE.has(culprit.cause);
  return { culprit, run: best, from, to, family, isMeant };
}

const DELIBERATE: ReadonlySet<CauseCode> = new Set([
  'forward-chain-drop',
  'input-chain-drop',
  'return-traffic-filtered',
  'target-host-filter',
  'keepalive-missing',
]);

/** Whether the first machine with a tunnel on the way has the destination in allowed IPs: by name, or among everything. */
function meaningOf(run: Run): 'named' | 'among-all' | null {
  const { hops } = run.packets[0]!.trace;
  for (const { station, packet } of hops) {
    if (tunnelsOf(station).length === 0) continue;
    const owner = allowedFor(station, packet.destination);
    if (owner === null) return null;
    return owner.prefix.length > 1 ? 'named' : 'among-all';
  }
  return null;
}
