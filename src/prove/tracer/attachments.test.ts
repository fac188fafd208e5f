/**
 * LANs, in every way to join them: the tables that were measured with real packets, row by row. R is a machine elsewhere
 * (phone), L a host on the LAN (nas), S the machine with the tunnel (pi, or gw itself).
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Translation } from '../../plan/plan.ts';
import {
  device,
  Example,
  fact,
  forwardsAll,
  gatewayRoute,
  lanLink,
  origin,
  peer,
  proxyFor,
  routesOf,
  rule,
  tunnel,
} from '../example-plan.ts';
import { site } from '../example-site.ts';
import type { Flow } from '../flow.ts';

const MASQUERADE: Translation = {
  kind: 'masquerade',
  family: 4,
  from: 'wg0',
  to: 'eth0',
  origin: origin('masquerade'),
};

/** The source under which the other side sees the first packet. */
function seenFrom(flow: Flow): string {
  const { bits } = flow.best.packets[0]!.trace.arrived!.source!;
  return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.');
}

describe('the tunnel ends on the default gateway', () => {
  test('both directions work, and L sees the inside address', () => {
    const example = new Example(site({ carrier: 'gw' }));
    for (const protocol of ['ping', 'tcp', 'udp'] as const) {
      assert.equal(example.ask('phone', 'nas', protocol), 'works');
      assert.equal(example.ask('nas', 'phone', protocol), 'works');
    }
    assert.equal(seenFrom(example.flow('phone', 'nas')), '10.9.0.2');
  });

  test('a filter that accepts what the LAN begins loses what R begins, until it accepts the tunnel', () => {
    const chain = [
      rule('accept', { states: ['established', 'related'] }),
      rule('accept', { from: 'eth0' }),
      rule('drop'),
    ];
    const closed = new Example(site({ carrier: 'gw', pi: { filters: chain } }));
    assert.equal(closed.ask('phone', 'nas'), 'fails: filtered at gw');
    assert.equal(closed.ask('nas', 'phone', 'tcp'), 'works');
    const open = new Example(site({ carrier: 'gw', pi: { filters: [rule('accept', { from: 'wg0' }), ...chain] } }));
    assert.equal(open.ask('phone', 'nas', 'tcp'), 'works');
  });
});

describe('masquerade at S', () => {
  const example = new Example(site({ hasRoute: false, pi: { translations: [MASQUERADE] } }));

  test('R reaches L, which sees the LAN address of S', () => {
    for (const protocol of ['ping', 'tcp', 'udp'] as const)
      assert.equal(example.ask('phone', 'nas', protocol), 'works');
    assert.equal(seenFrom(example.flow('phone', 'nas')), '192.168.1.5');
  });

  test('L does not reach R: its default gateway has no route', () => {
    assert.equal(example.ask('nas', 'phone'), 'fails: no-route at default gateway of home');
  });

  test('R reaches S itself under its own address', () => {
    assert.equal(seenFrom(example.flow('phone', '192.168.1.5')), '10.9.0.2');
    assert.equal(example.ask('phone', '192.168.1.5'), 'works');
  });

  test('with a route on L, L reaches R although the rule is there', () => {
    const routed = new Example(site({ pi: { translations: [MASQUERADE] } }));
    assert.equal(routed.ask('nas', 'phone', 'tcp'), 'works');
  });

  test('an error of the LAN comes back to R', () => {
    const flow = example.flow('phone', '192.168.1.77');
    const [{ trace }] = flow.worst.packets as [Flow['worst']['packets'][number]];
    assert.equal(trace.disposition, 'no-neighbour');
    assert.equal(trace.error?.trace.disposition, 'delivered');
    assert.deepEqual(
      trace.error?.trace.hops.slice(0, 1).map(({ station }) => station.name),
      ['pi'],
    );
  });
});

test('without masquerade or route, R does not get its reply from L', () => {
  const example = new Example(site({ hasRoute: false }));
  assert.equal(example.ask('phone', 'nas'), 'fails: no-route at default gateway of home');
});

