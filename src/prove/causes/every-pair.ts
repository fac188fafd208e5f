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
import { allowedFor, tunnelsOf } from './rules/scene.ts';

export interface PairFailure {
  readonly culprit: Culprit;
  readonly run: Run;
  readonly from: Station;
  readonly to: Station;
  readonly family: Family;
  /** Both sides mean to reach each other, and neither does. */
  readonly isMeant: boolean;
}

/** Pairs that are tried; of more than about 140 machines, hosts and LANs those of the first. */
const PAIRS_AT_MOST = 20_000;

export function failingPairs(world: World): PairFailure[] {
  const subjects = world.stations.filter(({ kind }) => kind !== 'gateway' && kind !== 'internet');
  const found: PairFailure[] = [];
  const meant = new Set<string>();
  let pairs = 0;
  for (const from of subjects) {
    for (const to of subjects) {
      if (from === to || ++pairs > PAIRS_AT_MOST) continue;
      for (const family of [4, 6] as const) {
        const [destination] = addressesOf(world, to, from, family);
        if (destination === undefined) continue;
        const { best } = flowOf(world, { from, to, destination, protocol: 'ping', port: 0 });
        if (best.outcome === 'works') continue;
        const meaning = meaningOf(best);
        const culprit = meaning === null ? null : culpritOf(world, best);
        if (culprit === null) continue;
        const isMeant = meaning === 'named' && best.outcome === 'fails' && !DELIBERATE.has(culprit.cause);
        if (isMeant) meant.add(`${from.id} ${to.id} ${family}`);
        found.push({ culprit, run: best, from, to, family, isMeant });
      }
    }
  }
  return found.map((each) => {
    const { from, to, family, isMeant } = each;
    return { ...each, isMeant: isMeant && meant.has(`${to.id} ${from.id} ${family}`) };
  });
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
