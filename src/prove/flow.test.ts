import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Device, UnknownFact } from '../plan/plan.ts';
import { Example, fact, gatewayRoute, lanLink, peer, route, rule, tunnel } from './example-plan.ts';
import { site } from './example-site.ts';
import { decidingFacts } from './flow.ts';

function unknown(...parts: UnknownFact[]): Partial<Device> {
  return { unknown: parts };
}

describe('a fact that nobody stated', () => {
  const cases: readonly [part: UnknownFact, example: Example, from: string, to: string][] = [
    ['forwarding-ipv4', new Example(site({ pi: { ...unknown('forwarding-ipv4'), forwarding: [] } })), 'phone', 'nas'],
    ['forward-filter', new Example(site({ pi: unknown('forward-filter') })), 'phone', 'nas'],
    ['input-filter', new Example(site({ pi: unknown('input-filter') })), 'phone', 'pi'],
    ['output-filter', new Example(site({ pi: unknown('output-filter') })), 'pi', 'phone'],
    ['translations', new Example(site({ hasRoute: false, pi: unknown('translations') })), 'phone', 'nas'],
  ];
  for (const [part, example, from, to] of cases) {
    test(`${part}: not proven, and which fact would settle it`, () => {
      const flow = example.flow(from, to);
      assert.equal(flow.verdict, 'not-proven');
      assert.deepEqual([flow.best.outcome, flow.worst.outcome], ['works', 'fails']);
      assert.deepEqual(
        flow.worst.assumptions.map((each) => each.part),
        [part],
      );
    });
  }

  test('that decides by itself is told from those that need others', () => {
    const example = new Example(
      site({ pi: unknown('forward-filter', 'input-filter', 'translations'), hasRoute: false }),
    );
    const flow = example.flow('phone', 'nas');
    assert.deepEqual(
      decidingFacts(example.world, flow).map(({ part }) => part),
      ['forward-filter', 'translations'],
    );
    const easy = new Example(site({ pi: unknown('translations') }));
    assert.deepEqual(decidingFacts(easy.world, easy.flow('phone', 'nas')), []);
  });

  test('is not asked for where a stated one decides', () => {
    const filters = [rule('accept', { from: 'wg0', to: 'eth0' }), rule('accept', { from: 'eth0', to: 'wg0' })];
    const flow = new Example(site({ pi: { ...unknown('forward-filter'), filters } })).flow('phone', 'nas');
    assert.equal(flow.verdict, 'works');
    assert.equal(flow.best, flow.worst);
  });

  test('does not matter where the flow works or fails anyway', () => {
    assert.equal(new Example(site({ pi: unknown('translations') })).ask('phone', 'nas'), 'works');
    const broken = site({ pi: unknown('forward-filter', 'translations'), hub: { forwarding: [] } });
    const flow = new Example(broken).flow('phone', 'nas');
    assert.equal(flow.verdict, 'fails');
    assert.deepEqual(flow.worst.assumptions, []);
  });

  test('strict reverse paths are only asked about where they would drop', () => {
    assert.equal(new Example(site({ hub: unknown('reverse-path-filter') })).ask('phone', 'nas'), 'works');
    const hub = { ...unknown('reverse-path-filter'), routes: [route('10.9.0.2/32'), route('192.168.1.0/24')] };
    const flow = new Example(site({ hub })).flow('laptop', 'nas');
    assert.equal(flow.verdict, 'fails');
    assert.deepEqual(
      flow.worst.assumptions.map(({ part }) => part),
      ['reverse-path-filter'],
    );
  });

  test('a machine that is not Linux does not filter by reverse path', () => {
    const hub = {
      ...unknown('reverse-path-filter'),
      routes: [route('192.168.1.0/24')],
      platform: fact('freebsd' as const, 'platform'),
    };
    assert.deepEqual(new Example(site({ hub })).flow('laptop', 'nas').worst.assumptions, []);
  });

  test('routes: the gateway of a LAN that nobody planned may have one to the tunnels', () => {
    const flow = new Example(site({ hasRoute: false, home: { attach: null } })).flow('phone', 'nas');
    assert.equal(flow.verdict, 'not-proven');
    assert.deepEqual(
      flow.worst.assumptions.map(({ part, station }) => `${part} of ${station.name}`),
      ['routes of default gateway of home'],
    );
    const planned = new Example(
      site({ home: { attach: null, gatewayRoutes: [gatewayRoute('10.9.0.0/24', '192.168.1.5')] } }),
    );
    assert.equal(planned.ask('phone', 'nas'), 'works');
  });

  test('neighbour proxies: somebody with another way may answer', () => {
    const end = tunnel(
      'pi',
      ['10.9.0.5'],
      [peer('hub', ['10.9.0.0/24', '192.168.1.200/32'], { endpoint: '198.51.100.1:51820', keepalive: 25 })],
    );
    const pi = {
      ...unknown('neighbour-proxies'),
      interfaces: [end, lanLink('home', ['192.168.1.5/24'])],
      routes: [route('10.9.0.0/24'), route('192.168.1.200/32')],
    };
    const flow = new Example(site({ pi })).flow('nas', '192.168.1.200');
    assert.ok(flow.best.assumptions.some(({ part }) => part === 'neighbour-proxies'));
    assert.notEqual(flow.best.reason?.disposition, 'no-neighbour');
    assert.equal(flow.worst.reason?.disposition, 'no-neighbour');
  });
});

describe('what a run is', () => {
  test('TCP is SYN, SYN-ACK, ACK and data both ways', () => {
    assert.deepEqual(
      new Example(site()).flow('phone', 'nas', 'tcp').best.packets.map(({ kind, direction }) => `${direction} ${kind}`),
      ['forward syn', 'reply syn-ack', 'forward ack', 'forward data', 'reply data'],
    );
  });

  test('the reason names the packet, the station and the step', () => {
    const { reason } = new Example(site({ hub: { forwarding: [] } })).flow('phone', 'nas').worst;
    assert.equal(reason?.packet.direction, 'forward');
    assert.equal(reason?.hop.station.name, 'hub');
    assert.equal(reason?.step.kind, 'forwarding');
    assert.equal(reason?.step.ends, reason?.disposition);
  });

  test('a reply under another address is not taken for one', () => {
    // pi hides what leaves the LAN, which it sees the reply half of alone: UDP is a new flow to it.
    const translations = [
      {
        kind: 'masquerade' as const,
        family: 4 as const,
        from: 'eth0',
        to: 'wg0',
        origin: fact(0, 'masquerade').origin,
      },
    ];
    const other = tunnel(
      'pi2',
      ['10.9.0.6'],
      [peer('hub', ['10.9.0.0/24'], { endpoint: '198.51.100.1:51820', keepalive: 25 })],
    );
    const plan = site({
      hubPeers: [
        peer('phone', ['10.9.0.2/32']),
        peer('pi', ['10.9.0.5/32']),
        peer('pi2', ['10.9.0.6/32', '192.168.1.0/24']),
      ],
      pi: { translations },
      more: [],
    });
    const pi2 = {
      ...plan.devices[3]!,
      name: 'pi2',
      interfaces: [other, lanLink('home', ['192.168.1.6/24'])],
      translations: [],
    };
    const flow = new Example({ ...plan, devices: [...plan.devices, pi2] }).flow('phone', 'nas', 'udp');
    assert.equal(flow.worst.reason?.disposition, 'unexpected-reply');
  });
});