describe('a static route on the default gateway, hosts ignoring redirects', () => {
  const [OK, LOST, STALLS] = [
    'works',
    'fails: filtered at default gateway of home',
    'partly: filtered at default gateway of home',
  ];
  const rows = [
    { firewall: 'none', expected: [OK, OK, OK, OK] },
    { firewall: 'drop-invalid', expected: [LOST, LOST, OK, STALLS] },
    { firewall: 'established', expected: [OK, OK, OK, OK] },
    { firewall: 'lan-to-wan-only', expected: [LOST, LOST, LOST, LOST] },
    { firewall: 'exempt', expected: [OK, OK, OK, OK] },
  ] as const;
  const flows = [
    ['phone', 'nas', 'ping'],
    ['phone', 'nas', 'tcp'],
    ['nas', 'phone', 'ping'],
    ['nas', 'phone', 'tcp'],
  ] as const;
  for (const { firewall, expected } of rows) {
    test(`gateway-firewall: ${firewall}`, () => {
      const example = new Example(site({ firewall }));
      assert.deepEqual(
        flows.map(([from, to, protocol]) => example.ask(from, to, protocol)),
        expected,
      );
      assert.equal(example.ask('phone', 'nas', 'udp'), firewall === 'lan-to-wan-only' ? LOST : OK);
    });
  }

  test('under drop-invalid, TCP by L connects, and its first packet after that is the half that is invalid', () => {
    const flow = new Example(site({ firewall: 'drop-invalid' })).flow('nas', 'phone', 'tcp');
    assert.deepEqual(
      flow.worst.packets.map(({ kind, trace }) => `${kind} ${trace.disposition}`),
      ['syn delivered', 'syn-ack delivered', 'ack filtered'],
    );
    const { steps } = flow.worst.reason!.hop;
    const tracking = steps.find((step) => step.kind === 'tracking');
    assert.equal(tracking?.because, 'half-seen');
  });

  test('a firewall that nobody stated proves nothing either way', () => {
    const flow = new Example(site({ firewall: null })).flow('phone', 'nas');
    assert.equal(flow.verdict, 'not-proven');
    assert.deepEqual(
      flow.worst.assumptions.map(({ part, station }) => `${part} of ${station.name}`),
      ['gateway-firewall of default gateway of home'],
    );
    assert.equal(flow.best.outcome, 'works');
    assert.equal(flow.worst.outcome, 'fails');
  });

  test('a host that learns the route by DHCP does not ask the gateway', () => {
    const home = {
      advertise: [fact('dhcp' as const, 'advertise')],
      hosts: [
        {
          name: 'nas',
          addresses: [fact({ family: 4 as const, bits: 0xc0a8010an }, 'nas')],
          platform: fact('macos' as const, 'platform'),
        },
        {
          name: 'tv',
          addresses: [fact({ family: 4 as const, bits: 0xc0a8010bn }, 'tv')],
          platform: fact('android' as const, 'platform'),
        },
      ],
    };
    const example = new Example(site({ firewall: 'drop-invalid', home }));
    assert.equal(example.ask('nas', 'phone', 'tcp'), 'works');
    assert.equal(example.ask('phone', 'nas', 'tcp'), 'works');
    assert.match(example.ask('phone', 'tv', 'tcp'), /^fails/);
  });
});

describe('proxy ARP', () => {
  /** R has 192.168.1.200 in place of an inside address. */
  function lent(pi: Parameters<typeof site>[0] = {}) {
    const hubEnd = { endpoint: '198.51.100.1:51820', keepalive: 25 };
    const far = tunnel('pi', ['10.9.0.5'], [peer('hub', ['10.9.0.0/24', '192.168.1.200/32'], hubEnd)]);
    const borrower = tunnel('phone', ['192.168.1.200'], [peer('hub', ['10.9.0.0/24', '192.168.1.0/24'], hubEnd)]);
    return site({
      hasRoute: false,
      hubPeers: [
        peer('phone', ['192.168.1.200/32']),
        peer('laptop', ['10.9.0.3/32']),
        peer('pi', ['10.9.0.5/32', '192.168.1.0/24']),
      ],
      phone: { interfaces: [borrower], routes: routesOf(borrower) },
      ...pi,
      pi: {
        interfaces: [far, lanLink('home', ['192.168.1.5/24'])],
        routes: routesOf(far),
        neighbourProxies: [proxyFor('192.168.1.200')],
        ...pi.pi,
      },
    });
  }

  test('both directions work, and L sees a neighbour', () => {
    const example = new Example(lent());
    for (const protocol of ['ping', 'tcp', 'udp'] as const) {
      assert.equal(example.ask('phone', 'nas', protocol), 'works');
      assert.equal(example.ask('nas', 'phone', protocol), 'works');
    }
    assert.equal(seenFrom(example.flow('phone', 'nas')), '192.168.1.200');
  });

  test('without an entry, without a route, or without forwarding nobody answers', () => {
    const broken = [{ neighbourProxies: [] }, { routes: [] }, { forwarding: [] }];
    for (const pi of broken) {
      assert.equal(
        new Example(lent({ pi })).ask('nas', '192.168.1.200'),
        'fails: no-neighbour at nas',
        JSON.stringify(pi),
      );
    }
  });

  test('which condition fails is told', () => {
    const because = (pi: object) => {
      const { step } = new Example(lent({ pi })).flow('nas', '192.168.1.200').worst.reason!;
      return step.kind === 'neighbour' ? step.silent.map((each) => each.because) : null;
    };
    assert.deepEqual(because({ routes: [] }), ['no-other-route']);
    assert.deepEqual(because({ forwarding: [] }), ['not-forwarding']);
    assert.deepEqual(because({ neighbourProxies: [] }), []);
  });

  test('an address that hub does not know as R’s dies on the source check, and does not loop', () => {
    const example = new Example(
      lent({
        hubPeers: [
          peer('phone', ['10.9.0.2/32']),
          peer('laptop', ['10.9.0.3/32']),
          peer('pi', ['10.9.0.5/32', '192.168.1.0/24']),
        ],
      }),
    );
    assert.equal(example.ask('nas', '192.168.1.200'), 'fails: source-not-allowed at pi');
  });

  test('what S itself sends to R has its inside address', () => {
    assert.equal(seenFrom(new Example(lent()).flow('pi', '192.168.1.200')), '10.9.0.5');
  });
});

