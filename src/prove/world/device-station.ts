/**
 * A device of the plan as a station.
 *
 * What the plan does not say because every kernel does it is added here: the routes of an interface's own addresses, and
 * a default route. Where nobody stated one, it is the default gateway of the LAN on which the device stands, or a way to
 * the internet that is not described.
 */

import type { Address } from '../../net/address.ts';
import { prefixOf } from '../../net/prefix.ts';
import type { Device, Fact, Forwarding, Interface, Origin } from '../../plan/plan.ts';
import type { Link, OuterLink, SegmentLink, Station, TunnelLink } from '../world.ts';
import { familiesOf, type LanGround, type SharedTables } from './ground.ts';
import { type RankedRoute, RouteTable } from './route-table.ts';
import { outsideStandIn } from './stand-ins.ts';

/** The link to the internet of a device that stands on no LAN with a known default gateway; no interface has this name. */
export const UPLINK = '(internet)';

const ETHERNET_MTU = { value: 1500, origin: null };

/** Where routes of a tunnel go before those of an interface's own prefix. */
const TUNNEL_FIRST: ReadonlySet<string> = new Set(['windows', 'android', 'networkmanager']);

export function deviceStation(
  device: Device,
  id: number,
  grounds: ReadonlyMap<string, LanGround>,
  tables: SharedTables,
): Station {
  const described: Origin = { kind: 'file', place: device.place };
  const links = device.interfaces.flatMap((each) => linkOf(device, each, described, id, grounds, tables));
  const outer = links.filter((link) => link.kind === 'outer');
  const defaults = outer.length > 0 ? [] : links.flatMap((link) => defaultsOf(link, grounds));
  const uplink = defaults.length === 0 && outer.length === 0 ? [uplinkOf(described, id)] : [];
  const all = [...links, ...uplink];
  const own = () => [
    ...device.interfaces.flatMap((each) => connectedRoutes(device, each)),
    ...links.flatMap((link) => onLink(link, grounds)),
    ...defaults,
    ...[...outer, ...uplink].slice(0, 1).flatMap(internetBehind),
  ];
  return {
    id,
    name: device.name,
    kind: device.kind,
    device,
    lan: null,
    platform: device.platform,
    isRelay: device.backend?.value === 'relay',
    links: all,
    routes: [new RouteTable(own), tables.routes(device)],
    forwarding: uplink.length > 0 ? [...device.forwarding, ...uplinkForwarding(device)] : device.forwarding,
    translations: device.translations,
    filters: device.filters,
    mssClamps: device.mssClamps,
    neighbourProxies: device.neighbourProxies,
    reversePathFilters: device.reversePathFilters ?? [],
    outside: device.outside ?? null,
    unknown: new Set(device.unknown ?? []),
  };
}

function linkOf(
  device: Device,
  each: Interface,
  described: Origin,
  id: number,
  grounds: ReadonlyMap<string, LanGround>,
  tables: SharedTables,
): Link[] {
  if (each.kind === 'wireguard') return [tunnelLink(each, tables)];
  if (each.kind === 'outer') {
    const known = each.addresses.map(({ value, origin }) => ({ value: value.address, origin }));
    return [{ ...uplinkOf(described, id), id: each.id, addresses: known.length > 0 ? known : standIns(described, id) }];
  }
  const ground = grounds.get(each.lan);
  return ground === undefined ? [] : [segmentLink(device, each, ground)];
}

function tunnelLink(each: Extract<Interface, { kind: 'wireguard' }>, tables: SharedTables): TunnelLink {
  const { id, addresses, mtu, peers } = each;
  return { kind: 'tunnel', id, addresses, mtu, tunnel: each, peers: tables.peers(peers) };
}

function segmentLink(device: Device, each: Extract<Interface, { kind: 'lan' }>, ground: LanGround): SegmentLink {
  const known = each.addresses.map(({ value, origin }) => ({ value: value.address, origin }));
  const addresses = known.length > 0 ? known : ground.addressesOf(device);
  return {
    kind: 'segment',
    id: each.id,
    addresses,
    mtu: ETHERNET_MTU,
    segment: each.lan,
    assumed: known.length > 0 ? [] : addresses.map(({ value }) => value.family),
  };
}

function uplinkOf(described: Origin, id: number): OuterLink {
  return { kind: 'outer', id: UPLINK, addresses: standIns(described, id), mtu: ETHERNET_MTU };
}

function standIns(origin: Origin, id: number): Fact<Address>[] {
  return ([4, 6] as const).map((family) => ({ value: outsideStandIn(family, id), origin }));
}

/** A switch for all interfaces is one for the uplink that nobody described, too. */
function uplinkForwarding({ forwarding, interfaces }: Device): Forwarding[] {
  return ([4, 6] as const).flatMap((family) => {
    const switched = forwarding.filter(
      ({ origin, ...each }) => each.family === family && origin.kind === 'rule' && origin.rule === 'forwarding-switch',
    );
    if (switched.length === 0 || switched.length < interfaces.length ** 2) return [];
    const { origin } = switched[0]!;
    return interfaces.flatMap(({ id }) => [
      { family, from: id, to: UPLINK, origin },
      { family, from: UPLINK, to: id, origin },
    ]);
  });
}

/** The routes that the kernel makes of an interface's addresses. */
function connectedRoutes(device: Device, each: Interface): RankedRoute[] {
  if (each.kind === 'wireguard') return [];
  const rank = TUNNEL_FIRST.has(device.platform.value) ? 'connected-late' : 'connected';
  return each.addresses.map(({ value, origin }) => ({
    prefix: prefixOf(value.address, value.length),
    via: { kind: 'interface', interface: each.id },
    origin,
    rank,
  }));
}

/** Other prefixes of the LAN: nobody would route to them what is on the same wire. */
function onLink(link: Link, grounds: ReadonlyMap<string, LanGround>): RankedRoute[] {
  if (link.kind !== 'segment') return [];
  return grounds.get(link.segment)!.onLink(link.id, familiesOf(link.addresses), 'assumed');
}

function defaultsOf(link: Link, grounds: ReadonlyMap<string, LanGround>): RankedRoute[] {
  if (link.kind !== 'segment') return [];
  return grounds.get(link.segment)!.defaultRoutes(link.id, familiesOf(link.addresses), link.addresses);
}

function internetBehind(link: Link): RankedRoute[] {
  return ([4, 6] as const).map((family) => ({
    prefix: { family, bits: 0n, length: 0 },
    via: { kind: 'interface', interface: link.id },
    origin: null,
    rank: 'assumed',
  }));
}
