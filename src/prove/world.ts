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
 */
export type UnknownPart = UnknownFact | 'gateway-firewall' | 'outer-fragments';

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

/** An address as a key of maps. */
export function addressKey({ family, bits }: Address): string {
  return `${family}:${bits}`;
}
