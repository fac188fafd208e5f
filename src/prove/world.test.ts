import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Address, formatAddress } from '../net/address.ts';
import type { Route } from '../plan/plan.ts';
import {
  address,
  device,
  Example,
  fact,
  gatewayRoute,
  lan,
  lanLink,
  outerLink,
  peer,
  planOf,
  prefix,
  route,
  tunnel,
} from './example-plan.ts';
import { site } from './example-site.ts';
import { routeTo } from './world/route-table.ts';
import type { Station } from './world.ts';

function addresses(station: Station, kind: string): string[] {
  return station.links
    .filter((link) => link.kind === kind)
    .flatMap((link) => link.addresses.map(({ value }) => formatAddress(value)));
}

/** Where a station sends what is for `text`. */
function way(station: Station, text: string): string {
  const via = routeTo(station.routes, address(text))?.via;
  return via?.kind === 'gateway'
    ? formatAddress(via.gateway)
    : via?.kind === 'interface'
      ? via.interface
      : `${via?.kind}`;
}

describe('what lives on a LAN', () => {
  const { world } = new Example(site());

  test('are its hosts, a host that nobody named, and the default gateway', () => {
    assert.deepEqual(
      world.stations.filter(({ lan: on }) => on === 'home').map(({ kind, name }) => `${kind}: ${name}`),
      ['host: nas', 'unnamed: other hosts of home', 'gateway: default gateway of home'],
    );
    assert.equal(world.segments.get('home')!.attached.length, 4);
  });

  test('hosts know the wire and their default gateway', () => {
    const nas = world.byName.get('nas')!;
    assert.equal(way(nas, '192.168.1.77'), 'lan');
    assert.equal(way(nas, '10.9.0.2'), '192.168.1.1');
    assert.equal(way(nas, '192.0.2.1'), '192.168.1.1');
  });

  test('the default gateway has the routes that were asked for, and sends nothing else private to the internet', () => {
    const gateway = world.stations.find(({ kind }) => kind === 'gateway')!;
    assert.equal(way(gateway, '10.9.0.2'), '192.168.1.5');
    assert.equal(way(gateway, '10.8.0.2'), 'nowhere');
    assert.equal(way(gateway, '192.168.1.10'), 'lan');
    assert.equal(way(gateway, '192.0.2.1'), 'wan');
  });

  test('the unnamed host has an address that nobody has, in every prefix', () => {
    const plan = site({
      home: {
        prefixes: [
          fact({ family: 4 as const, bits: 0xc0a80100n, length: 24 }, 'a'),
          fact({ family: 4 as const, bits: 0xc0a80200n, length: 30 }, 'b'),
          fact({ family: 4 as const, bits: 0xc0a80300n, length: 32 }, 'c'),
          fact({ family: 6 as const, bits: 0xfd000001n << 96n, length: 64 }, 'd'),
        ],
        lent: [fact(address('192.168.1.254'), 'lent')],
        hosts: [
          { name: 'nas', addresses: [fact(address('192.168.1.253'), 'nas'), fact(address('192.168.2.2'), 'nas')] },
        ],
      },
    });
    const unnamed = new Example(plan).world.unnamed.get('home')!;
    assert.deepEqual(addresses(unnamed, 'segment'), ['192.168.1.252', '192.168.2.1', 'fd00:1::ffff:ffff:ffff:ffff']);
  });

  test('a LAN without an address left has no unnamed host', () => {
    const full = planOf([], [lan('tiny', ['192.168.1.0/30'], { hosts: { a: ['192.168.1.1'], b: ['192.168.1.2'] } })]);
    assert.equal(new Example(full).world.unnamed.size, 0);
  });

  test('a host that carries the gateway’s address is that box', () => {
    const plan = planOf(
      [],
      [
        lan('home', ['192.168.1.0/24'], {
          gateway: ['192.168.1.1'],
          hosts: { box: ['192.168.1.1'], nas: ['192.168.1.10'] },
        }),
      ],
    );
    const { world } = new Example(plan);
    assert.deepEqual(
      world.stations.map(({ kind }) => kind),
      ['host', 'host', 'unnamed', 'internet'],
    );
    assert.ok(world.byName.get('box')!.forwarding.length > 0);
    assert.equal(new Example(plan).ask('nas', '192.0.2.1', 'tcp'), 'works');
  });

  test('so is a machine', () => {
    const { world } = new Example(site({ carrier: 'gw' }));
    assert.ok(world.stations.every(({ kind }) => kind !== 'gateway'));
  });

  test('a machine without an address there has one that nobody has', () => {
    const plan = planOf(
      [device('hub', [lanLink('home', [])]), device('pi', [lanLink('home', [])])],
      [lan('home', ['192.168.1.0/24'])],
    );
    const { world } = new Example(plan);
    const found = [...world.stations].flatMap((station) => addresses(station, 'segment'));
    assert.equal(new Set(found).size, 3);
    assert.equal(new Example(plan).ask('hub', 'pi'), 'works');
  });
});

