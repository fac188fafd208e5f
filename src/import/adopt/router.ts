/**
 * The router of an imported network: the one machine that all others have as their peer.
 *
 * Found by who is whose peer, never by a name.
 */

import { ADDRESS_BITS, type Address, formatAddress } from '../../net/address.ts';
import type { EndpointName } from '../../net/endpoint.ts';
import { comparePrefixes, type Prefix, prefixHas, samePrefix } from '../../net/prefix.ts';
import type { Device, Peer, Plan, TunnelInterface } from '../../plan/plan.ts';
import type { AdoptRefusal } from './refusal.ts';

export interface AdoptedRouter {
  readonly device: Device;
  readonly tunnel: TunnelInterface;
  /** Others may be known by what it says of them alone. */
  readonly publicKey: Uint8Array | null;
  readonly endpoint: EndpointName;
  /** Where it listens, when that is another port than the endpoint's. */
  readonly listen: number | null;
  readonly inside: readonly Prefix[];
  readonly addresses: readonly Address[];
  readonly mtu: number | null;
}

export function findRouter(plan: Plan, refusals: AdoptRefusal[]): AdoptedRouter | null {
  const found = middleOf(plan, refusals);
  if (found === null) return null;
  const { device, tunnel } = found;
  const endpoint = endpointOf(plan, device, tunnel);
  if (endpoint === null) {
    refusals.push({
      code: 'endpoint-not-known',
      message: `Cannot adopt ${device.name} as the router: no configuration says where it is reached`,
      help: ['add a configuration of a machine that dials it, or its `public` address to survey.yaml'],
    });
  }
  const inside = insideOf(plan, tunnel);
  if (inside.length === 0) {
    refusals.push({
      code: 'inside-not-clear',
      message: `Cannot adopt the network: nothing says which addresses are inside; ${device.name} has none with a length`,
      help: ['give the address of its tunnel a length, as in 10.8.0.1/24'],
    });
  }
  if (endpoint === null || inside.length === 0) return null;
  const listen = tunnel.listenPort?.value;
  return {
    device,
    tunnel,
    publicKey: tunnel.publicKey?.value ?? null,
    endpoint,
    listen: listen === undefined || listen === endpoint.port ? null : listen,
    inside,
    addresses: tunnel.addresses
      .map(({ value }) => value)
      .filter((each) => inside.some((prefix) => prefixHas(prefix, each))),
    mtu: tunnel.mtu.origin.kind === 'file' ? tunnel.mtu.value : null,
  };
}

interface Middle {
  readonly device: Device;
  readonly tunnel: TunnelInterface;
}

/** The machine whose tunnel all others' tunnels lead to. */
function middleOf(plan: Plan, refusals: AdoptRefusal[]): Middle | null {
  const all = plan.devices.flatMap((device): Middle[] =>
    device.interfaces.flatMap((each) => (each.kind === 'wireguard' ? [{ device, tunnel: each }] : [])),
  );
  if (all.length === 0) {
    refusals.push({ code: 'no-wireguard', message: 'Cannot adopt the network: no file describes a tunnel', help: [] });
    return null;
  }
  const middles = all.filter(({ device }) =>
    all.every((other) => other.device === device || other.tunnel.peers.some((peer) => peer.name === device.name)),
  );
  const dialled = middles.filter((each) => isDialled(plan, each.device));
  const [only, second] = dialled.length > 0 ? dialled : middles;
  if (only && (!second || dialled.length === 0)) {
    // Of two that know each other and neither of which dials, the one that waits at a port is in the middle.
    const waiting = second ? middles.filter(({ tunnel }) => tunnel.listenPort) : [only];
    if (waiting.length === 1) return waiting[0]!;
  }
  const names = (second ? middles : all).map(({ device }) => device.name);
  refusals.push(
    second
      ? {
          code: 'several-routers',
          message: `Cannot adopt the network: ${names.join(' and ')} could each be the router`,
          help: ['the router is the one that the others dial: remove the Endpoint of it from none but its own side'],
        }
      : {
          code: 'no-router',
          message: `Cannot adopt the network: no machine is a peer of all others (${names.slice(0, 5).join(', ')})`,
          help: ['a network has one router, and every other machine has it as its only peer'],
        },
  );
  return null;
}

function isDialled(plan: Plan, device: Device): boolean {
  return peersTo(plan, device).some((peer) => peer.endpoint);
}

function peersTo(plan: Plan, device: Device): Peer[] {
  return plan.devices
    .filter((other) => other !== device)
    .flatMap((other) => other.interfaces)
    .flatMap((each) => (each.kind === 'wireguard' ? each.peers.filter((peer) => peer.name === device.name) : []));
}

/** What most machines dial; else a public address that is stated, and the port it listens at. */
function endpointOf(plan: Plan, device: Device, tunnel: TunnelInterface): EndpointName | null {
  const counts = new Map<string, { endpoint: EndpointName; count: number }>();
  for (const { endpoint } of peersTo(plan, device)) {
    if (!endpoint) continue;
    const name = `${endpoint.value.host} ${endpoint.value.port}`;
    counts.set(name, { endpoint: endpoint.value, count: (counts.get(name)?.count ?? 0) + 1 });
  }
  const [most] = [...counts.values()].sort((a, b) => b.count - a.count);
  if (most) return most.endpoint;
  const address = device.outside?.public?.[0]?.value;
  const port = tunnel.listenPort?.value;
  if (!address || port === undefined) return null;
  return { host: formatAddress(address), address, port };
}

/** The prefixes of the router's own addresses; where it has single ones, the prefixes that machines give their own. */
function insideOf(plan: Plan, tunnel: TunnelInterface): Prefix[] {
  const all = plan.devices.flatMap((device) =>
    device.interfaces.flatMap((each) => (each.kind === 'wireguard' ? (each.onLink ?? []) : [])),
  );
  return tunnel.addresses
    .flatMap(({ value }) => {
      const own = (tunnel.onLink ?? []).find((prefix) => prefixHas(prefix.value, value));
      const others = all.filter((prefix) => prefixHas(prefix.value, value)).map((prefix) => prefix.value);
      const prefix = own?.value ?? others.sort(comparePrefixes)[0];
      return prefix && prefix.length < ADDRESS_BITS[value.family] ? [prefix] : [];
    })
    .filter((prefix, i, list) => list.findIndex((each) => samePrefix(each, prefix)) === i);
}
