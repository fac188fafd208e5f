/**
 * All flows of a twin, tried: ping, a large ping, TCP and UDP at once, many flows side by side.
 *
 * What fails is tried again when everything else has been: a machine whose cores are busy answers late, and a network
 * that fails does so again.
 */

import { formatAddress } from '../../../src/net/address.ts';
import { atOnce } from '../at-once.ts';
import type { Layout } from '../layout/layout.ts';
import { addressesTowards, largestPacket, type Party } from '../layout/parties.ts';
import { type Observation, type Trial, triedIn } from './observation.ts';
import type { Station } from './station.ts';

type Stations = ReadonlyMap<string, Station>;

/**
 * Rounds, each for what failed in the ones before and is doubted, with more patience: it may be that the machine is too
 * slow. Flows that work keep cores busy, those that fail wait; so many are tried at once in a round in which most will fail,
 * and few where cores seem to be scarce.
 */
const ROUNDS: readonly { readonly limitMs: number; readonly atOnce: number }[] = [
  { limitMs: 1_500, atOnce: 40 },
  { limitMs: 3_500, atOnce: 120 },
  { limitMs: 5_000, atOnce: 20 },
  { limitMs: 8_000, atOnce: 8 },
];
/** A handshake that is lost is sent again after 5 s. */
const GREETING_LIMIT_MS = 12_000;

export interface Flow {
  readonly from: Party;
  readonly to: Party;
  /** Nothing tried yet: everything fails. */
  readonly observation: Observation;
}

/** Lets every machine speak to the router. Who gets no answer is seen in the flows. */
export async function greetRouter({ parties }: Layout, stations: Stations): Promise<void> {
  const router = parties.find(({ subject }) => subject.kind === 'router')!;
  const machines = parties.filter(({ subject }) => subject.kind === 'machine');
  await atOnce(
    machines,
    async (machine) => {
      const [address] = addressesTowards(machine, router);
      if (address === undefined) return;
      const order = {
        address: formatAddress(address),
        trials: ['ping'] as const,
        largeBytes: 0,
        limitMs: GREETING_LIMIT_MS,
      };
      await stations.get(machine.name)!.carryOut(order);
    },
    machines.length,
  );
}

/**
 * How much a failure is doubted. `none`: one look is enough. `some`: it is tried again, and for as long as any such trial
 * turns out to work after all. `strong`: it is tried in every round, since it is known to work.
 */
export type Doubt = 'none' | 'some' | 'strong';
export type Doubting = (observation: Observation, trial: Trial) => Doubt;

/** Which flows, and what is said about them. */
export interface Choice {
  readonly speaks: (party: Party) => boolean;
  /** As in "trying 45 flows …". */
  readonly whose: string;
  readonly doubt: Doubting;
  readonly say: (step: string) => void;
}

/** What became of every flow of a choice, in the order of the parties. */
export async function tryFlows(layout: Layout, stations: Stations, choice: Choice): Promise<Observation[]> {
  const { speaks, whose, doubt, say } = choice;
  const flows = flowsOf(layout).filter(({ from }) => speaks(from));
  say(`trying ${flows.length} flows ${whose}`);
  const latest = new Map(flows.map((flow) => [flow, flow.observation]));
  const failed = (flow: Flow, ...doubts: Doubt[]) => {
    const observation = latest.get(flow)!;
    return failedIn(observation).filter((trial) => doubts.includes(doubt(observation, trial)));
  };
  const doubtful = () => flows.reduce((sum, flow) => sum + failed(flow, 'some').length, 0);
  let before = Number.POSITIVE_INFINITY;
  for (const [round, { limitMs, atOnce: most }] of ROUNDS.entries()) {
    const left = doubtful();
    const isSettled = round > 1 && left === before;
    before = left;
    const trialsOf = (flow: Flow) => {
      if (round === 0) return failedIn(latest.get(flow)!);
      return isSettled ? failed(flow, 'strong') : failed(flow, 'some', 'strong');
    };
    const again = flows.filter((flow) => trialsOf(flow).length > 0);
    if (again.length === 0) break;
    if (round > 0) say(`trying ${again.length} of them again`);
    await atOnce(
      again,
      async (flow) => {
        latest.set(flow, await tried(flow, latest.get(flow)!, trialsOf(flow), limitMs, stations));
      },
      most,
    );
  }
  return [...latest.values()];
}

/** Every two parties and every address, not tried yet. */
export function flowsOf({ parties, plan }: Layout): Flow[] {
  return parties.flatMap((from) =>
    parties.flatMap((to) => {
      if (from === to) return [];
      // A router speaks ping alone.
      const isPingAlone = [from, to].some(({ subject }) => subject.kind === 'router');
      return addressesTowards(from, to).map((address) => ({
        from,
        to,
        observation: {
          from: from.subject,
          to: to.subject,
          family: address.family,
          address: formatAddress(address),
          ping: 'fails' as const,
          large: 'fails' as const,
          largeBytes: largestPacket(plan, from, to),
          tcp: isPingAlone ? null : ('fails' as const),
          udp: isPingAlone ? null : ('fails' as const),
          seenAs: null,
        },
      }));
    }),
  );
}

/** The observation once `trials` of it have been made. */
async function tried(
  { from }: Flow,
  observation: Observation,
  trials: readonly Trial[],
  limitMs: number,
  stations: Stations,
): Promise<Observation> {
  const { address, largeBytes } = observation;
  const order = { address, trials, largeBytes, limitMs };
  const { fates, seenAs } = await stations.get(from.name)!.carryOut(order);
  return { ...observation, ...fates, seenAs: seenAs ?? observation.seenAs };
}

/** Before the first round that is everything. */
function failedIn(observation: Observation): Trial[] {
  return triedIn(observation)
    .filter(({ fate }) => fate !== 'works')
    .map(({ trial }) => trial);
}
