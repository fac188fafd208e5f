import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import {
  device,
  Example,
  fact,
  forwardsAll,
  lan,
  lanLink,
  origin,
  peer,
  planOf,
  route,
  routesOf,
  rule,
  tunnel,
} from './example-plan.ts';
import { site } from './example-site.ts';
import type { Run } from './flow.ts';
import { DISPOSITIONS, type Disposition } from './trace.ts';
import { OBSTACLES } from './tunnels.ts';

const PAGE = readFileSync(`${import.meta.dirname}/../../docs/reference/dispositions.md`, 'utf8');
const HUB = { endpoint: '198.51.100.1:51820', keepalive: 25 };

const relayed = { backend: fact('relay' as const, 'backend') };
const twice = [lanLink('home', ['192.168.1.5/24']), lanLink('home', ['192.168.1.6/24'])];

/** The shortest way to each. */
const WAYS: Readonly<Record<Disposition, () => Run>> = {
  delivered: () => new Example(site()).flow('phone', 'nas').worst,
  'delivered-elsewhere': () =>
    new Example(
      planOf(
        [device('a', [twice[0]!]), device('b', [twice[1]!]), device('c', [twice[1]!])],
        [lan('home', ['192.168.1.0/24'])],
      ),
    ).flow('a', 'c').worst,
  'unexpected-reply': () => {
    // The way back is hidden behind an address of its own.
    const translations = [
      { kind: 'masquerade' as const, family: 4 as const, from: 'eth0', to: 'wg0', origin: origin('masquerade') },
    ];
    const other = tunnel('pi2', ['10.9.0.6'], [peer('hub', ['10.9.0.0/24'], HUB)]);
    const hubPeers = [
      peer('phone', ['10.9.0.2/32']),
      peer('pi', ['10.9.0.5/32']),
      peer('pi2', ['10.9.0.6/32', '192.168.1.0/24']),
    ];
    const plan = site({ hubPeers, pi: { translations } });
    const pi2 = {
      ...plan.devices[3]!,
      name: 'pi2',
      interfaces: [other, lanLink('home', ['192.168.1.6/24'])],
      translations: [],
    };
    return new Example({ ...plan, devices: [...plan.devices, pi2] }).flow('phone', 'nas', 'udp').worst;
  },
  'no-source-address': () => {
    const end = tunnel('phone', [], [peer('hub', ['10.9.0.0/24'], HUB)]);
    const bare = {
      interfaces: [
        end,
        {
          kind: 'outer' as const,
          id: 'eth0',
          addresses: [fact({ address: { family: 6 as const, bits: 1n }, length: 128 }, 'six')],
        },
      ],
    };
    return new Example(site({ phone: { ...bare, routes: routesOf(end) } })).flow('phone', '10.9.0.1').worst;
  },
  'no-route': () => new Example(site({ hasRoute: false })).flow('phone', 'nas').worst,
  'unreachable-route': () =>
    new Example(site({ hub: { routes: [route('10.9.0.2/32'), route('192.168.1.0/24', 'unreachable')] } })).flow(
      'phone',
      'nas',
    ).worst,
  'not-in-allowed-ips': () =>
    new Example(site({ hub: { routes: [route('10.9.0.0/24')] } })).flow('hub', '10.9.0.77').worst,
  'tunnel-down': () => new Example(site({ hubPeers: [] })).flow('phone', 'hub').worst,
  'tunnel-asleep': () => {
    const end = tunnel('phone', ['10.9.0.2'], [peer('hub', ['10.9.0.0/24'], { endpoint: HUB.endpoint })]);
    return new Example(site({ phone: { interfaces: [end], routes: routesOf(end) } })).flow('hub', 'phone').worst;
  },
  'source-not-allowed': () =>
    new Example(site({ hubPeers: [peer('phone', []), peer('pi', ['192.168.1.0/24'])] })).flow('phone', 'nas').worst,
  'back-to-sender': () =>
    new Example(site({ hub: relayed, phone: {}, hubPeers: [peer('phone', ['10.9.0.0/24'])] })).flow(
      'phone',
      '10.9.0.77',
    ).worst,
  'reverse-path': () =>
    new Example(
      site({
        hub: {
          routes: [route('192.168.1.0/24')],
          reversePathFilters: [{ interface: 'wg0', mode: 'strict', origin: origin('rp_filter') }],
        },
      }),
    ).flow('phone', 'nas').worst,
  'not-forwarded': () => new Example(site({ hub: { forwarding: [] } })).flow('phone', 'nas').worst,
  filtered: () => new Example(site({ hub: { filters: [rule('drop')] } })).flow('phone', 'nas').worst,
  rejected: () => new Example(site({ hub: { filters: [rule('reject')] } })).flow('phone', 'nas').worst,
  'no-neighbour': () => new Example(site()).flow('phone', '192.168.1.77').worst,
  'hop-limit': () => {
    const back = tunnel('pi', ['10.9.0.5'], [peer('hub', ['0.0.0.0/0'], HUB)], { avoidsItself: true });
    const pi = {
      interfaces: [back, lanLink('home', ['192.168.1.5/24'])],
      routes: routesOf(back),
      forwarding: forwardsAll(['wg0']),
    };
    const hubPeers = [peer('phone', []), peer('pi', ['10.9.0.0/24', '10.50.0.0/16'])];
    return new Example(site({ hubPeers, pi })).flow('pi', '10.50.0.1').worst;
  },
  'too-big': () => {
    const mute = [
      { action: 'drop' as const, hook: 'output' as const, protocol: 'icmp' as const, origin: origin('no icmp') },
    ];
    const end = tunnel('phone', ['10.9.0.2'], [peer('hub', ['10.9.0.0/24'], HUB)], { mtu: 1440 });
    const other = tunnel('laptop', ['10.9.0.3'], [peer('hub', ['10.9.0.0/24'], HUB)], { mtu: 1440 });
    const plan = site({ hub: { filters: mute }, phone: { interfaces: [end], routes: routesOf(end) } });
    const laptop = { ...plan.devices[2]!, interfaces: [other], routes: routesOf(other) };
    return new Example({ ...plan, devices: plan.devices.map((each) => (each.name === 'laptop' ? laptop : each)) }).flow(
      'phone',
      'laptop',
      'tcp',
    ).worst;
  },
  'provider-drops': () =>
    new Example(site({ pi: { outside: { sourceDestinationCheck: fact(true, 'check') } } })).flow('phone', 'nas').worst,
  'lost-on-the-internet': () => new Example(site()).flow('phone', '10.8.0.1').worst,
};

describe('dispositions', () => {
  for (const disposition of DISPOSITIONS) {
    test(`${disposition} is where some packet ends, in a step that says so`, () => {
      const run = WAYS[disposition]();
      const last = run.packets.at(-1)!.trace;
      assert.equal(last.disposition, disposition);
      const ends = last.hops.flatMap(({ steps }) => steps.map((step) => step.ends)).filter((each) => each !== null);
      assert.deepEqual(ends, disposition === 'delivered' ? [] : [disposition]);
      assert.equal(run.reason?.disposition ?? 'delivered', disposition);
      assert.equal(last.arrived !== null, disposition === 'delivered');
    });
  }

  test('each has its paragraph, and no other has', () => {
    const headings = [...PAGE.matchAll(/^### `([a-z-]+)`$/gm)].map(([, word]) => word);
    assert.deepEqual(headings.toSorted(), [...DISPOSITIONS].toSorted());
  });

  test('each obstacle has its line', () => {
    const rows = [...PAGE.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, word]) => word);
    assert.deepEqual(rows, [...OBSTACLES]);
  });
});
