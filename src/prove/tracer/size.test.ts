/**
 * Sizes: MTUs on the way, errors that come back or do not, and segment sizes.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MssClamp } from '../../plan/plan.ts';
import { Example, fact, lanLink, origin, outerLink, peer, prefix, route, routesOf, tunnel } from '../example-plan.ts';
import { site } from '../example-site.ts';

const HUB = { endpoint: '198.51.100.1:51820', keepalive: 25 };
const CLAMP: MssClamp = { family: 4, interface: 'wg0', origin: origin('clamp') };

function kinds(example: Example, from: string, to: string, protocol: 'ping' | 'tcp'): string[] {
  return example
    .flow(from, to, protocol)
    .worst.packets.map(
      ({ kind, direction, trace }) => `${direction} ${kind} ${trace.hops[0]!.packet.bytes} ${trace.disposition}`,
    );
}

test('a large ping is as large as the smallest MTU of both ways', () => {
  const end = tunnel('phone', ['10.9.0.2'], [peer('hub', ['10.9.0.0/24', '192.168.1.0/24'], HUB)], { mtu: 1280 });
  const example = new Example(site({ phone: { interfaces: [end], routes: routesOf(end) } }));
  assert.deepEqual(kinds(example, 'nas', 'phone', 'ping'), [
    'forward echo-request 84 delivered',
    'reply echo-reply 84 delivered',
    'forward echo-request 1280 delivered',
    'reply echo-reply 1280 delivered',
  ]);
});

test('a sender with a larger tunnel than the hub’s is told by the hub, and adapts', () => {
  const end = tunnel('phone', ['10.9.0.2'], [peer('hub', ['10.9.0.0/24', '192.168.1.0/24'], HUB)], { mtu: 1440 });
  const example = new Example(site({ phone: { interfaces: [end], routes: routesOf(end) } }));
  assert.equal(example.ask('phone', 'laptop', 'tcp'), 'works');
  const large = kinds(example, 'phone', 'nas', 'tcp');
  assert.deepEqual(large.slice(3, 5), ['forward data 1440 too-big', 'forward data 1420 delivered']);
});

describe('hosts of a LAN start at 1500', () => {
  test('the site machine tells them, and they adapt', () => {
    const example = new Example(site());
    assert.deepEqual(kinds(example, 'nas', 'phone', 'tcp').slice(3), [
      'forward data 1420 delivered',
      'reply data 1420 delivered',
    ]);
    assert.deepEqual(kinds(example, 'phone', 'nas', 'tcp').slice(3), [
      'forward data 1420 delivered',
      'reply data 1420 delivered',
    ]);
  });

  /** Both ends on LANs: nobody's own link is the narrow one. */
  const hosts = (clamps: readonly MssClamp[], more: object = {}) => {
    const hubEnd = tunnel(
      'hub',
      ['10.9.0.1'],
      [peer('pi', ['10.9.0.5/32', '192.168.1.0/24']), peer('far', ['10.9.0.6/32', '192.168.2.0/24'])],
      { listenPort: 51820 },
    );
    const farEnd = tunnel('far', ['10.9.0.6'], [peer('hub', ['10.9.0.0/24', '192.168.1.0/24'], HUB)]);
    const piEnd = tunnel('pi', ['10.9.0.5'], [peer('hub', ['10.9.0.0/24', '192.168.2.0/24'], HUB)]);
    const plan = site({
      hub: { interfaces: [hubEnd, outerLink(['198.51.100.1/24'])], routes: routesOf(hubEnd) },
      pi: {
        interfaces: [piEnd, lanLink('home', ['192.168.1.5/24'])],
        routes: routesOf(piEnd),
        mssClamps: clamps,
        ...more,
      },
      home: {
        gatewayRoutes: [
          { prefix: prefix('192.168.2.0/24'), gateway: { family: 4, bits: 0xc0a80105n }, origin: origin('route') },
        ],
      },
    });
    const far = {
      ...plan.devices[1]!,
      name: 'far',
      interfaces: [farEnd, lanLink('office', ['192.168.2.1/24'])],
      routes: routesOf(farEnd),
      forwarding: plan.devices[0]!.forwarding,
    };
    const office = {
      ...plan.lans[0]!,
      name: 'office',
      prefixes: [fact(prefix('192.168.2.0/24'), 'office')],
      defaultGateway: [fact({ family: 4 as const, bits: 0xc0a80201n }, 'gateway')],
      gatewayRoutes: [],
      hosts: [{ name: 'desk', addresses: [fact({ family: 4 as const, bits: 0xc0a8020an }, 'desk')] }],
    };
    return new Example({ ...plan, devices: [...plan.devices, far], lans: [...plan.lans, office] });
  };

  test('between two LANs the error of the site machine makes them adapt', () => {
    const flow = hosts([]).flow('nas', 'desk', 'tcp');
    assert.equal(flow.verdict, 'works');
    const [tooBig, again] = flow.best.packets.slice(3);
    assert.equal(tooBig?.trace.disposition, 'too-big');
    assert.equal(tooBig?.trace.error?.mtuBytes, 1420);
    assert.equal(again?.trace.hops[0]?.packet.bytes, 1420);
  });

  test('with a clamp nothing is ever too big', () => {
    const { packets } = hosts([CLAMP]).flow('nas', 'desk', 'tcp').best;
    assert.deepEqual(
      packets.map(({ trace }) => trace.disposition),
      Array(5).fill('delivered'),
    );
    assert.equal(packets[0]!.trace.arrived!.mssBytes, 1380);
  });

  test('a clamp may be for one direction, or state a size', () => {
    const mss = (clamp: Partial<MssClamp>) => {
      const { packets } = hosts([{ ...CLAMP, ...clamp }]).flow('nas', 'desk', 'tcp').best;
      return packets.slice(0, 2).map(({ trace }) => trace.arrived?.mssBytes);
    };
    assert.deepEqual(mss({ only: 'leaving' }), [1380, 1460]);
    assert.deepEqual(mss({ only: 'arriving' }), [1460, 1380]);
    assert.deepEqual(mss({ bytes: 1300 }), [1300, 1300]);
    assert.deepEqual(mss({ bytes: 1470 }), [1460, 1460]);
  });

  test('where the error does not come back the connection stalls, unless something clamps', () => {
    const silent = {
      filters: [
        { action: 'drop' as const, hook: 'output' as const, protocol: 'icmp' as const, origin: origin('no icmp') },
      ],
    };
    const flow = hosts([], silent).flow('nas', 'desk', 'tcp');
    assert.equal(flow.verdict, 'partly');
    assert.equal(flow.worst.reason?.disposition, 'too-big');
    assert.equal(flow.worst.reason?.packet.trace.error?.trace.disposition, 'filtered');
    assert.equal(hosts([CLAMP], silent).ask('nas', 'desk', 'tcp'), 'works');
  });
});

