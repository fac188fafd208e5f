/**
 * Sites: the parts of a world that meet only through its routers.
 *
 * Whoever stands on one LAN, or dials another directly, belongs to one site. Within it, the core is who others of the site
 * send through or answer for; a leaf is only ever a source or a destination, so that it matters to its own flows alone.
 * A machine that roams is a site of one leaf.
 *
 *   site   core    carrier, default gateway
 *          leaves  hosts, machines that stand on the LAN too
 */

import { type Address, sameAddress } from '../../net/address.ts';
import { prefixHas } from '../../net/prefix.ts';
import type { Peer, Translation } from '../../plan/plan.ts';
import { seenAs } from '../calling.ts';
import { DUMMY_SOURCE_4 } from '../tracer/source-address.ts';
import { addressKey } from '../world/address-key.ts';
import { SOMEBODY } from '../world/stand-ins.ts';
import type { Station, TunnelLink, World } from '../world.ts';
import { Points } from './points.ts';
import { outlineOf } from './route-outline.ts';

export interface Site {
  readonly id: number;
  /** In the order of the world, as everywhere here. */
  readonly core: readonly Station[];
  readonly leaves: readonly Station[];
  /** LANs, in the order in which its stations stand on them. */
  readonly segments: readonly string[];
}

export interface Ground {
  readonly world: World;
  /** Routers that stand on no LAN, and the internet. All sites share them. */
  readonly hubs: readonly Station[];
  readonly sites: readonly Site[];
  /** By id of the station; null for hubs. */
  readonly siteOf: readonly (Site | null)[];
  readonly points: Points;
  /** The addresses that a station has, is called by, answers for or translates to, by its id; each once. */
  readonly addressesOf: readonly (readonly Address[])[];
  /** The stations with an address among `addressesOf`, by point. */
  readonly mentionedBy: readonly (readonly Station[])[];
  /** What the tunnels of the routers say of a point: one after the other, in the order of `hubTunnels`. */
  readonly hubOwners: readonly (readonly (Peer | null)[])[];
  readonly hubTunnels: readonly TunnelLink[];
  /** The peer that is the exit of a point, by tunnel and point; null for a tunnel that has no exits. */
  readonly hubExits: readonly (readonly (Peer | null)[] | null)[];
}

/** Addresses that the tracer uses whatever the world is. */
export const CONSTANTS: readonly Address[] = [SOMEBODY[4], SOMEBODY[6], DUMMY_SOURCE_4];

/** The sites of `world`. */
export function groundOf(world: World): Ground {
  const hubs = world.stations.filter(isHub);
  const addresses = world.stations.map((station) => addressesIn(world, station));
  const points = new Points([...addresses.flat(), ...CONSTANTS]);
  const mentionedBy: Station[][] = Array.from({ length: points.count }, () => []);
  for (const station of world.stations) {
    for (const address of addresses[station.id]!) mentionedBy[points.of(address)]!.push(station);
  }
  const hubTunnels = hubs.flatMap(({ links }) => links.filter((link) => link.kind === 'tunnel'));
  const hubOwners = mentionedBy.map((_, point) =>
    hubTunnels.map(({ peers }) => peers.owner(points.address(point))?.peer ?? null),
  );
  const hubExits = hubTunnels.map(({ peers }) => exitsOf(points, peers.peers));
  const members = membersOf(world);
  const core = coreOf(world, members, points, mentionedBy, hubOwners);
  const siteOf: (Site | null)[] = world.stations.map(() => null);
  const sites = members.map((stations, id): Site => {
    const site: Site = {
      id,
      core: stations.filter((station) => core.has(station)),
      leaves: stations.filter((station) => !core.has(station)),
      segments: [...new Set(stations.flatMap(segmentsOf))],
    };
    for (const station of stations) siteOf[station.id] = site;
    return site;
  });
  return { world, hubs, sites, siteOf, points, addressesOf: addresses, mentionedBy, hubOwners, hubTunnels, hubExits };
}

export function isHub({ kind, links }: Station): boolean {
  return kind === 'internet' || (kind === 'router' && links.every((link) => link.kind !== 'segment'));
}

function segmentsOf({ links }: Station): string[] {
  return links.flatMap((link) => (link.kind === 'segment' ? [link.segment] : []));
}

/**
 * In an order that depends on what the station is and not on what its addresses are. What a one-to-one translation makes
 * of an address is among them where it is how others call it; what else it makes is found when a flow meets it.
 */
