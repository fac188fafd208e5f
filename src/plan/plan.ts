/**
 * `Plan`: the one neutral model of devices. Planning a network produces it, importing other people's configurations
 * produces it; prove, render, apply and lab consume it and decide nothing themselves.
 *
 * Every fact carries its `origin`: a place in a file, or a planner's rule and the facts that made it apply. An
 * explanation is therefore the facts of a trace, printed.
 *
 * A device is described as what its kernel would hold: interfaces, peers, routes, switches, translations, filters,
 * neighbour proxies. A field that no planner rule fills yet is an empty list, never left out.
 */

import type { Diagnostic, Place } from '../description/diagnostic.ts';
import type { Advertisement, AttachMode, GatewayFirewall, Platform, Ports } from '../description/network.ts';
import type { Address, Family } from '../net/address.ts';
import type { EndpointName } from '../net/endpoint.ts';
import type { Prefix } from '../net/prefix.ts';

/** Where a fact comes from. */
export type Origin =
  | { readonly kind: 'file'; readonly place: Place }
  | { readonly kind: 'rule'; readonly rule: PlanRule | ImportRule; readonly because: readonly Origin[] };

/** The planner's rules by stable name; each is explained in `docs/reference/planner-rules.md`. */
export type PlanRule =
  | 'address-given'
  | 'carved-from-ula'
  | 'borrowed-address'
  | 'inside-owner'
  | 'lan-behind-via'
  | 'router-is-next-hop'
  | 'ula-rule'
  | 'routes-of-machine'
  | 'gateways-always-routed'
  | 'internet-through-lan'
  | 'exit-by-source'
  | 'fewest-prefixes'
  | 'keepalive-behind-nat'
  | 'forward-between-machines'
  | 'forward-for-lan'
  | 'no-spoofed-sources'
  | 'clamp-for-lan'
  | 'forward-for-internet'
  | 'masquerade-towards-lan'
  | 'masquerade-towards-internet'
  | 'seen-as'
  | 'lent-address'
  | 'answers-for-lent'
  | 'lan-on-link'
  | 'mtu-of-path'
  | 'listen-port'
  | 'unreachable-aggregate'
  | 'via-is-gateway'
  | 'gateway-route'
  | 'platform-default'
  | 'backend-default';

/** The importers' rules: what follows from files of others by how their programs work; see `docs/reference/importing.md`. */
export type ImportRule =
  | 'wg-quick-route'
  | 'wg-quick-address'
  | 'wg-quick-mark'
  | 'wg-quick-mtu'
  | 'platform-of-hooks'
  | 'platform-not-stated'
  | 'platform-mtu'
  | 'platform-exempts-itself'
  | 'forwarding-switch'
  | 'member-of-lan'
  | 'only-interface'
  | 'lan-of-interface'
  | 'default-route-left-out'
  | 'later-peer-takes-it';

export interface Fact<T> {
  readonly value: T;
  readonly origin: Origin;
}

export interface Plan {
  readonly name: string;
  /** The prefixes inside the tunnels. */
  readonly inside: readonly Fact<Prefix>[];
  /** Routers first, then machines, both in file order. */
  readonly devices: readonly Device[];
  readonly lans: readonly LanPlan[];
  /** Values the file lacks and the tools will write into it before anything is handed out. */
  readonly given: readonly GivenAddress[];
  /** In the order of the file: the nth of an owner stands in place of its nth `carve`. */
  readonly carved: readonly CarvedValue[];
  /** What must hold, in the order of the file. */
  readonly expectations: readonly PlannedExpectation[];
}

/** A sentence of `expect` with its names resolved: it must hold for every pair of `from` and `to` but a thing and itself. */
export interface PlannedExpectation {
  /** As the file says it. */
  readonly text: string;
  readonly place: Place;
  readonly from: readonly Subject[];
  readonly to: readonly Subject[];
  /** False: "does not reach". */
  readonly reaches: boolean;
  /** Null: everything. */
  readonly on: Ports | null;
  /** Null: every family that both have. */
  readonly over: Family | null;
}

/** Somebody who sends and receives. `unnamed` is the host at any other address of a LAN, which knows only the default gateway. */
export type Subject =
  | { readonly kind: 'router' | 'machine' | 'host'; readonly name: string }
  | { readonly kind: 'unnamed'; readonly lan: string };

