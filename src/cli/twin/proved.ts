/**
 * What is proved about the flows of a twin, and where packets did otherwise.
 *
 * The proof knows more shades than a twin: what works in part, or only after the other side has spoken, and what no fact
 * settles, is not compared.
 */

import { type Fate, type Observation, type Trial, trialKey, triedIn } from '../../../lab/twin/trials/observation.ts';
import { type Address, parseAddress, sameAddress } from '../../net/address.ts';
import { prefixHas } from '../../net/prefix.ts';
import type { Plan } from '../../plan/plan.ts';
import { addressesOf, stationOf } from '../../prove/calling.ts';
import { flowOf, type Protocol } from '../../prove/flow.ts';
import { type Station, type World, worldOf } from '../../prove/world.ts';

export type Proved = 'works' | 'fails';

export interface Disagreement {
  readonly observation: Observation;
  readonly trial: Trial;
  readonly proved: Proved;
  readonly seen: Fate;
}

/** By the key of a trial: what is proved of it, where it is one or the other. `flows` need not have been tried. */
export function provedOf(plan: Plan, flows: readonly Observation[]): Map<string, Proved> {
  const world = worldOf(plan);
  const proved = new Map<string, Proved>();
  for (const flow of flows) {
    const [from, to] = [stationOf(world, flow.from), stationOf(world, flow.to)];
    if (from === null || to === null) continue;
    const destination = destinationOf(world, flow, from, to);
    if (destination === null) continue;
    for (const { trial } of triedIn(flow)) {
      const { verdict } = flowOf(world, { from, to, destination, protocol: PROTOCOLS[trial], port: PORT });
      if (verdict === 'works' || verdict === 'fails') proved.set(trialKey(flow, trial), verdict);
    }
  }
  return proved;
}

/** Every trial that packets decided otherwise. */
export function disagreementsWith(
  proved: ReadonlyMap<string, Proved>,
  observations: readonly Observation[],
): Disagreement[] {
  return observations.flatMap((observation) =>
    triedIn(observation).flatMap(({ trial, fate }) => {
      const verdict = proved.get(trialKey(observation, trial));
      return verdict === undefined || verdict === fate ? [] : [{ observation, trial, proved: verdict, seen: fate }];
    }),
  );
}

/** The proof of a ping is about packets of every size. */
const PROTOCOLS: Readonly<Record<Trial, Protocol>> = { ping: 'ping', large: 'ping', tcp: 'tcp', udp: 'udp' };

/** Nothing filters by port. */
const PORT = 7007;

/**
 * The address of `to` in the proof that stands for the one in the twin. An unnamed host has another one there, of the same
 * prefix. What is known of no address, as that of a machine on a LAN where the file states none, is not compared: null.
 */
function destinationOf(world: World, flow: Observation, from: Station, to: Station): Address | null {
  const own = parseAddress(flow.address)!;
  const known = addressesOf(world, to, from, flow.family);
  if (flow.to.kind !== 'unnamed') return known.find((each) => sameAddress(each, own)) ?? null;
  const { lan } = world.segments.get(flow.to.lan)!;
  const prefixes = [...lan.prefixes, ...lan.seenAs.map(({ seenAs }) => seenAs)].map(({ value }) => value);
  const around = prefixes.find((prefix) => prefixHas(prefix, own))!;
  return known.find((each) => prefixHas(around, each)) ?? null;
}
