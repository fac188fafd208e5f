/**
 * The router as a device: one tunnel interface, every machine a peer, a route for everything a peer owns.
 */

import type { Sourced } from '../description/diagnostic.ts';
import type { Machine } from '../description/network.ts';
import type { Address } from '../net/address.ts';
import { formatPrefix, hostPrefix, type Prefix } from '../net/prefix.ts';
import { ofFamily } from '../net/prefix-set.ts';
import { coverExactly } from './allowed-ips.ts';
import { type Directory, mappingsOf } from './directory.ts';
import { type Exit, exitUsers } from './exit.ts';
import { TUNNEL } from './interface-names.ts';
import { carriedPrefixes, isPartOf } from './lans.ts';
import { byRule, fromFile, stated } from './origin.ts';
import type { Device, Fact, Forwarding, Peer, Route, TunnelInterface } from './plan.ts';

export function routerDevice(
  directory: Directory,
  addresses: ReadonlyMap<string, readonly Fact<Address>[]>,
  mtu: Fact<number>,
  exit: Exit | null,
): Device {
  const { router, network } = directory;
  const peers = network.machines.map((machine) => {
    const peer = peerOf(machine, directory, addresses.get(machine.name.value)!);
    return exit?.lan.via?.value === machine.name.value ? { ...peer, exitFor: exitUsers(exit, addresses) } : peer;
  });
  const tunnel: TunnelInterface = {
    kind: 'wireguard',
    id: TUNNEL,
    addresses: addresses.get(router.name.value)!,
    listenPort: router.listen
      ? stated(router.listen)
      : { value: router.endpoint.value.port, origin: byRule('listen-port', [fromFile(router.endpoint.place)]) },
    mtu,
    publicKey: router.publicKey ? stated(router.publicKey) : null,
    peers,
  };
  const described = fromFile(router.name.place);
  return {
    name: router.name.value,
    kind: 'router',
    platform: { value: 'linux', origin: byRule('platform-default', [described]) },
    place: router.name.place,
    interfaces: [tunnel],
    routes: [...peers.flatMap((peer) => peer.allowedIps.map(throughTunnel)), ...unreachable(directory, exit)],
    forwarding: betweenMachines(directory),
    translations: [],
    filters: [],
    mssClamps: [],
    neighbourProxies: [],
    dns: [],
    backend: router.backend
      ? stated(router.backend)
      : { value: 'relay', origin: byRule('backend-default', [described]) },
  };
}

/**
 * A machine as the router's peer: it owns its inside addresses and the LANs it carries, and nothing more.
 *
 * A prefix has one owner. WireGuard does not refuse a second one, it moves the prefix without a word; that no two
 * machines claim an address was settled before (`address-duplicate`, `prefix-overlap`).
 */
function peerOf(machine: Machine, directory: Directory, addresses: readonly Fact<Address>[]): Peer {
  const name = machine.name.value;
  const own = addresses.map(({ value, origin }) => ({
    value: hostPrefix(value),
    origin: byRule('inside-owner', [origin]),
  }));
  const carried = carriedPrefixes(directory.carried.get(name) ?? []);
  return {
    name,
    publicKey: machine.publicKey ? stated(machine.publicKey) : null,
    presharedKeyOf: name,
    allowedIps: coverExactly([...own, ...carried]),
    endpoint: machine.endpoint && stated(machine.endpoint),
  };
}

function throughTunnel(fact: Fact<Prefix>): Route {
  return { prefix: fact.value, via: { kind: 'interface', interface: TUNNEL }, origin: fact.origin };
}

/**
 * What nobody owns inside is answered "unreachable" here, instead of leaving by the default route or looping. Nor does an
 * exit lead to the real addresses of a LAN that is known by others.
 */
function unreachable(directory: Directory, exit: Exit | null): Route[] {
  const { inside, ula } = directory;
  const hidden = exit ? hiddenPrefixes(directory) : [];
  const whole = [...[...inside, ...hidden].filter((prefix) => !isPartOf(ula, prefix.value)), ...(ula ? [ula] : [])];
  return whole.map(({ value, place }) => ({
    prefix: value,
    via: { kind: 'unreachable' },
    origin: byRule('unreachable-aggregate', [fromFile(place)]),
  }));
}

/** The prefixes behind a `seen-as`, each once: several LANs may have the same. */
function hiddenPrefixes(directory: Directory): Sourced<Prefix>[] {
  const reals = directory.network.lans.flatMap(mappingsOf).map(({ real }) => real);
  return [...new Map(reals.toReversed().map((real) => [formatPrefix(real.value), real])).values()].reverse();
}

function betweenMachines(directory: Directory): Forwarding[] {
  return ([4, 6] as const).flatMap((family) =>
    ofFamily(
      directory.inside.map(({ value, place }) => ({ family: value.family, place })),
      family,
    )
      .slice(0, 1)
      .map(({ place }) => ({
        family,
        from: TUNNEL,
        to: TUNNEL,
        origin: byRule('forward-between-machines', [fromFile(place)]),
      })),
  );
}
