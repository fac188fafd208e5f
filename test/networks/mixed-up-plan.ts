/**
 * Damages in which somebody gets what is another's: packets then meet stations that have no part in the flow.
 */

import type { Dice } from '../../lab/tests/random/dice.ts';
import type { Address } from '../../src/net/address.ts';
import { hostPrefix } from '../../src/net/prefix.ts';
import type { Device, Fact, Filter, Origin, Peer, Plan, TunnelInterface } from '../../src/plan/plan.ts';

const ORIGIN: Origin = { kind: 'file', place: { file: 'damage', line: 1, column: 1, endColumn: 1 } };

/** `plan` with one thing wrong. */
export function mixedUp(plan: Plan, { pick }: Dice): Plan {
  const machines = plan.devices.filter(({ kind }) => kind === 'machine');
  const [one, other] = [pick(machines), pick(machines)];
  switch (pick(['stolen', 'shared', 'exit', 'source', 'gateway', 'untranslated'] as const)) {
    // The router thinks that what belongs to one is behind the other.
    case 'stolen':
      return withRouterPeers(plan, (peer, peers) => {
        const theirs = peers.find(({ name }) => name === one.name)!.allowedIps;
        return peer.name === other.name ? { ...peer, allowedIps: [...peer.allowedIps, pick(theirs)] } : peer;
      });
    // Two have one address.
    case 'shared': {
      const addresses = [...tunnelOf(one).addresses, ...tunnelOf(other).addresses];
      return withDevice(
        plan,
        withTunnel(one, { ...tunnelOf(one), addresses: [pick(addresses), ...tunnelOf(one).addresses] }),
      );
    }
    // What nobody else has is behind one machine, for some.
    case 'exit': {
      const users = machines.filter(() => pick([true, false])).flatMap((each) => tunnelOf(each).addresses);
      const exitFor = users.map(({ value, origin }) => ({ value: hostPrefix(value), origin }));
      return withRouterPeers(plan, (peer) => (peer.name === one.name ? { ...peer, exitFor } : peer));
    }
    case 'source': {
      const whose = pick([
        ...tunnelOf(other).addresses,
        ...plan.lans.flatMap(({ hosts }) => hosts).flatMap(({ addresses }) => addresses),
      ]);
      const filter: Filter = {
        action: 'drop',
        hook: pick(['input', 'forward', 'output'] as const),
        chain: 'damage',
        [pick(['source', 'destination'])]: hostPrefix(whose.value),
        origin: ORIGIN,
      };
      return withDevice(plan, { ...one, filters: [...one.filters, filter] });
    }
    // The routes of a LAN's default gateway lead to another address of the LAN.
    case 'gateway': {
      const lan = pick(plan.lans);
      const hosts: readonly Fact<Address>[] = lan.hosts.flatMap(({ addresses }) => addresses);
      const gatewayRoutes = lan.gatewayRoutes.map((route) => {
        const near = hosts.filter(({ value }) => value.family === route.prefix.family);
        return near.length > 0 && pick([true, false]) ? { ...route, gateway: pick(near).value } : route;
      });
      return { ...plan, lans: plan.lans.map((each) => (each === lan ? { ...each, gatewayRoutes } : each)) };
    }
    case 'untranslated':
      return withDevice(plan, { ...one, translations: one.translations.filter(() => pick([true, false])) });
  }
}

function withRouterPeers(plan: Plan, change: (peer: Peer, peers: readonly Peer[]) => Peer): Plan {
  const router = plan.devices[0]!;
  const tunnel = tunnelOf(router);
  return withDevice(
    plan,
    withTunnel(router, { ...tunnel, peers: tunnel.peers.map((peer) => change(peer, tunnel.peers)) }),
  );
}

function tunnelOf({ interfaces }: Device): TunnelInterface {
  return interfaces.find((each) => each.kind === 'wireguard')!;
}

function withTunnel(device: Device, tunnel: TunnelInterface): Device {
  return { ...device, interfaces: device.interfaces.map((each) => (each.kind === 'wireguard' ? tunnel : each)) };
}

function withDevice(plan: Plan, changed: Device): Plan {
  return { ...plan, devices: plan.devices.map((each) => (each.name === changed.name ? changed : each)) };
}
