/**
 * The world of a plan: everybody who sends, forwards or receives, as one kind of thing.
 *
 * A plan describes devices and says of LANs only what was written down. Here the rest of a LAN comes to life: its named
 * hosts, one host that nobody named, its default gateway where that is none of them, and the internet behind it. From
 * then on nobody asks what kind of thing a station is; it has links, routes, switches, filters and translations, in the
 * plan's own words, each with its origin.
 *
 *    station ── link ──▶ segment   what stands on a LAN, found by address
 *            ── link ──▶ tunnel    what is behind a peer, found by allowed IPs
 *            ── link ──▶ outer     the internet
 *
 * Nothing is copied per machine: lists that devices share in the plan are shared here, and their tables (`RouteTable`,
 * `PeerTable`) are one object for all who share the list. Tables are filled when first asked.
 */

import type { Address, Family } from '../net/address.ts';
import type {
  Device,
  Fact,
  Filter,
  Forwarding,
  LanPlan,
  MssClamp,
  NeighbourProxy,
  Origin,
  Outside,
  Plan,
  ReversePathFilter,
  Translation,
  TunnelInterface,
  UnknownFact,
} from '../plan/plan.ts';
import { addressKey } from './world/address-key.ts';
import { deviceStation } from './world/device-station.ts';
import { groundsOf, SharedTables } from './world/ground.ts';
import { lanStations } from './world/lan-stations.ts';
import type { PeerTable } from './world/peer-table.ts';
import type { RouteTable } from './world/route-table.ts';

export interface World {
  readonly plan: Plan;
  /** Devices in the plan's order, then LAN by LAN hosts, the unnamed host and the gateway, then the internet. */
  readonly stations: readonly Station[];
  /** Devices and named hosts, by name. */
  readonly byName: ReadonlyMap<string, Station>;
  /** The unnamed host of each LAN that has an address left for it, by LAN. */
  readonly unnamed: ReadonlyMap<string, Station>;
  /** By LAN. */
  readonly segments: ReadonlyMap<string, Segment>;
  readonly internet: Station;
  /** Who the internet finds at an address. */
  readonly publicAddresses: ReadonlyMap<string, Station>;
}

/** `gateway`: a LAN's default gateway that is neither a device nor a named host. */
export type StationKind = 'router' | 'machine' | 'host' | 'unnamed' | 'gateway' | 'internet';

export interface Station {
  /** Its place in `World.stations`. */
  readonly id: number;
  /** Unique: a name of the file, or "other hosts of home", "default gateway of home", "internet". */
  readonly name: string;
  readonly kind: StationKind;
  /** Null where the plan has none. */
  readonly device: Device | null;
  /** The LAN of a host, an unnamed host or a gateway. */
  readonly lan: string | null;
  /** Null: not known. */
  readonly platform: Fact<Device['platform']['value']> | null;
  /** Whether the router's own program forwards, and not a kernel. */
  readonly isRelay: boolean;
  readonly links: readonly Link[];
  /** Tables that it asks together: the longest prefix of all of them wins, then the lowest rank, then the first. */
  readonly routes: readonly RouteTable[];
  readonly forwarding: readonly Forwarding[];
  readonly translations: readonly Translation[];
  readonly filters: readonly Filter[];
  readonly mssClamps: readonly MssClamp[];
  readonly neighbourProxies: readonly NeighbourProxy[];
  readonly reversePathFilters: readonly ReversePathFilter[];
  readonly outside: Outside | null;
  readonly unknown: ReadonlySet<UnknownPart>;
}

/**
 * A part of a station that nobody stated. `gateway-firewall`: what a LAN's default gateway does with traffic of which it
 * sees one half. `outer-fragments`: whether pieces of tunnel datagrams arrive where these exceed the path.
 * `router-advertisements`: whether it keeps the routes that it learned from them although it forwards.
 */
export type UnknownPart = UnknownFact | 'gateway-firewall' | 'outer-fragments' | 'router-advertisements';

export type Link = TunnelLink | SegmentLink | OuterLink;

interface LinkOf<K extends string> {
  readonly kind: K;
  /** The interface's name within the station: what the plan's routes and rules refer to. */
  readonly id: string;
  /** The first of a family is the one that masquerade and the router's own errors use. */
  readonly addresses: readonly Fact<Address>[];
  readonly mtu: Mtu;
}

/** Bytes; the origin is null for what Ethernet has anyway. */
export interface Mtu {
  readonly value: number;
  readonly origin: Origin | null;
}