test('an error of a router whose address nobody’s allowed IPs hold is lost, and large packets vanish', () => {
  // It is hub that has the narrow link, and an address outside everybody's allowed IPs.
  const piEnd = (allowed: readonly string[]) => tunnel('pi', ['10.9.0.5'], [peer('hub', allowed, HUB)], { mtu: 1420 });
  const hubEnd = tunnel(
    'hub',
    ['172.16.9.1'],
    [peer('phone', ['10.9.0.2/32']), peer('laptop', ['10.9.0.3/32']), peer('pi', ['10.9.0.5/32', '192.168.1.0/24'])],
    {
      listenPort: 51820,
      mtu: 1300,
    },
  );
  const phoneEnd = (allowed: readonly string[]) =>
    tunnel('phone', ['10.9.0.2'], [peer('hub', allowed, HUB)], { mtu: 1420 });
  const example = (allowed: readonly string[]) =>
    new Example(
      site({
        hub: {
          interfaces: [hubEnd, outerLink(['198.51.100.1/24'])],
          routes: [...routesOf(hubEnd), route('10.9.0.0/24', 'unreachable')],
        },
        phone: { interfaces: [phoneEnd(allowed)], routes: routesOf(phoneEnd(allowed)) },
        pi: { interfaces: [piEnd(allowed), lanLink('home', ['192.168.1.5/24'])] },
      }),
    );
  const blackhole = example(['10.9.0.0/24', '192.168.1.0/24']).flow('phone', 'nas', 'tcp');
  assert.equal(blackhole.verdict, 'partly');
  assert.equal(blackhole.worst.reason?.packet.trace.error?.trace.disposition, 'source-not-allowed');
  assert.equal(example(['10.9.0.0/24', '172.16.9.0/24', '192.168.1.0/24']).ask('phone', 'nas', 'tcp'), 'works');
});

describe('a path that is narrower than the tunnel’s datagrams', () => {
  const plan = (pathMtu: number) => new Example(site({ pi: { outside: { pathMtu: fact(pathMtu, 'path-mtu') } } }));

  test('leaves small packets alone, and large ones to whether pieces arrive', () => {
    const flow = plan(1400).flow('phone', 'nas', 'tcp');
    assert.equal(flow.verdict, 'not-proven');
    assert.deepEqual(
      flow.worst.assumptions.map(({ part }) => part),
      ['outer-fragments'],
    );
    assert.equal(flow.worst.outcome, 'partly');
  });

  test('is no matter where they fit', () => {
    assert.equal(plan(1480).ask('phone', 'nas', 'tcp'), 'works');
  });
});