test('proxy NDP asks for no route, and then the traffic dies', () => {
  const hubEnd = { endpoint: '198.51.100.1:51820', keepalive: 25 };
  const far = tunnel('pi', ['fd00:9::5'], [peer('hub', ['fd00:9::/64'], hubEnd)]);
  const pi = (more: object) =>
    new Example(
      site({
        pi: {
          interfaces: [far, lanLink('home', ['fd00:1::5/64'])],
          routes: routesOf(far),
          neighbourProxies: [proxyFor('fd00:1::200')],
          ...more,
        },
        home: {
          prefixes: [fact({ family: 6 as const, bits: 0xfd000001n << 96n, length: 64 }, 'prefix')],
          defaultGateway: [],
          gatewayRoutes: [],
          hosts: [
            { name: 'nas', addresses: [fact({ family: 6 as const, bits: (0xfd000001n << 96n) | 0x10n }, 'nas')] },
          ],
        },
      }),
    );
  assert.equal(pi({}).ask('nas', 'fd00:1::200'), 'fails: no-neighbour at pi');
  assert.equal(pi({ forwarding: [] }).ask('nas', 'fd00:1::200'), 'fails: no-neighbour at nas');
});

test('two machines on one LAN call each other by their LAN addresses, past every tunnel', () => {
  const desk = tunnel('desk', ['10.9.0.8'], [peer('hub', ['10.9.0.0/24'], { endpoint: '198.51.100.1:51820' })]);
  const plan = site({
    hubPeers: [peer('pi', ['10.9.0.5/32', '192.168.1.0/24']), peer('desk', ['10.9.0.8/32'])],
    more: [device('desk', [desk, lanLink('home', [])], { forwarding: forwardsAll([]) })],
  });
  const flow = new Example(plan).flow('pi', 'desk', 'tcp');
  assert.equal(flow.verdict, 'works');
  assert.deepEqual(
    flow.best.packets[0]!.trace.hops.map(({ station }) => station.name),
    ['pi', 'desk'],
  );
  assert.equal(new Example(plan).ask('nas', 'desk'), 'works');
});

test('several prefixes of one LAN are one wire', () => {
  const end = tunnel(
    'phone',
    ['10.9.0.2'],
    [peer('hub', ['10.9.0.0/24', '192.168.0.0/16'], { endpoint: '198.51.100.1:51820', keepalive: 25 })],
  );
  const plan = site({
    phone: { interfaces: [end], routes: routesOf(end) },
    hubPeers: [peer('phone', ['10.9.0.2/32']), peer('pi', ['10.9.0.5/32', '192.168.1.0/24', '192.168.2.0/24'])],
    home: {
      prefixes: [
        fact({ family: 4 as const, bits: 0xc0a80100n, length: 24 }, 'first'),
        fact({ family: 4 as const, bits: 0xc0a80200n, length: 24 }, 'second'),
      ],
      hosts: [
        { name: 'nas', addresses: [fact({ family: 4 as const, bits: 0xc0a8010an }, 'nas')] },
        { name: 'tv', addresses: [fact({ family: 4 as const, bits: 0xc0a8020an }, 'tv')] },
      ],
      gatewayRoutes: [gatewayRoute('10.9.0.0/24', '192.168.1.5')],
    },
  });
  assert.equal(new Example(plan).ask('nas', 'tv', 'tcp'), 'works');
  assert.equal(new Example(plan).ask('tv', 'phone', 'tcp'), 'works');
});
