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
import type { Advertisement, AttachMode, GatewayFirewall, Platform } from '../description/network.ts';
import type { Address, Family } from '../net/address.ts';
import type { EndpointName } from '../net/endpoint.ts';
import type { Prefix } from '../net/prefix.ts';

/** Where a fact comes from. */
export type Origin =
  | { readonly kind: 'file'; readonly place: Place }
  | { readonly kind: 'rule'; readonly rule: PlanRule; readonly because: readonly Origin[] };

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
  | 'fewest-prefixes'
  | 'keepalive-behind-nat'
  | 'forward-between-machines'
  | 'forward-for-lan'
  | 'clamp-for-lan'
  | 'masquerade-towards-lan'
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
}

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
  readonly dns: readonly Fact<Address>[];
  /** First moment (ms since 1970 UTC) at which the router no longer accepts this machine. */
  readonly expires?: Fact<number>;
  /** Which backend forwards; on routers only. */
  readonly backend?: Fact<'relay' | 'kernel'>;
}

export type Interface = TunnelInterface | LanInterface;

export interface TunnelInterface {
  readonly kind: 'wireguard';
  /** The interface's name within the device, for routes to refer to; not an identity across devices. */
  readonly id: string;
  readonly addresses: readonly Fact<Address>[];
  readonly listenPort?: Fact<number>;
  /** Bytes; the largest inner packet. */
  readonly mtu: Fact<number>;
  /** 32 bytes; null while the machine is not set up. */
  readonly publicKey: Fact<Uint8Array> | null;
  readonly peers: readonly Peer[];
}

export interface LanInterface {
  readonly kind: 'lan';
  readonly id: string;
  /** Name of the LAN it stands on. */
  readonly lan: string;
  readonly addresses: readonly Fact<{ readonly address: Address; readonly length: number }>[];
}

export interface Peer {
  /** Name of the device at the other end. */
  readonly name: string;
  /** 32 bytes; null while that device is not set up: then it is no peer yet. */
  readonly publicKey: Fact<Uint8Array> | null;
  /** Name of the machine whose preshared key belongs to this pair; keys themselves are never in a plan. */
  readonly presharedKeyOf: string;
  readonly allowedIps: readonly Fact<Prefix>[];
  readonly endpoint?: Fact<EndpointName>;
  /** Seconds; absent is off. */
  readonly keepalive?: Fact<number>;
}

export interface Route {
  readonly prefix: Prefix;
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

export type Translation =
  /** What is forwarded from `from` to `to` gets the device's own address on `to` as its source. */
  | {
      readonly kind: 'masquerade';
      readonly family: Family;
      readonly from: string;
      readonly to: string;
      readonly origin: Origin;
    }
  /** Beyond `interface`, hosts of `real` are known by their like in `seenAs`; translated in both directions. */
  | {
      readonly kind: 'one-to-one';
      readonly real: Prefix;
      readonly seenAs: Prefix;
      readonly interface: string;
      readonly origin: Origin;
    };

export interface Filter {
  readonly action: 'accept' | 'drop' | 'reject';
  readonly from?: string;
  readonly to?: string;
  readonly source?: Prefix;
  readonly destination?: Prefix;
  readonly origin: Origin;
}

/**
 * TCP connections that are forwarded into or out of `interface` are told to use segments that fit the path: the largest
 * segment size in their SYN packets is lowered, never raised.
 */
export interface MssClamp {
  readonly family: Family;
  readonly interface: string;
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
