/**
 * A machine as a device: a tunnel to the router, an interface on every LAN where it stands, and the switches it needs
 * when it carries one.
 */

import type { Lan, Machine } from '../description/network.ts';
import type { Address } from '../net/address.ts';
import { type Prefix, prefixHas } from '../net/prefix.ts';
import { type Directory, prefixesOf, type Standing } from './directory.ts';
import { lanInterface, TUNNEL } from './interface-names.ts';
import { keepaliveOf } from './keepalive.ts';
import { familiesOf } from './lans.ts';
import { byRule, fromFile, stated } from './origin.ts';
import type { Device, Fact, Forwarding, Interface, LanInterface, Peer, Route } from './plan.ts';

/** What is decided for a machine elsewhere. */
export interface MachineFacts {
  readonly addresses: readonly Fact<Address>[];
  readonly mtu: Fact<number>;
  readonly allowedIps: readonly Fact<Prefix>[];
  /** A route into the tunnel for each allowed IP. */
  readonly routes: readonly Route[];
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
    },
    ...standings.map(lanInterfaceOf),
  ];
  const onLink = carried.flatMap((lan) => onLinkRoutes(lan, standings));
  return {
    name,
    kind: 'machine',
    platform: machine.platform
      ? stated(machine.platform)
      : { value: 'other', origin: byRule('platform-default', [fromFile(machine.name.place)]) },
    place: machine.name.place,
    interfaces,
    routes: onLink.length === 0 ? facts.routes : [...facts.routes, ...onLink],
    forwarding: forwardingFor(carried),
    translations: [],
    filters: [],
    neighbourProxies: [],
    dns: [],
    expires: machine.expires && stated(machine.expires),
  };
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

function lanInterfaceOf({ lan, addresses }: Standing): LanInterface {
  const prefixes = prefixesOf(lan);
  return {
    kind: 'lan',
    id: lanInterface(lan),
    lan: lan.name.value,
    addresses: addresses.map(({ value, place }) => {
      const { length } = prefixes.find((prefix) => prefixHas(prefix.value, value))!.value;
      return { value: { address: value, length }, origin: fromFile(place) };
    }),
  };
}

/** A prefix of a carried LAN in which the carrier has no address is still on that wire, and needs saying so. */
function onLinkRoutes(lan: Lan, standings: readonly Standing[]): Route[] {
  const addresses = standings.find((standing) => standing.lan === lan)!.addresses;
  return prefixesOf(lan)
    .filter((prefix) => !addresses.some((address) => prefixHas(prefix.value, address.value)))
    .map((prefix) => ({
      prefix: prefix.value,
      via: { kind: 'interface', interface: lanInterface(lan) },
      origin: byRule('lan-on-link', [fromFile(prefix.place), fromFile(lan.via!.place)]),
    }));
}

/**
 * The switches of a carrier: between the tunnel and each LAN it carries, and between any two of them, in every family
 * that both sides have.
 */
function forwardingFor(carried: readonly Lan[]): Forwarding[] {
  const sides = carried.map((lan) => ({
    id: lanInterface(lan),
    families: familiesOf(lan),
    because: fromFile(lan.via!.place),
  }));
  return sides.flatMap((side, i) => [
    ...side.families.flatMap((family) => [
      { family, from: TUNNEL, to: side.id, origin: byRule('forward-for-lan', [side.because]) },
      { family, from: side.id, to: TUNNEL, origin: byRule('forward-for-lan', [side.because]) },
    ]),
    ...sides.slice(i + 1).flatMap((other) =>
      side.families
        .filter((family) => other.families.includes(family))
        .flatMap((family) => {
          const origin = byRule('forward-for-lan', [side.because, other.because]);
          return [
            { family, from: side.id, to: other.id, origin },
            { family, from: other.id, to: side.id, origin },
          ];
        }),
    ),
  ]);
}