describe('routes that no plan holds', () => {
  test('a device has its default gateway from the LAN where it stands, or else the internet', () => {
    const { world } = new Example(site());
    assert.equal(way(world.byName.get('pi')!, '192.0.2.1'), '192.168.1.1');
    assert.equal(way(world.byName.get('phone')!, '192.0.2.1'), '(internet)');
    assert.equal(way(world.byName.get('hub')!, '192.0.2.1'), 'eth0');
  });

  test('of two routes to one prefix the wire goes first, where the platform does not put tunnels before it', () => {
    const end = tunnel('pi', ['10.9.0.5'], [peer('hub', ['192.168.1.0/24'])]);
    const pi = (platform: 'linux' | 'windows') =>
      new Example(
        planOf(
          [device('pi', [end, lanLink('home', ['192.168.1.5/24'])], { platform: fact(platform, 'platform') })],
          [lan('home', ['192.168.1.0/24'])],
        ),
      ).station('pi');
    assert.equal(way(pi('linux'), '192.168.1.10'), 'eth0');
    assert.equal(way(pi('windows'), '192.168.1.10'), 'wg0');
  });
});

describe('of routes that somebody stated to one prefix', () => {
  const end = tunnel('pi', ['10.9.0.5'], [peer('hub', [])]);
  const pi = (...routes: Route[]) =>
    new Example(planOf([device('pi', [end, outerLink(['198.51.100.2/24'])], { routes })])).station('pi');
  const out = (metric: number) => ({ ...route('0.0.0.0/0', '198.51.100.1 dev eth0'), metric });
  const into = (metric?: number) => ({ ...route('0.0.0.0/0', 'wg0'), metric });

  test('the lowest metric wins, then the tunnel, then the first', () => {
    assert.equal(way(pi(out(100), into()), '192.0.2.1'), 'wg0');
    assert.equal(way(pi(out(100), into(50)), '192.0.2.1'), 'wg0');
    assert.equal(way(pi(out(0), into(50)), '192.0.2.1'), '198.51.100.1');
    assert.equal(way(pi(out(0), into(0)), '192.0.2.1'), 'wg0');
  });

  test('`unreachable` is the last, whatever its metric', () => {
    assert.equal(way(pi(route('10.0.0.0/8', 'unreachable'), { ...route('10.0.0.0/8'), metric: 5 }), '10.1.1.1'), 'wg0');
  });
});

describe('what is stated by name, or not at all', () => {
  const unplanned = { attach: null, gatewayFirewall: null } as const;

  test('a default gateway that is a device has an address, known or not', () => {
    const home = lan('home', ['192.168.1.0/24'], {
      ...unplanned,
      hosts: { nas: ['192.168.1.10'] },
      defaultGatewayName: fact('box', 'gateway'),
    });
    const plan = planOf([device('box', [lanLink('home', [])])], [home]);
    const { world } = new Example(plan);
    const [own] = addresses(world.byName.get('box')!, 'segment');
    assert.equal(way(world.byName.get('nas')!, '192.0.2.1'), own);
    assert.ok(world.stations.every(({ kind }) => kind !== 'gateway'));
  });

  test('a LAN that nobody planned has a gateway all the same, of which nothing is known', () => {
    const home = lan('home', ['192.168.1.0/24'], { ...unplanned, hosts: { nas: ['192.168.1.10'] } });
    const { world } = new Example(planOf([], [home]));
    const gateway = world.stations.find(({ kind }) => kind === 'gateway')!;
    assert.deepEqual([...gateway.unknown], ['gateway-firewall', 'routes']);
    const planned = new Example(planOf([], [{ ...home, attach: fact('masquerade' as const, 'attach') }]));
    assert.ok(planned.world.stations.every(({ kind }) => kind !== 'gateway'));
  });

  test('a host without an address has one that nobody has', () => {
    const home = lan('home', ['192.168.1.0/24'], { hosts: { nas: [], tv: [] } });
    const { world } = new Example(planOf([], [home]));
    assert.deepEqual(addresses(world.byName.get('nas')!, 'segment'), ['192.168.1.254']);
    assert.deepEqual(addresses(world.byName.get('tv')!, 'segment'), ['192.168.1.253']);
  });
});

