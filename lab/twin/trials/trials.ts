/**
 * All flows of a twin, tried: ping, a large ping, TCP and UDP at once, many flows side by side.
 *
 * What fails is tried again when everything else has been: a machine whose cores are busy answers late, and a network
 * that fails does so twice.
 */

import { formatAddress } from '../../../src/net/address.ts';
import { atOnce } from '../at-once.ts';
import type { Layout } from '../layout/layout.ts';
import { addressesTowards, largestPacket, type Party } from '../layout/parties.ts';
import { type Fate, type Observation, TRIALS, type Trial, triedIn } from './observation.ts';
import type { Station } from './station.ts';

type Stations = ReadonlyMap<string, Station>;

/** How long an answer may take: at first, and where it did not come. */
const LIMIT_MS = 1_500;
const SECOND_LIMIT_MS = 3_500;
/** A handshake that is lost is sent again after 5 s. */
const GREETING_LIMIT_MS = 12_000;
/** Flows side by side: those that fail mostly wait. */
const FLOWS_AT_ONCE = 24;

interface Flow {
  readonly from: Party;
  readonly to: Party;
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

/** Which flows, and what is said about them. */
export interface Choice {
  readonly speaks: (party: Party) => boolean;
  /** As in "trying 45 flows …". */
  readonly whose: string;
  /** Whether what failed is to be tried again. */
  readonly again: (observation: Observation) => boolean;
  readonly say: (step: string) => void;
}

/** What became of every flow of a choice, in the order of the parties. */
export async function tryFlows(layout: Layout, stations: Stations, choice: Choice): Promise<Observation[]> {
  const { speaks, whose, again, say } = choice;
  const flows = flowsOf(layout).filter(({ from }) => speaks(from));
  say(`trying ${flows.length} flows ${whose}`);
  const first = await atOnce(flows, (flow) => tried(flow, TRIALS, LIMIT_MS, stations), FLOWS_AT_ONCE);
  const failed = first.filter(({ observation }) => failedIn(observation).length > 0 && again(observation));
  if (failed.length === 0) return first.map(({ observation }) => observation);
  say(`trying ${failed.length} of them again`);
  const second = new Map(
    await atOnce(
      failed,
      async (flow) => [flow, await tried(flow, failedIn(flow.observation), SECOND_LIMIT_MS, stations)] as const,
      FLOWS_AT_ONCE,
    ),
  );
  return first.map((flow) => (second.get(flow) ?? flow).observation);
}

/** Every two parties and every address, not tried yet. */
function flowsOf({ parties, plan }: Layout): Flow[] {
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

async function tried(flow: Flow, which: readonly Trial[], limitMs: number, stations: Stations): Promise<Flow> {
  const { from, observation } = flow;
  const { address, largeBytes } = observation;
  const trials = triedIn(observation)
    .map(({ trial }) => trial)
    .filter((trial) => which.includes(trial));
  const { fates, seenAs } = await stations.get(from.name)!.carryOut({ address, trials, largeBytes, limitMs });
  return { ...flow, observation: { ...observation, ...fates, seenAs: seenAs ?? observation.seenAs } };
}

function failedIn(observation: Observation): Trial[] {
  return triedIn(observation)
    .filter(({ fate }: { readonly fate: Fate }) => fate !== 'works')
    .map(({ trial }) => trial);
}
