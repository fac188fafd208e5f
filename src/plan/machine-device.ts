/**
 * A machine as a device: a tunnel to the router, an interface on every LAN where it stands, and what it does for the
 * LANs it carries (`carrier.ts`).
 */

import type { Sourced } from '../description/diagnostic.ts';
import type { Machine } from '../description/network.ts';
import type { Address } from '../net/address.ts';
import { type Prefix, prefixHas } from '../net/prefix.ts';
import {
  clampsFor,
  filtersFor,
  forwardingFor,
  lastResorts,
  onLinkRoutes,
  proxiesFor,
  translationsFor,
} from './carrier.ts';
import { type Directory, originOf, prefixesOf, type Standing } from './directory.ts';
import { type Exit, filtersForExit, forwardingForExit, outerInterfaces, translationsForExit } from './exit.ts';
import { lanInterface, TUNNEL } from './interface-names.ts';
import { keepaliveOf } from './keepalive.ts';
import { byRule, fromFile, stated } from './origin.ts';
import type { Device, Fact, Interface, LanInterface, Peer, Route } from './plan.ts';

/** What is decided for a machine elsewhere. */
export interface MachineFacts {
  readonly addresses: readonly Fact<Address>[];
  readonly mtu: Fact<number>;
  readonly allowedIps: readonly Fact<Prefix>[];
  /** A route into the tunnel for each allowed IP. */
  readonly routes: readonly Route[];
  /** Where this machine carries the LAN through which others reach the internet. */
  readonly exit: Exit | null;
}

export function machineDevice(machine: Machine, directory: Directory, facts: MachineFacts): Device {
  const name = machine.name.value;
  const standings = directory.standings.get(name)!;
  const carried = directory.carried.get(name) ?? [];
  const interfaces: Interface[] = [
    {
      kind: 'wireguard',
      id: TUNNEL,
      addresses: facts.addresses,
      listenPort: machine.endpoint && {
        value: machine.endpoint.value.port,
        origin: byRule('listen-port', [fromFile(machine.endpoint.place)]),
      },
      mtu: facts.mtu,
      publicKey: machine.publicKey ? stated(machine.publicKey) : null,
      peers: [routerAsPeer(machine, directory, facts.allowedIps)],
      ...(machine.internet ? { avoidsItself: avoidsItself(machine.internet) } : {}),
    },
    ...standings.map((standing) => lanInterfaceOf(standing, directory)),
    ...outerInterfaces(facts.exit),
  ];
  const more = [...onLinkRoutes(carried, standings), ...lastResorts(carried)];
  return {
    name,
    kind: 'machine',
    platform: machine.platform
      ? stated(machine.platform)
      : { value: 'other', origin: byRule('platform-default', [fromFile(machine.name.place)]) },
    place: machine.name.place,
    interfaces,
    routes: more.length === 0 ? facts.routes : [...facts.routes, ...more],
    forwarding: [...forwardingFor(carried), ...forwardingForExit(facts.exit)],
    translations: [...translationsFor(carried), ...translationsForExit(facts.exit)],
    filters: [...filtersFor(carried, facts.addresses), ...filtersForExit(facts.exit)],
    mssClamps: clampsFor(carried),
    neighbourProxies: proxiesFor(carried),
    dns: [],
    expires: machine.expires && stated(machine.expires),
    ...(machine.disabled?.value ? { disabled: { value: true, origin: fromFile(machine.disabled.place) } } : {}),
  };
}

/** Where everything goes into the tunnel, the tunnel's own datagrams do not. */
function avoidsItself(internet: Sourced<string>): Fact<boolean> {
  return { value: true, origin: byRule('internet-through-lan', [fromFile(internet.place)]) };
}

/** The router as the machine's only peer. */
function routerAsPeer(machine: Machine, { router }: Directory, allowedIps: readonly Fact<Prefix>[]): Peer {
  return {
    name: router.name.value,
    publicKey: router.publicKey ? stated(router.publicKey) : null,
    presharedKeyOf: machine.name.value,
    allowedIps,
    endpoint: stated(router.endpoint),
    keepalive: keepaliveOf(machine),
  };
}

function lanInterfaceOf({ lan, addresses }: Standing, directory: Directory): LanInterface {
  const prefixes = prefixesOf(lan);
  return {
    kind: 'lan',
    id: lanInterface(lan),
    lan: lan.name.value,
    addresses: addresses.map((address) => {
      const { value } = address;
      const { length } = prefixes.find((prefix) => prefixHas(prefix.value, value))!.value;
      return { value: { address: value, length }, origin: originOf(directory, address) };
    }),
  };
}
