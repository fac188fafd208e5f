/**
 * What lives on a LAN without being a device: hosts, the host that nobody named, and the default gateway.
 */

import type { Address, Family } from '../../net/address.ts';
import { sameAddress } from '../../net/address.ts';
import type { Device, Fact, Filter, Forwarding, LanPlan, Origin } from '../../plan/plan.ts';
import type { OuterLink, SegmentLink, Station, StationKind, UnknownPart } from '../world.ts';
import { familiesOf, type LanGround, type SharedTables } from './ground.ts';
import { type RankedRoute, RouteTable } from './route-table.ts';
import { outsideStandIn, PRIVATE_PREFIXES } from './stand-ins.ts';

/** Names of the links of hosts and gateways. */
export const LAN_LINK = 'lan';
export const WAN_LINK = 'wan';

/** Which platforms use the routes that DHCP option 121 carries (IPv4), and those of router advertisements (IPv6). */
const HONOURS: Readonly<Record<Family, readonly string[]>> = {
  4: ['windows', 'macos', 'ios', 'networkmanager', 'debian-networkd'],
  6: ['windows', 'networkmanager', 'debian-networkd'],
};

/** In the order: named hosts, the unnamed one, the gateway. Ids count from `firstId`. */
export function lanStations(
  ground: LanGround,
  firstId: number,
  deviceAddresses: readonly Address[],
  tables: SharedTables,
): Station[] {
  const { lan } = ground;
  const shared = new HostTables(ground, tables);
  const notDevices = ground.gateways.filter(
    ({ value }) => !deviceAddresses.some((address) => sameAddress(address, value)),
  );
  const isGateway = (addresses: readonly Fact<Address>[]) =>
    addresses.some(({ value }) => notDevices.some((gateway) => sameAddress(gateway.value, value)));
  const stations: Station[] = [];
  const nextId = () => firstId + stations.length;
  for (const { name, addresses, platform } of lan.hosts) {
    if (isGateway(addresses)) {
      const more = notDevices.filter(({ value }) => !addresses.some((own) => sameAddress(own.value, value)));
      stations.push(gatewayStation(ground, nextId(), 'host', name, [...addresses, ...more], tables));
    } else {
      const own = addresses.length > 0 ? addresses : ground.assumedAddresses();
      stations.push(hostStation(ground, nextId(), 'host', name, own, platform ?? null, shared));
    }
  }
  const unnamed = ground.unnamedAddresses();
  if (unnamed.length > 0) {
    stations.push(hostStation(ground, nextId(), 'unnamed', `other hosts of ${lan.name}`, unnamed, null, shared));
  }
  if (notDevices.length > 0 && !lan.hosts.some(({ addresses }) => isGateway(addresses))) {
    const name = `default gateway of ${lan.name}`;
    stations.push(gatewayStation(ground, nextId(), 'gateway', name, notDevices, tables));
  }
  return stations;
}

/** Hosts of a LAN with the same families have the same routes. */
class HostTables {
  readonly #ground: LanGround;
  readonly #tables: SharedTables;
  readonly #byFamilies = new Map<string, RouteTable>();

  constructor(ground: LanGround, tables: SharedTables) {
    this.#ground = ground;
    this.#tables = tables;
  }

  own(families: readonly Family[]): RouteTable {
    const key = families.join();
    let table = this.#byFamilies.get(key);
    if (table === undefined) {
      const ground = this.#ground;
      table = new RouteTable(() => [
        ...ground.onLink(LAN_LINK, families, 'connected'),
        ...ground.defaultRoutes(LAN_LINK, families, []),
      ]);
      this.#byFamilies.set(key, table);
    }
    return table;
  }

  /** The routes that the LAN announces, of those families that the platform heeds. */
  learned(platform: Fact<Device['platform']['value']> | null): RouteTable[] {
    const { lan } = this.#ground;
    if (platform === null || lan.gatewayRoutes.length === 0) return [];
    const announced = lan.advertise.map(({ value }) => (value === 'dhcp' ? 4 : 6));
    const heeded = announced.filter((family) => HONOURS[family].includes(platform.value));
    return heeded.map((family) => this.#tables.gatewayRoutes(this.#ofFamily(family), LAN_LINK));
  }

  readonly #lists = new Map<Family, LanPlan['gatewayRoutes']>();

  #ofFamily(family: Family): LanPlan['gatewayRoutes'] {
    let list = this.#lists.get(family);
    if (list === undefined) {
      list = this.#ground.lan.gatewayRoutes.filter(({ prefix }) => prefix.family === family);
      this.#lists.set(family, list);
    }
    return list;
  }
}