/** What planning says: a plan when no diagnostic is an error, and all diagnostics in any case. */
export interface PlanResult {
  readonly plan: Plan | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** An inside address the planner chose for a machine that had none in this family. */
export interface GivenAddress {
  readonly device: string;
  readonly kind: 'router' | 'machine';
  readonly address: Address;
}

/** A prefix or address in place of a `carve`: in `inside`, in a LAN's `prefixes` or in a machine's `lan-address`. */
export interface CarvedValue {
  readonly owner: { readonly kind: 'inside' } | { readonly kind: 'lan' | 'machine'; readonly name: string };
  /** As the file spells it. */
  readonly text: string;
}

export interface Device {
  readonly name: string;
  readonly kind: 'router' | 'machine';
  readonly platform: Fact<Platform>;
  readonly place: Place;
  readonly interfaces: readonly Interface[];
  readonly routes: readonly Route[];
  readonly forwarding: readonly Forwarding[];
  readonly translations: readonly Translation[];
  readonly filters: readonly Filter[];
  readonly mssClamps: readonly MssClamp[];
  readonly neighbourProxies: readonly NeighbourProxy[];
  /** By interface; an interface that is not listed is `off` unless that is in `unknown`. The stricter of "all" and its own. */
  readonly reversePathFilters?: readonly ReversePathFilter[];
  /** Where the internet sees it. Absent where the planner vouches for it: a router at its endpoint, a machine that dials it. */
  readonly outside?: Outside;
  /** What nobody stated about it. The planner leaves nothing open; configurations of others do. */
  readonly unknown?: readonly UnknownFact[];
  readonly dns: readonly Fact<Address>[];
  /** Switches of its kernel as stated, by path below `/proc/sys/net`; what they do to forwarding stands in other fields. */
  readonly switches?: readonly { readonly path: string; readonly value: Fact<string> }[];
  /** Services that matter: where they listen, and whom they answer where that is limited. */
  readonly services?: readonly Fact<Service>[];
  /** What names it dials stood for when it looked them up, and what they stand for now. */
  readonly lookups?: readonly Fact<Lookup>[];
  /** Its clock is wrong, and with it the timestamps of its handshakes. */
  readonly clockIsWrong?: Fact<boolean>;
  /** First moment (ms since 1970 UTC) at which the router no longer accepts this machine. */
  readonly expires?: Fact<number>;
  /**
   * Present where the router does not accept this machine. Everything else of it is as ever: it stays the owner of its
   * prefixes, so that nothing of it goes to another, and nobody else's configuration changes.
   */
  readonly disabled?: Fact<true>;
  /** Which backend forwards; on routers only. */
  readonly backend?: Fact<'relay' | 'kernel'>;
}

export type Interface = TunnelInterface | LanInterface | OuterInterface;

export interface TunnelInterface {
  readonly kind: 'wireguard';
  /** The interface's name within the device, for routes to refer to; not an identity across devices. */
  readonly id: string;
  readonly addresses: readonly Fact<Address>[];
  /** The prefixes that these addresses were given with, where they are more than the address itself; `routes` has them too. */
  readonly onLink?: readonly Fact<Prefix>[];
  readonly listenPort?: Fact<number>;
  /** Bytes; the largest inner packet. */
  readonly mtu: Fact<number>;
  /** 32 bytes; null while the machine is not set up. */
  readonly publicKey: Fact<Uint8Array> | null;
  readonly peers: readonly Peer[];
  /** Its own outer packets pass the routes into it by, as wg-quick arranges with a mark where it routes everything. */
  readonly avoidsItself?: Fact<boolean>;
}

export interface LanInterface {
  readonly kind: 'lan';
  readonly id: string;
  /** Name of the LAN it stands on. */
  readonly lan: string;
  readonly addresses: readonly Fact<{ readonly address: Address; readonly length: number }>[];
}

/** An interface towards the internet, or towards nothing that is described. */
export interface OuterInterface {
  readonly kind: 'outer';
  readonly id: string;
  readonly addresses: readonly Fact<{ readonly address: Address; readonly length: number }>[];
}

export interface Peer {
  /** Name of the device at the other end; empty when no device has the key. */
  readonly name: string;
  /** 32 bytes; null while that device is not set up: then it is no peer yet. */
  readonly publicKey: Fact<Uint8Array> | null;
  /** Name of the machine whose preshared key belongs to this pair; keys themselves are never in a plan. */
  readonly presharedKeyOf: string;
  /** The first 16 hex digits of the SHA-256 of its base64 text, where configurations of others have one. */
  readonly presharedKeyHash?: Fact<string>;
  readonly allowedIps: readonly Fact<Prefix>[];
  /**
   * At a router: single addresses whose way to the internet this peer is. Whatever lies in no route of the router belongs to
   * it, both as a destination and as a source, in packets from and to these addresses and in no others.
   */
  readonly exitFor?: readonly Fact<Prefix>[];
  readonly endpoint?: Fact<EndpointName>;
  /** Seconds; absent is off. */
  readonly keepalive?: Fact<number>;
  /** What a person calls it in a comment; identifies nothing. */
  readonly note?: Fact<string>;
  /** Prefixes that its section gives it and that a later peer of the interface has taken. */
  readonly taken?: readonly { readonly prefix: Fact<Prefix>; readonly by: Fact<Uint8Array> }[];
}

/** Of several to one prefix the one with the lowest metric is used, then the first of the list. */
export interface Route {
  readonly prefix: Prefix;
  /** Absent: 0. */
  readonly metric?: number;
  /** By router advertisements: it is lost where the device stops to listen to them. */
  readonly isAdvertised?: boolean;
  readonly via:
    | { readonly kind: 'interface'; readonly interface: string }
    | { readonly kind: 'gateway'; readonly interface: string; readonly gateway: Address }
    /** The last resort: any other route to the same prefix, that of an interface's own address too, goes before it. */
    | { readonly kind: 'unreachable' };
  readonly origin: Origin;
}

/** A forwarding switch: packets that arrive on `from` may leave by `to`. */
export interface Forwarding {
  readonly family: Family;
  readonly from: string;
  readonly to: string;
  readonly origin: Origin;
}

/** Those of a list are tried in order; of each direction the first that fits is made. */
export type Translation =
  /** What fits keeps its addresses: nothing further down the list is made of it. */
  | ({ readonly kind: 'keep'; readonly family: Family; readonly origin: Origin } & Matches)
  /** What is forwarded from `from` to `to` gets the device's own address on `to` as its source. */
  | ({ readonly kind: 'masquerade'; readonly family: Family; readonly to: string; readonly origin: Origin } & Matches)
  /** The same with an address that is stated. */
  | ({
      readonly kind: 'source';
      readonly family: Family;
      readonly address: Address;
      readonly origin: Origin;
    } & Matches)
  /** What arrives is sent on to another destination, as by a port forward. */
  | ({
      readonly kind: 'destination';
      readonly family: Family;
      readonly address: Address;
      /** Absent: the port stays. */
      readonly port?: number;
      readonly origin: Origin;
    } & Matches)
  /** Beyond `interface`, hosts of `real` are known by their like in `seenAs`; translated in both directions. */
  | {
      readonly kind: 'one-to-one';
      readonly real: Prefix;
      readonly seenAs: Prefix;
      readonly interface: string;
      readonly origin: Origin;
    };

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Which packets a rule is for; a field that is absent fits everything. */
export interface Matches {
  /** The interface they arrive on. */
  readonly from?: string;
  /** The interface they leave by. */
  readonly to?: string;
  readonly source?: Prefix;
  readonly destination?: Prefix;
  readonly protocol?: 'tcp' | 'udp' | 'icmp' | 'other';
  /** Destination ports. */
  readonly ports?: PortRange;
  readonly sourcePorts?: PortRange;
}

/**
 * A rule of a packet filter. The rules of one `chain` are tried in order and the first that fits decides; what fits none
 * passes. A packet must pass every chain of its hook, so a policy is a last rule that fits everything.
 */
export interface Filter extends Matches {
  readonly action: 'accept' | 'drop' | 'reject';
  /** Absent: `forward`. */
  readonly hook?: 'input' | 'forward' | 'output';
  /** Absent: one and the same for all. */
  readonly chain?: string;
  /** Absent: both. */
  readonly family?: Family;
  /** States of connection tracking; absent: whatever the state. */
  readonly states?: readonly ('new' | 'established' | 'related' | 'invalid')[];
  readonly origin: Origin;
}

/** Sources that would not be routed out of the interface they came by are dropped; `loose`: those that are routed nowhere. */
export interface ReversePathFilter {
  readonly interface: string;
  readonly mode: 'off' | 'loose' | 'strict';
  readonly origin: Origin;
}

/** How the internet sees a device. What is absent is not known. */
export interface Outside {
  /** Addresses the internet can reach it at. Empty: none. */
  readonly public?: readonly Fact<Address>[];
  /** Something before it lets in only what answers what it sent. */
  readonly behindNat?: Fact<boolean>;
  /** What its provider lets in; the protocols and ports that are not listed are dropped. */
  readonly inbound?: readonly Fact<Pick<Matches, 'protocol' | 'ports' | 'sourcePorts' | 'source'>>[];
  /** Ports of the machine it runs on, as a container, that lead to its own. */
  readonly publishedPorts?: readonly Fact<PublishedPort>[];
  /** Its cloud drops packets that are neither from nor to its own addresses. */
  readonly sourceDestinationCheck?: Fact<boolean>;
  /** Bytes; the smallest MTU on its way to the internet. */
  readonly pathMtu?: Fact<number>;
}

export interface PublishedPort {
  readonly protocol: 'tcp' | 'udp';
  readonly outer: number;
  readonly inner: number;
}

export interface Service {
  /** As it is called: `dns`. */
  readonly name: string;
  /** Addresses it serves at, and prefixes it answers to. Empty: nowhere. */
  readonly addresses: readonly Address[];
  readonly answers: readonly Prefix[];
}

export interface Lookup {
  readonly name: string;
  readonly atStart?: Address;
  readonly now?: Address;
}

/** A part of a device that nobody stated. */
export type UnknownFact =
  | 'addresses'
  | 'routes'
  | 'forwarding-ipv4'
  | 'forwarding-ipv6'
  | 'input-filter'
  | 'forward-filter'
  | 'output-filter'
  | 'translations'
  | 'mss-clamps'
  | 'neighbour-proxies'
  | 'reverse-path-filter'
  | 'outside';

/**
 * TCP connections that are forwarded into or out of `interface` are told to use segments that fit the path: the largest
 * segment size in their SYN packets is lowered, never raised.
 */
export interface MssClamp {
  readonly family: Family;
  readonly interface: string;
  /** Only what leaves by it, or only what arrives on it. */
  readonly only?: 'leaving' | 'arriving';
  /** The size they are told; absent: what the path takes. */
  readonly bytes?: number;
  readonly origin: Origin;
}

/** `interface` answers ARP or NDP for `address`, which lies behind another interface. */
export interface NeighbourProxy {
  readonly address: Address;
  readonly interface: string;
  readonly origin: Origin;
}

export interface LanPlan {
  readonly name: string;
  readonly place: Place;
  readonly prefixes: readonly Fact<Prefix>[];
  /** Under which addresses others know a prefix of the LAN, one to one; prefixes without an entry are known as they are. */
  readonly seenAs: readonly { readonly real: Fact<Prefix>; readonly seenAs: Fact<Prefix> }[];
  readonly via: Fact<string> | null;
  readonly attach: Fact<AttachMode> | null;
  readonly defaultGateway: readonly Fact<Address>[];
  /** The device that it is, where that is known by name: its address may not be. */
  readonly defaultGatewayName?: Fact<string>;
  readonly defaultGatewayPlatform: Fact<Platform> | null;
  /** What the default gateway does with traffic of which it sees one half; null: not known. */
  readonly gatewayFirewall: Fact<GatewayFirewall> | null;
  /** Ways, asked for, in which hosts learn the routes without the default gateway. */
  readonly advertise: readonly Fact<Advertisement>[];
  /** Routes its default gateway needs, by someone's hand. */
  readonly gatewayRoutes: readonly { readonly prefix: Prefix; readonly gateway: Address; readonly origin: Origin }[];
  /** Addresses of the LAN that machines elsewhere have in place of an inside address. */
  readonly lent: readonly Fact<Address>[];
  readonly hosts: readonly {
    readonly name: string;
    readonly addresses: readonly Fact<Address>[];
    /** Decides which advertised routes it honours; absent: not known to honour any. */
    readonly platform?: Fact<Platform>;
  }[];
}

/** The tunnel of a planned device, which has exactly one; devices of networks that others built may have several, or none. */
export function tunnelOf({ name, interfaces }: Device): TunnelInterface {
  const tunnel = interfaces.find((each) => each.kind === 'wireguard');
  if (tunnel === undefined) throw new RangeError(`device "${name}" has no tunnel`);
  return tunnel;
}
