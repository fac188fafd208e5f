/**
 * Random networks, three opinions: what packets do in a twin, what is proved from the plan, and what should work by the
 * table of ways to join a LAN. They agree for every pair, address and trial. Then the twin is damaged, and packets and
 * proof must still agree.
 *
 * `FROM=1 RUNS=200` tries other seeds; `docs/testing.md` has the campaigns.
 */

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { parseAddress } from '../../../src/net/address.ts';
import { addressesOf, stationOf } from '../../../src/prove/calling.ts';
import { flowOf } from '../../../src/prove/flow.ts';
import { type World, worldOf } from '../../../src/prove/world.ts';
import { type Observation, TRIALS, type Trial, triedIn } from '../../twin/trials/observation.ts';
import type { Doubting } from '../../twin/trials/trials.ts';
import { nameOf, planOf, twinOf } from '../twin-ground.ts';
import { randomDamage } from './damages.ts';
import { dice } from './dice.ts';
import { type NetworkModel, networkText, randomNetwork } from './network.ts';
import { type Party, shouldWork } from './should-work.ts';

/** Declares a test for every seed, `count` of them from `first` on, or those of the environment. */
export function agreeOnRandomNetworks(skip: string | false, first: number, count: number): void {
  const from = Number(process.env.FROM ?? first);
  const runs = Number(process.env.RUNS ?? count);
  describe('random networks', { skip }, () => {
    let flows = 0;
    let damages = 0;
    after(() => console.log(`${flows} flows tried, ${damages} damages`));

    for (let seed = from; seed < from + runs; seed++) {
      test(`packets do what is proved, whole and damaged: seed ${seed}`, async () => {
        const model = randomNetwork(seed);
        const text = networkText(model);
        const twin = await twinOf(text);
        try {
          const observations = await twin.tryAll(doubtBy(worldOf(planOf(text))));
          flows += observations.length;
          assert.deepEqual(unwanted(model, observations), [], text);
          let plan = planOf(text);
          assert.deepEqual(unproved(worldOf(plan), observations, TRIALS), [], text);
          const chance = dice(seed);
          let inflicted = '';
          for (let i = 0; i < damagesOf(seed); i++) {
            const damage = randomDamage(plan, chance);
            await damage.inflict(twin);
            plan = damage.plan;
            inflicted += `# ${damage.name}\n`;
            damages++;
            const after = await twin.tryOthers(doubtBy(worldOf(plan)));
            flows += after.length;
            const trials = damage.changesSizes ? TRIALS.filter((each) => each !== 'large') : TRIALS;
            assert.deepEqual(unproved(worldOf(plan), after, trials), [], `${inflicted}${text}`);
            if (damage.changesSizes) break;
          }
        } finally {
          await twin.close();
        }
      });
    }
  });
}

/**
 * What is proved to work is tried until it does, so that busy cores are not taken for a broken network. What is proved to
 * fail is tried once: if it works after all, it does so within milliseconds.
 */
function doubtBy(world: World): Doubting {
  return (observation, trial) => (provedTo(world, observation, trial) ? 'strong' : 'none');
}

/** Every fourth network is damaged twice. */
function damagesOf(seed: number): number {
  return seed % 4 === 0 ? 2 : 1;
}

/** What works and should not, or the other way round; as text. */
function unwanted(model: NetworkModel, observations: readonly Observation[]): string[] {
  const parties = partiesByName(model);
  return observations.flatMap((observation) => {
    const { from, to, family } = observation;
    const [a, b] = [parties.get(nameOf(from))!, parties.get(nameOf(to))!];
    return triedIn(observation).flatMap(({ trial, fate }) => {
      const should = shouldWork(model, a, b, family, trial);
      if (should === (fate === 'works')) return [];
      return [`${flowText(observation, trial)} ${fate}, should ${should ? 'work' : 'not work'}`];
    });
  });
}

/** What is proved otherwise than it was observed; as text. */
function unproved(world: World, observations: readonly Observation[], trials: readonly Trial[]): string[] {
  return observations.flatMap((observation) =>
    triedIn(observation).flatMap(({ trial, fate }) => {
      if (!trials.includes(trial)) return [];
      const proved = provedTo(world, observation, trial);
      return proved === (fate === 'works') ? [] : [`${flowText(observation, trial)} ${fate}, proved otherwise`];
    }),
  );
}

function flowText({ from, to, address }: Observation, trial: Trial): string {
  return `${nameOf(from)} to ${nameOf(to)} ${address} ${trial}`;
}

/** The unnamed host of a LAN may have another address in the world than in the twin: its only one in each family. */
function provedTo(world: World, { from, to, family, address }: Observation, trial: Trial): boolean {
  const [station, other] = [stationOf(world, from)!, stationOf(world, to)!];
  const destination = to.kind === 'unnamed' ? addressesOf(world, other, station, family)[0]! : parseAddress(address)!;
  const protocol = trial === 'large' ? 'ping' : trial;
  return flowOf(world, { from: station, to: other, destination, protocol, port: 7 }).verdict === 'works';
}

function partiesByName({ machines, lans }: NetworkModel): Map<string, Party> {
  const parties = new Map<string, Party>([['cloud', { kind: 'router' }]]);
  for (const machine of machines) parties.set(machine.name, { kind: 'machine', machine });
  for (const lan of lans) {
    parties.set(`${lan.name}.unnamed`, { kind: 'host', host: null, lan });
    for (const host of lan.hosts) parties.set(host.name, { kind: 'host', host, lan });
  }
  return parties;
}