function hostStation(
  ground: LanGround,
  id: number,
  kind: StationKind,
  name: string,
  addresses: readonly Fact<Address>[],
  platform: Fact<Device['platform']['value']> | null,
  tables: HostTables,
): Station {
  return {
    ...PLAIN,
    id,
    name,
    kind,
    lan: ground.lan.name,
    platform,
    links: [lanLink(ground.lan, addresses)],
    routes: [tables.own(familiesOf(addresses)), ...tables.learned(platform)],
  };
}

/**
 * A LAN's default gateway. It has the routes that the instructions for it ask for and the firewall that the file states,
 * hides IPv4 behind one address towards the internet, and sends nothing private there.
 */
function gatewayStation(
  ground: LanGround,
  id: number,
  kind: StationKind,
  name: string,
  addresses: readonly Fact<Address>[],
  tables: SharedTables,
): Station {
  const { lan } = ground;
  const [{ origin } = { origin: { kind: 'file' as const, place: lan.place } }] = lan.defaultGateway;
  const wan: OuterLink = {
    kind: 'outer',
    id: WAN_LINK,
    addresses: ([4, 6] as const).map((family) => ({ value: outsideStandIn(family, id), origin })),
    mtu: { value: 1500, origin: null },
  };
  const own = () => [
    ...ground.onLink(LAN_LINK, familiesOf(addresses), 'connected'),
    ...([4, 6] as const).map(
      (family): RankedRoute => ({
        prefix: { family, bits: 0n, length: 0 },
        via: { kind: 'interface', interface: WAN_LINK },
        origin: null,
        rank: 'assumed',
      }),
    ),
    ...PRIVATE_PREFIXES.map(
      (prefix): RankedRoute => ({
        prefix,
        via: { kind: 'nowhere' },
        origin: null,
        rank: 'unreachable',
      }),
    ),
  ];
  return {
    ...PLAIN,
    id,
    name,
    kind,
    lan: lan.name,
    platform: lan.defaultGatewayPlatform,
    links: [lanLink(lan, addresses), wan],
    routes: [new RouteTable(own), tables.gatewayRoutes(lan.gatewayRoutes, LAN_LINK)],
    forwarding: forwardingOf(origin),
    translations: [{ kind: 'masquerade', family: 4, to: WAN_LINK, origin }],
    filters: firewallOf(lan, origin),
    unknown: unknownOf(lan),
  };
}

/** What a station has that only lives on a LAN. */
const PLAIN = {
  device: null,
  isRelay: false,
  forwarding: [],
  translations: [],
  filters: [],
  mssClamps: [],
  neighbourProxies: [],
  reversePathFilters: [],
  outside: null,
  unknown: new Set<UnknownPart>(),
};

function lanLink(lan: LanPlan, addresses: readonly Fact<Address>[]): SegmentLink {
  return {
    kind: 'segment',
    id: LAN_LINK,
    addresses,
    mtu: { value: 1500, origin: null },
    segment: lan.name,
    assumed: [],
  };
}

function forwardingOf(origin: Origin): Forwarding[] {
  return ([4, 6] as const).flatMap((family) =>
    (
      [
        [LAN_LINK, LAN_LINK],
        [LAN_LINK, WAN_LINK],
        [WAN_LINK, LAN_LINK],
      ] as const
    ).map(([from, to]) => ({ family, from, to, origin })),
  );
}

/**
 * The forward chain of a gateway by its class. Where the class is not known, what comes from the LAN and stays there is
 * left to an assumption (`gateway-firewall`); the rest is alike in all.
 */
function firewallOf(lan: LanPlan, described: Origin): Filter[] {
  const stated = lan.gatewayFirewall?.value ?? null;
  const origin = lan.gatewayFirewall?.origin ?? described;
  const rule = (action: Filter['action'], matches: Omit<Filter, 'action' | 'origin'> = {}): Filter => ({
    action,
    ...matches,
    origin,
  });
  const answers = rule('accept', { states: ['established', 'related'] });
  const outwards = rule('accept', { from: LAN_LINK, to: WAN_LINK });
  const within = rule('accept', { from: LAN_LINK, to: LAN_LINK });
  switch (stated) {
    case 'none':
      return [];
    case 'established':
      return [answers, rule('accept', { from: LAN_LINK }), rule('drop')];
    case 'drop-invalid':
      return [rule('drop', { states: ['invalid'] }), answers, rule('accept', { from: LAN_LINK }), rule('drop')];
    case 'lan-to-wan-only':
      return [answers, outwards, rule('drop')];
    case 'exempt':
      return [within, answers, outwards, rule('drop')];
    case null:
      return [answers, outwards, rule('drop', { from: WAN_LINK })];
  }
}

function unknownOf(lan: LanPlan): ReadonlySet<UnknownPart> {
  const parts: UnknownPart[] = lan.gatewayFirewall === null ? ['gateway-firewall'] : [];
  // Nobody planned this LAN: what its gateway was told is not known either.
  if (lan.attach === null) parts.push('routes');
  return new Set(parts);
}
