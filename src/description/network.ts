/**
 * The network as its file describes it: every field of the contract, with the place of each value, nothing decided.
 *
 * Absent means absent: what the planner would fill in (addresses, platforms, defaults) is not filled in here.
 */

import type { Address } from '../net/address.ts';
import type { EndpointName } from '../net/endpoint.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Place, Sourced } from './diagnostic.ts';

export const PLATFORMS = [
  'linux',
  'debian-networkd',
  'networkmanager',
  'openwrt',
  'routeros',
  'vyos',
  'opnsense',
  'pfsense',
  'freebsd',
  'openbsd',
  'macos',
  'windows',
  'ios',
  'android',
  'nixos',
  'docker',
  'fritzbox',
  'unifi',
  'other',
] as const;
export type Platform = (typeof PLATFORMS)[number];

export const ATTACH_MODES = ['default-gateway', 'static-route', 'masquerade', 'proxy'] as const;
export type AttachMode = (typeof ATTACH_MODES)[number];

export const GATEWAY_FIREWALLS = ['none', 'established', 'drop-invalid', 'lan-to-wan-only', 'exempt'] as const;
export type GatewayFirewall = (typeof GATEWAY_FIREWALLS)[number];

export const ADVERTISEMENTS = ['ra', 'dhcp'] as const;
export type Advertisement = (typeof ADVERTISEMENTS)[number];

export interface Network {
  /** The file's name as messages print it. */
  readonly file: string;
  readonly name: Sourced<string>;
  readonly ula?: Sourced<Prefix>;
  readonly inside: readonly Sourced<Prefix | 'carve'>[];
  readonly routers: readonly Router[];
  readonly machines: readonly Machine[];
  readonly lans: readonly Lan[];
  readonly groups: readonly Group[];
  readonly access?: Sourced<readonly AccessRule[]>;
  readonly expect: readonly Sourced<Expectation>[];
  readonly dns?: Sourced<{ readonly domain?: Sourced<string>; readonly upstream: readonly Sourced<Address>[] }>;
}

export interface Router {
  readonly name: Sourced<string>;
  readonly endpoint: Sourced<EndpointName>;
  readonly listen?: Sourced<number>;
  readonly address: readonly Sourced<Address>[];
  /** 32 bytes. */
  readonly publicKey?: Sourced<Uint8Array>;
  readonly backend?: Sourced<'relay' | 'kernel'>;
  readonly mtu?: Sourced<number>;
  readonly pathMtu?: Sourced<number>;
  readonly note?: Sourced<string>;
}

export interface Machine {
  readonly name: Sourced<string>;
  readonly platform?: Sourced<Platform>;
  readonly address: readonly Sourced<Address>[];
  /** 32 bytes. */
  readonly publicKey?: Sourced<Uint8Array>;
  readonly endpoint?: Sourced<EndpointName>;
  readonly note?: Sourced<string>;
  /** The first moment at which the machine is no longer allowed, in milliseconds since 1970 UTC. */
  readonly expires?: Sourced<number>;
  /** While true the router does not accept it; its addresses stay its own. */
  readonly disabled?: Sourced<boolean>;
  /** Names of the LANs it stands on. */
  readonly lan: readonly Sourced<string>[];
  readonly lanAddress: readonly Sourced<Address | 'carve'>[];
  readonly routes?: Sourced<readonly Sourced<string>[]>;
  readonly internet?: Sourced<string>;
  /** Seconds; 0 is `off`. */
  readonly keepalive?: Sourced<number>;
  readonly mtu?: Sourced<number>;
  readonly pathMtu?: Sourced<number>;
}

export interface Lan {
  readonly name: Sourced<string>;
  readonly prefixes: readonly Sourced<Prefix | 'carve'>[];
  readonly via?: Sourced<string>;
  readonly attach?: Sourced<AttachMode>;
  readonly defaultGateway: readonly Sourced<Address>[];
  readonly defaultGatewayPlatform?: Sourced<Platform>;
  readonly gatewayFirewall?: Sourced<GatewayFirewall>;
  readonly advertise: readonly Sourced<Advertisement>[];
  readonly lend: readonly { readonly machine: Sourced<string>; readonly addresses: readonly Sourced<Address>[] }[];
  readonly seenAs: readonly Sourced<Prefix>[];
  readonly hosts: readonly Host[];
}

export interface Host {
  readonly name: Sourced<string>;
  readonly address: readonly Sourced<Address>[];
  readonly platform?: Sourced<Platform>;
}

export interface Group {
  readonly name: Sourced<string>;
  readonly members: readonly Sourced<string>[];
}

export type Ports =
  | { readonly protocol: 'ping' }
  | { readonly protocol: 'tcp' | 'udp'; readonly first: number; readonly last: number };

export interface AccessRule {
  readonly place: Place;
  readonly from: Sourced<string>;
  readonly to: Sourced<string>;
  readonly ports: readonly Sourced<Ports>[];
}

export interface Expectation {
  readonly from: string;
  readonly to: string;
  readonly reaches: boolean;
  readonly on?: Ports;
  readonly over?: 4 | 6;
}
