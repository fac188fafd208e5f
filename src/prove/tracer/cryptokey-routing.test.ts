/**
 * Allowed IPs, both ways, what an initiator is told when they do not fit, and where addresses of routers come in.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Device } from '../../plan/plan.ts';
import {
  device,
  Example,
  fact,
  forwardsAll,
  lanLink,
  outerLink,
  peer,
  planOf,
  prefix,
  route,
  routesOf,
  tunnel,
  wordsOf,
} from '../example-plan.ts';
import { site } from '../example-site.ts';

const HUB = { endpoint: '198.51.100.1:51820', keepalive: 25 };

describe('one prefix has one owner', () => {
  test('the last peer that lists it wins, the first is cut off, and the step names both', () => {
    const example = new Example(
      site({
        hubPeers: [
          peer('phone', ['10.9.0.2/32']),
          peer('laptop', ['10.9.0.3/32', '10.9.0.2/32']),
          peer('pi', ['10.9.0.5/32', '192.168.1.0/24']),
        ],
      }),
    );
    const flow = example.flow('phone', 'nas');
    assert.equal(flow.verdict, 'fails');
    const { step, hop } = flow.worst.reason!;
    assert.ok(step.kind === 'allowed-ips-in');
    assert.equal(hop.station.name, 'hub');
    assert.equal(wordsOf(step.origin), 'allowed-ips 10.9.0.2/32 of laptop');
    assert.deepEqual(
      step.losers.map((loser) => wordsOf(loser.origin)),
      ['allowed-ips 10.9.0.2/32 of phone'],
    );
    assert.equal(example.ask('laptop', 'nas'), 'works');
  });

  test('a prefix that an importer found taken is remembered, too', () => {
    const taken = [{ prefix: fact(prefix('10.9.0.2/32'), 'first section'), by: fact(new Uint8Array(32), 'later') }];
    const hubPeers = [{ ...peer('phone', []), taken }, peer('laptop', ['10.9.0.3/32', '10.9.0.2/32'])];
    const { step } = new Example(site({ hubPeers })).flow('phone', 'hub').worst.reason!;
    assert.ok(step.kind === 'allowed-ips-in');
    assert.deepEqual(
      step.losers.map((loser) => [loser.peer.name, wordsOf(loser.origin)]),
      [['phone', 'first section']],
    );
  });

  test('the longest prefix decides both ways', () => {
    const plan = (allowed: readonly string[]) =>
      new Example(
        site({
          hubPeers: [
            peer('pi', ['10.9.0.0/24', '192.168.1.0/24']),
            peer('phone', allowed),
            peer('laptop', ['10.9.0.3/32']),
          ],
        }),
      );
    assert.equal(plan(['10.9.0.2/32']).ask('phone', 'nas'), 'works');
    assert.equal(plan([]).ask('phone', 'nas'), 'fails: source-not-allowed at hub');
  });
});

test('a source that is not the sender’s is dropped, and nobody is told', () => {
  const end = tunnel('phone', ['10.9.0.50'], [peer('hub', ['10.9.0.0/24', '192.168.1.0/24'], HUB)]);
  const example = new Example(site({ phone: { interfaces: [end], routes: routesOf(end) } }));
  const flow = example.flow('phone', 'nas');
  assert.equal(flow.worst.reason?.disposition, 'source-not-allowed');
  assert.equal(flow.worst.packets[0]!.trace.error, null);
});

describe('what the initiator is told', () => {
  const cases: readonly [what: string, example: Example, to: string, expected: readonly string[]][] = [
    [
      'hub sends to nobody’s allowed IPs: unreachable',
      new Example(site({ hub: { routes: [route('10.9.0.0/24')] } })),
      '10.9.0.77',
      ['not-in-allowed-ips', 'error delivered'],
    ],
    [
      'the peer has no endpoint: unreachable',
      new Example(
        planOf([
          device(
            'hub',
            [tunnel('hub', ['10.9.0.1'], [peer('phone', ['10.9.0.2/32']), peer('away', ['10.9.0.7/32'])])],
            {
              forwarding: forwardsAll(['wg0']),
            },
          ),
          device('phone', [tunnel('phone', ['10.9.0.2'], [peer('hub', ['10.9.0.0/24'], HUB)])]),
          device('away', [tunnel('away', ['10.9.0.7'], [peer('hub', ['10.9.0.0/24'], { endpoint: HUB.endpoint })])]),
        ]),
      ),
      '10.9.0.7',
      ['tunnel-asleep', 'error delivered'],
    ],
    [
      'hub has no route: unreachable',
      new Example(site({ hub: { routes: [route('10.9.0.2/32'), route('0.0.0.0/1', 'unreachable')] } })),
      '10.9.0.77',
      ['unreachable-route', 'error delivered'],
    ],
    ['hub does not forward: silence', new Example(site({ hub: { forwarding: [] } })), 'nas', ['not-forwarded']],
    ['a host that is not there: unreachable', new Example(site()), '192.168.1.77', ['no-neighbour', 'error delivered']],
  ];
  for (const [what, example, to, expected] of cases) {
    test(what, () => assert.deepEqual(example.packets('phone', to), expected));
  }

  test('the error about an absent host comes from the inside address of the site machine', () => {
    const { error } = new Example(site()).flow('phone', '192.168.1.77').worst.packets[0]!.trace;
    const source = error!.trace.hops[0]!.steps.find((step) => step.kind === 'source-address');
    assert.equal(wordsOf(source!.origin), 'address 10.9.0.5');
  });

  test('an error of a hub without an inside address has an outer one, and is dropped where it arrives', () => {
    const end = tunnel(
      'hub',
      [],
      [peer('phone', ['10.9.0.2/32']), peer('laptop', ['10.9.0.3/32']), peer('pi', ['10.9.0.5/32', '192.168.1.0/24'])],
      { listenPort: 51820 },
    );
    const interfaces = [end, outerLink(['198.51.100.1/24'])];
    const hub = { interfaces, routes: [...routesOf(end), route('10.9.0.0/24', 'unreachable')] };
    const example = new Example(site({ hub }));
    assert.equal(example.ask('phone', 'nas', 'tcp'), 'works');
    assert.deepEqual(example.packets('phone', '10.9.0.77'), ['unreachable-route', 'error source-not-allowed']);
  });
});

describe('kernel routes choose the interface, allowed IPs the peer', () => {
  const withoutRoute = (mode: 'off' | 'loose' | 'strict') =>
    new Example(
      site({
        hub: {
          routes: [route('10.9.0.0/24')],
          reversePathFilters: [{ interface: 'wg0', mode, origin: { kind: 'rule', rule: 'inside-owner', because: [] } }],
        },
      }),
    );

  test('without the route, the request of the LAN passes and the reply is lost', () => {
    for (const mode of ['off', 'loose'] as const) {
      const flow = withoutRoute(mode).flow('nas', 'phone');
      assert.equal(flow.verdict, 'fails', mode);
      assert.deepEqual(
        flow.worst.packets.map(({ direction, trace }) => `${direction} ${trace.disposition}`),
        ['forward delivered', 'reply lost-on-the-internet'],
        mode,
      );
    }
  });

  test('strict reverse path filtering drops the request already', () => {
    assert.equal(withoutRoute('strict').ask('nas', 'phone'), 'fails: reverse-path at hub');
  });
});

describe('forwarding', () => {
  test('the switch of the tunnel interface alone lets peers reach each other', () => {
    const example = new Example(site({ hub: { forwarding: forwardsAll(['wg0']) } }));
    assert.equal(example.ask('phone', 'laptop', 'tcp'), 'works');
  });

  test('without any, peers reach hub and nobody else', () => {
    const example = new Example(site({ hub: { forwarding: [] } }));
    assert.equal(example.ask('phone', 'hub'), 'works');
    assert.equal(example.ask('phone', 'laptop'), 'fails: not-forwarded at hub');
  });
});

describe('loops', () => {
  const hubPeers = [
    peer('phone', ['10.9.0.2/32']),
    peer('laptop', ['10.9.0.3/32']),
    peer('pi', ['10.9.0.5/32', '192.168.1.0/24', '10.50.0.0/16']),
  ];
  const everything = tunnel('pi', ['10.9.0.5'], [peer('hub', ['0.0.0.0/0'], HUB)], { avoidsItself: true });
  const phoneEnd = tunnel('phone', ['10.9.0.2'], [peer('hub', ['10.0.0.0/8', '192.168.1.0/24'], HUB)]);
  const words = {
    hubPeers,
    phone: { interfaces: [phoneEnd], routes: routesOf(phoneEnd) },
    pi: { interfaces: [everything, lanLink('home', ['192.168.1.5/24'])], routes: routesOf(everything) },
    home: {
      gatewayRoutes: [
        {
          prefix: { family: 4 as const, bits: 0x0a000000n, length: 8 },
          gateway: { family: 4 as const, bits: 0xc0a80105n },
          origin: fact(0, 'x').origin,
        },
      ],
    },
  };

  test('what another machine sends into a hole of the aggregate comes back once', () => {
    assert.equal(new Example(site(words)).ask('phone', '10.50.1.1'), 'fails: source-not-allowed at hub');
  });

  test('what the site’s own LAN sends goes to and fro until its hop limit ends', () => {
    const flow = new Example(site(words)).flow('nas', '10.50.1.1');
    assert.equal(flow.worst.reason?.disposition, 'hop-limit');
    assert.equal(flow.worst.packets[0]!.trace.hops.length, 65);
  });

  test('an unreachable aggregate ends both at once', () => {
    const pi = { ...words.pi, routes: [...words.pi.routes, route('10.50.0.0/16', 'unreachable')] };
    const example = new Example(site({ ...words, pi }));
    assert.equal(example.ask('phone', '10.50.1.1'), 'fails: unreachable-route at pi');
    assert.equal(example.ask('nas', '10.50.1.1'), 'fails: unreachable-route at pi');
  });
});

test('a host with only a global address sends it, and hub drops it', () => {
  const six = (text: bigint, length: number) => ({ family: 6 as const, bits: text, length });
  const ULA = 0xfd000001n << 96n;
  const GLOBAL = 0x20010db8n << 96n;
  const far = tunnel('pi', ['fd00:9::5'], [peer('hub', ['fd00:9::/64'], HUB)]);
  const hubEnd = tunnel(
    'hub',
    ['fd00:9::1'],
    [peer('phone', ['fd00:9::2/128']), peer('pi', ['fd00:9::5/128', 'fd00:1::/64'])],
    {
      listenPort: 51820,
    },
  );
  const phoneEnd = tunnel('phone', ['fd00:9::2'], [peer('hub', ['fd00:9::/64', 'fd00:1::/64'], HUB)]);
  const example = (addresses: readonly bigint[]) =>
    new Example(
      site({
        hub: { interfaces: [hubEnd, outerLink(['198.51.100.1/24'])], routes: routesOf(hubEnd) },
        phone: { interfaces: [phoneEnd], routes: routesOf(phoneEnd) },
        pi: { interfaces: [far, lanLink('home', ['fd00:1::5/64', '2001:db8::5/64'])], routes: routesOf(far) },
        home: {
          prefixes: [fact(six(ULA, 64), 'ula'), fact(six(GLOBAL, 64), 'global')],
          defaultGateway: [fact(six(ULA | 5n, 64), 'gateway')],
          gatewayRoutes: [],
          hosts: [{ name: 'nas', addresses: addresses.map((bits) => fact({ family: 6 as const, bits }, 'nas')) }],
        },
      }),
    );
  assert.equal(example([GLOBAL | 0x10n]).ask('nas', 'phone'), 'fails: source-not-allowed at hub');
  assert.equal(example([GLOBAL | 0x10n, ULA | 0x10n]).ask('nas', 'phone'), 'works');
});

describe('a default route that routers advertise', () => {
  const six = { address: { family: 6 as const, bits: (0x20010db8n << 96n) | 5n }, length: 64 };
  const outer = { kind: 'outer' as const, id: 'eth0', addresses: [fact(six, 'outer')] };
  const advertised = { ...route('::/0', 'eth0'), isAdvertised: true };
  const end = tunnel('hub', ['fd00:9::1'], [peer('phone', ['fd00:9::2/128'])], { listenPort: 51820 });
  const phone = tunnel(
    'phone',
    ['fd00:9::2'],
    [peer('hub', ['fd00:9::/64'], { endpoint: '[2001:db8::5]:51820', keepalive: 25 })],
  );
  const ask = (more: Partial<Device>) =>
    new Example(
      planOf([
        device('hub', [end, outer], {
          routes: [...routesOf(end), advertised],
          forwarding: forwardsAll(['wg0', 'eth0']),
          ...more,
        }),
        device('phone', [phone]),
      ]),
    ).ask('hub', '2001:db8:ffff::1');
  const accepts = (value: string) => ({
    switches: [{ path: 'ipv6/conf/eth0/accept_ra', value: fact(value, 'accept_ra') }],
  });

  test('is lost on a machine that forwards, unless it is told to keep it', () => {
    assert.equal(ask(accepts('1')), 'fails: no-route at hub');
    assert.equal(ask(accepts('2')), 'works');
    assert.equal(ask({ forwarding: [] }), 'works');
    assert.equal(ask({ platform: fact('networkmanager' as const, 'platform') }), 'works');
  });

  test('may be lost where nobody stated it', () => {
    assert.match(ask({}), /^not-proven/);
  });
});
