/**
 * Random plans with random damage: every trace ends, says why in its last step, and says the same twice.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { networkModel, networkText } from '../../../test/networks/random-network.ts';
import { parseNetwork } from '../../description/parse.ts';
import type { Device, Plan, UnknownFact } from '../../plan/plan.ts';
import { planNetwork } from '../../plan/plan-network.ts';
import { addressesOf } from '../calling.ts';
import { origin } from '../example-plan.ts';
import { type Flow, flowOf } from '../flow.ts';
import { DISPOSITIONS, type Trace } from '../trace.ts';
import { worldOf } from '../world.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = Number(process.env.RUNS ?? 60);

const UNKNOWN: readonly UnknownFact[] = [
  ...(['routes', 'forwarding-ipv4', 'forwarding-ipv6', 'input-filter', 'forward-filter', 'output-filter'] as const),
  ...(['translations', 'mss-clamps', 'neighbour-proxies', 'reverse-path-filter', 'outside'] as const),
];

/** Ways to break a device; each takes a number to choose by. */
const DAMAGE: readonly ((device: Device, pick: number) => Device)[] = [
  (device, pick) => ({ ...device, routes: device.routes.filter((_, i) => i % 7 !== pick % 7) }),
  (device) => ({ ...device, forwarding: [] }),
  (device, pick) => ({
    ...device,
    forwarding: device.forwarding.filter(({ family }) => family !== (pick % 2 ? 4 : 6)),
  }),
  (device) => ({ ...device, translations: [], neighbourProxies: [] }),
  (device, pick) => ({
    ...device,
    filters: [
      { action: pick % 2 ? 'drop' : 'reject', states: pick % 3 ? ['new'] : ['invalid'], origin: origin('filter') },
    ],
  }),
  (device) => ({
    ...device,
    reversePathFilters: device.interfaces.map(({ id }) => ({ interface: id, mode: 'strict', origin: origin('rp') })),
  }),
  (device, pick) => ({ ...device, unknown: UNKNOWN.filter((_, i) => ((pick >> i) & 1) === 1) }),
  (device, pick) => ({
    ...device,
    outside: { public: [], ...(pick % 2 && { pathMtu: { value: 1300, origin: origin('path') } }) },
  }),
  // Everything goes to the router, or nothing that it owns is its own.
  (device) => ({
    ...device,
    routes: [
      ...device.routes,
      {
        prefix: { family: 4, bits: 0n, length: 0 },
        via: { kind: 'interface', interface: 'tunnel' },
        origin: origin('default'),
      },
    ],
  }),
  (device, pick) => ({
    ...device,
    interfaces: device.interfaces.map((each) =>
      each.kind !== 'wireguard'
        ? each
        : {
            ...each,
            peers: each.peers.map((peer, i) =>
              i % 3 === pick % 3 ? { ...peer, allowedIps: peer.allowedIps.slice(1) } : peer,
            ),
          },
    ),
  }),
  (device, pick) => ({
    ...device,
    interfaces: device.interfaces.map((each) =>
      each.kind === 'wireguard'
        ? { ...each, addresses: [], mtu: { value: 1200 + (pick % 300), origin: origin('mtu') } }
        : each,
    ),
  }),
  (device) => ({
    ...device,
    translations: device.interfaces.map(({ id }) => ({
      kind: 'masquerade' as const,
      family: 4 as const,
      to: id,
      origin: origin('masquerade'),
    })),
  }),
];

const damages = fc.array(fc.tuple(fc.nat(99), fc.nat(DAMAGE.length - 1), fc.nat(2047)), { maxLength: 6 });

function damaged(plan: Plan, all: readonly (readonly [device: number, how: number, pick: number])[]): Plan {
  const devices = [...plan.devices];
  for (const [which, how, pick] of all) {
    const at = which % devices.length;
    devices[at] = DAMAGE[how]!(devices[at]!, pick);
  }
  return { ...plan, devices };
}

function check(trace: Trace): void {
  assert.ok(DISPOSITIONS.includes(trace.disposition));
  assert.ok(trace.hops.length <= 65);
  const ends = trace.hops.flatMap(({ steps }) => steps.map((step) => step.ends).filter((each) => each !== null));
  assert.deepEqual(ends, trace.disposition === 'delivered' ? [] : [trace.disposition]);
  if (trace.disposition !== 'delivered') assert.ok(trace.hops.at(-1)!.steps.some((step) => step.ends !== null));
  if (trace.error !== null && trace.error.trace.hops !== trace.hops) check(trace.error.trace);
}

function shape({ verdict, best, worst }: Flow): string {
  return (
    [best, worst]
      .map((run) => `${run.outcome} ${run.packets.map(({ kind, trace }) => `${kind}:${trace.disposition}`)}`)
      .join(' | ') + verdict
  );
}

test(`damaged networks are traced to an end (SEED=${SEED})`, () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(networkModel, damages, (model, all) => {
      const { network } = parseNetwork(networkText(model), 'network.yaml', { allowUnsupported: true });
      const { plan } = planNetwork(network!);
      const world = worldOf(damaged(plan!, all));
      const asked = world.stations.filter(({ kind }) => kind !== 'gateway' && kind !== 'internet').slice(0, 9);
      for (const from of asked) {
        for (const to of asked) {
          if (from === to) continue;
          for (const destination of [...addressesOf(world, to, from, 4), ...addressesOf(world, to, from, 6)]) {
            for (const protocol of ['ping', 'tcp', 'udp'] as const) {
              const question = { from, to, destination, protocol, port: 80 };
              const flow = flowOf(world, question);
              for (const run of [flow.best, flow.worst]) {
                for (const { trace } of run.packets) {
                  check(trace);
                  seen.add(trace.disposition);
                }
                assert.equal(run.reason === null, run.outcome === 'works');
              }
              assert.equal(flow.best.assumptions.length === 0, flow.best === flow.worst);
              assert.equal(shape(flowOf(world, question)), shape(flow));
            }
          }
        }
      }
    }),
    { numRuns: RUNS, seed: SEED },
  );
  assert.ok(seen.size > 6, [...seen].join());
});