export interface TunnelLink extends LinkOf<'tunnel'> {
  readonly tunnel: TunnelInterface;
  /** Allowed IPs, both ways. */
  readonly peers: PeerTable;
}

export interface SegmentLink extends LinkOf<'segment'> {
  /** Name of the LAN. */
  readonly segment: string;
  /** Families in which nobody stated the address, so that one was assumed. */
  readonly assumed: readonly Family[];
}

export type OuterLink = LinkOf<'outer'>;

/** A LAN as a wire. */
export interface Segment {
  readonly name: string;
  readonly lan: LanPlan;
  readonly attached: readonly Attachment[];
  /** Who has an address there, by `addressKey`; several in the order of `attached`. */
  readonly owners: ReadonlyMap<string, readonly Attachment[]>;
  /** Who is told to answer for an address there, by `addressKey`. */
  readonly proxies: ReadonlyMap<string, readonly ProxyAttachment[]>;
}

export interface Attachment {
  readonly station: Station;
  readonly link: SegmentLink;
}

export interface ProxyAttachment extends Attachment {
  readonly proxy: NeighbourProxy;
}

/** The world of `plan`. Linear in its devices, interfaces, LANs and hosts; no table is filled. */
export function worldOf(plan: Plan): World {
  const grounds = groundsOf(plan);
  const tables = new SharedTables();
  const stations: Station[] = [];
  for (const device of plan.devices) stations.push(deviceStation(device, stations.length, grounds, tables));
  const onSegments = addressesOnSegments(stations);
  for (const [name, ground] of grounds) {
    stations.push(...lanStations(ground, stations.length, onSegments.get(name) ?? [], tables));
  }
  const internet = internetStation(stations.length);
  stations.push(internet);
  return {
    plan,
    stations,
    byName: new Map(stations.filter(({ kind }) => NAMED.has(kind)).map((station) => [station.name, station])),
    unnamed: new Map(stations.flatMap((station) => (station.kind === 'unnamed' ? [[station.lan!, station]] : []))),
    segments: segmentsOf(plan, stations),
    internet,
    publicAddresses: publicAddressesOf(stations),
  };
}

const NAMED: ReadonlySet<StationKind> = new Set(['router', 'machine', 'host']);

function addressesOnSegments(stations: readonly Station[]): Map<string, Address[]> {
  const found = new Map<string, Address[]>();
  for (const { links } of stations) {
    for (const link of links) {
      if (link.kind !== 'segment') continue;
      const known = found.get(link.segment) ?? [];
      found.set(link.segment, known);
      for (const { value } of link.addresses) known.push(value);
    }
  }
  return found;
}

function segmentsOf(plan: Plan, stations: readonly Station[]): Map<string, Segment> {
  const attached = new Map<string, Attachment[]>(plan.lans.map(({ name }) => [name, []]));
  for (const station of stations) {
    for (const link of station.links) if (link.kind === 'segment') attached.get(link.segment)?.push({ station, link });
  }
  return new Map(
    plan.lans.map((lan) => {
      const here = attached.get(lan.name)!;
      const owners = new Map<string, Attachment[]>();
      const proxies = new Map<string, ProxyAttachment[]>();
      for (const each of here) {
        for (const { value } of each.link.addresses) append(owners, addressKey(value), each);
        for (const proxy of each.station.neighbourProxies) {
          if (proxy.interface === each.link.id) append(proxies, addressKey(proxy.address), { ...each, proxy });
        }
      }
      return [lan.name, { name: lan.name, lan, attached: here, owners, proxies }];
    }),
  );
}

function append<V>(map: Map<string, V[]>, key: string, value: V): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}

/** Those that are stated, and the stand-ins of the others. The first of two with one address. */
function publicAddressesOf(stations: readonly Station[]): Map<string, Station> {
  const found = new Map<string, Station>();
  for (const station of stations) {
    const outer = station.links.flatMap((link) => (link.kind === 'outer' ? link.addresses : []));
    for (const { value } of [...(station.outside?.public ?? []), ...outer]) {
      const key = addressKey(value);
      if (!found.has(key)) found.set(key, station);
    }
  }
  return found;
}

/** Everybody whom nobody described; has every public address that no station has. */
function internetStation(id: number): Station {
  return {
    id,
    name: 'internet',
    kind: 'internet',
    device: null,
    lan: null,
    platform: null,
    isRelay: false,
    links: [],
    routes: [],
    forwarding: [],
    translations: [],
    filters: [],
    mssClamps: [],
    neighbourProxies: [],
    reversePathFilters: [],
    outside: null,
    unknown: new Set(),
  };
}