function addressesIn(world: World, station: Station): Address[] {
  const found: Address[] = [];
  const add = (address: Address) => {
    if (!found.some((each) => sameAddress(each, address))) found.push(address);
  };
  for (const link of station.links) for (const { value } of link.addresses) add(value);
  for (const link of station.links) {
    if (link.kind !== 'segment') continue;
    const { lan } = world.segments.get(link.segment)!;
    for (const { value } of link.addresses) add(seenAs(lan, value));
  }
  for (const { address } of station.neighbourProxies) add(address);
  for (const rule of station.translations) if ('address' in rule) add(rule.address);
  for (const { value } of station.outside?.public ?? []) add(value);
  return found;
}

/** Stations by site, both in the order of the world. */
function membersOf(world: World): Station[][] {
  const parents = world.stations.map(({ id }) => id);
  const root = (id: number): number => {
    let at = id;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at]!]!;
      at = parents[at]!;
    }
    return at;
  };
  const join = (a: Station, b: Station) => {
    const [low, high] = [root(a.id), root(b.id)].sort((x, y) => x - y);
    parents[high!] = low!;
  };
  for (const { attached } of world.segments.values()) {
    for (const { station } of attached) if (!isHub(station)) join(attached[0]!.station, station);
  }
  for (const station of world.stations) {
    for (const other of isHub(station) ? [] : dialledDirectly(world, station)) join(station, other);
  }
  const groups = new Map<number, Station[]>();
  for (const station of world.stations) {
    if (isHub(station)) continue;
    const key = root(station.id);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [station]);
    else group.push(station);
  }
  return [...groups.values()];
}

/** Those with whom a machine has a tunnel without a router between. */
function dialledDirectly({ byName }: World, { links }: Station): Station[] {
  return links.flatMap((link) =>
    link.kind !== 'tunnel'
      ? []
      : link.peers.peers.flatMap(({ name }) => {
          const other = byName.get(name);
          return other === undefined || isHub(other) ? [] : [other];
        }),
  );
}

/** Whom somebody else of the site sends through, answers for or shares an address with. */
function coreOf(
  world: World,
  members: readonly (readonly Station[])[],
  points: Points,
  mentionedBy: readonly (readonly Station[])[],
  hubOwners: readonly (readonly (Peer | null)[])[],
): Set<Station> {
  const core = new Set<Station>();
  const siteOf = new Map(members.flatMap((stations, i) => stations.map((station) => [station, i] as const)));
  for (const station of siteOf.keys()) {
    if (station.kind === 'gateway' || station.neighbourProxies.length > 0) core.add(station);
    for (const other of dialledDirectly(world, station)) core.add(station).add(other);
    for (const gateway of station.routes.flatMap((table) => outlineOf(table).gateways)) {
      for (const name of segmentsOf(station)) {
        const segment = world.segments.get(name)!;
        for (const each of segment.owners.get(addressKey(gateway)) ?? []) core.add(each.station);
      }
    }
    // Who might have been told a route, or to answer, is anybody on the LAN.
    if (station.unknown.has('routes') || station.unknown.has('neighbour-proxies')) {
      for (const name of segmentsOf(station)) {
        for (const each of world.segments.get(name)!.attached) core.add(each.station);
      }
    }
  }
  mentionedBy.forEach((stations, point) => {
    const sites = new Set<number | undefined>();
    for (const station of stations) {
      const site = siteOf.get(station);
      // Two of one site with one address.
      if (sites.has(site)) for (const each of stations) if (siteOf.get(each) === site) core.add(each);
      sites.add(site);
    }
    const reached = [
      ...hubOwners[point]!.map((peer) => (peer === null ? undefined : world.byName.get(peer.name))),
      world.publicAddresses.get(addressKey(points.address(point))),
    ];
    for (const each of reached) if (each !== undefined && stations.some((station) => station !== each)) core.add(each);
  });
  return core;
}

/** What a one-to-one translation makes of an address in each direction, where it is for it. */
export function mappedBy(rule: Translation, address: Address): Address[] {
  if (rule.kind !== 'one-to-one') return [];
  return [
    [rule.real, rule.seenAs],
    [rule.seenAs, rule.real],
  ].flatMap(([from, to]) =>
    prefixHas(from!, address) ? [{ family: address.family, bits: address.bits - from!.bits + to!.bits }] : [],
  );
}

/** Whose exit each point uses, as the first peer that names it; null where there is none. */
function exitsOf(points: Points, peers: readonly Peer[]): (Peer | null)[] | null {
  if (!peers.some(({ exitFor }) => exitFor !== undefined && exitFor.length > 0)) return null;
  const found = new Array<Peer | null>(points.count).fill(null);
  for (const peer of peers.toReversed()) {
    for (const { value } of peer.exitFor ?? []) {
      const { first, end } = points.range(value);
      found.fill(peer, first, end);
    }
  }
  return found;
}