test('everybody whose outer address is not known has one of its own', () => {
  const { world } = new Example(site());
  const outer = world.stations.flatMap((station) => addresses(station, 'outer'));
  assert.equal(new Set(outer).size, outer.length);
  assert.ok(outer.includes('198.51.100.1'));
});

test('machines that share lists share tables, however many they are', () => {
  const machines = Array.from({ length: 500 }, (_, i) => `m${i}`);
  const [{ interfaces, routes }] = [
    device('one', [tunnel('one', ['10.9.0.2'], [peer('hub', ['10.9.0.0/16'])])]),
  ] as const;
  const hub = tunnel(
    'hub',
    ['10.9.0.1'],
    machines.map((name, i) => peer(name, [`10.9.${1 + (i >> 7)}.${i & 127}/32`])),
  );
  const devices = machines.map((name) => ({ ...device(name, interfaces), routes }));
  const { stations } = new Example(planOf([device('hub', [hub, outerLink([])]), ...devices])).world;
  const shared = stations.filter(({ kind }) => kind === 'machine').map((station) => station.routes[1]);
  assert.equal(new Set(shared).size, 2);
});

test('hosts of a LAN share their routes, and those they learn are the gateway’s list', () => {
  const plan = site({
    home: {
      advertise: [fact('dhcp' as const, 'dhcp')],
      gatewayRoutes: [gatewayRoute('10.9.0.0/24', '192.168.1.5')],
      hosts: ['nas', 'tv', 'pc'].map((name, i) => ({
        name,
        addresses: [fact<Address>({ family: 4, bits: 0xc0a8010an + BigInt(i) }, name)],
        platform: fact(i === 0 ? ('android' as const) : ('windows' as const), 'platform'),
      })),
    },
  });
  const { world } = new Example(plan);
  const [nas, tv, pc] = ['nas', 'tv', 'pc'].map((name) => world.byName.get(name)!);
  assert.equal(nas!.routes[0], tv!.routes[0]);
  assert.equal(tv!.routes[1], pc!.routes[1]);
  assert.equal(way(nas!, '10.9.0.2'), '192.168.1.1');
  assert.equal(way(tv!, '10.9.0.2'), '192.168.1.5');
});

test('DHCP is for IPv4 and router advertisements for IPv6, each for those who heed it', () => {
  const platforms = ['windows', 'networkmanager', 'debian-networkd', 'macos', 'ios', 'android', 'linux'] as const;
  const six = (text: string) => fact(address(text), text);
  const plan = site({
    home: {
      prefixes: [fact(prefix('192.168.1.0/24'), 'four'), fact(prefix('fd00:1::/64'), 'six')],
      defaultGateway: [six('192.168.1.1'), six('fd00:1::1')],
      advertise: [fact('dhcp' as const, 'dhcp'), fact('ra' as const, 'ra')],
      gatewayRoutes: [gatewayRoute('10.9.0.0/24', '192.168.1.5'), gatewayRoute('fd00:9::/64', 'fd00:1::5')],
      hosts: platforms.map((platform, i) => ({
        name: platform,
        addresses: [six(`192.168.1.${10 + i}`), six(`fd00:1::${10 + i}`)],
        platform: fact(platform, 'platform'),
      })),
    },
  });
  const { world } = new Example(plan);
  const heeding = (to: string, carrier: string) =>
    platforms.filter((platform) => way(world.byName.get(platform)!, to) === carrier);
  assert.deepEqual(heeding('10.9.0.2', '192.168.1.5'), [
    'windows',
    'networkmanager',
    'debian-networkd',
    'macos',
    'ios',
  ]);
  assert.deepEqual(heeding('fd00:9::2', 'fd00:1::5'), ['windows', 'networkmanager', 'debian-networkd']);
});
