/**
 * The machines of an imported network, as its router knows them: each peer of it is one.
 */

import { ADDRESS_BITS, type Address, formatAddress } from '../../net/address.ts';
import type { EndpointName } from '../../net/endpoint.ts';
import { formatPrefix, type Prefix, prefixContains, prefixHas } from '../../net/prefix.ts';
import type { Device, Peer, Plan, TunnelInterface } from '../../plan/plan.ts';
import type { AdoptRefusal } from './refusal.ts';
import type { AdoptedRouter } from './router.ts';

export interface AdoptedMachine {
  readonly name: string;
  /** Null: no file describes it, only the router does. */
  readonly device: Device | null;
  readonly platform: string | null;
  /** Its inside addresses; a family in which it has a LAN's address is left out. */
  readonly addresses: readonly Address[];
  /** Addresses of a LAN that it has in place of inside ones. */
  readonly borrowed: readonly Address[];
  readonly publicKey: Uint8Array | null;
  readonly endpoint: EndpointName | null;
  /** Null: as the planner has it. */
  readonly keepalive: number | null;
  readonly mtu: number | null;
  readonly pathMtu: number | null;
  readonly hasPresharedKey: boolean;
  /** What the router sends to it beside its own addresses: LANs. */
  readonly behind: readonly Prefix[];
  /** What it sends to the router; empty where that is not known. */
  readonly sends: readonly Prefix[];
  readonly changes: readonly string[];
}

/** What the planner gives where nothing is stated. */
const KEEPALIVE = 25;

export function adoptedMachines(plan: Plan, router: AdoptedRouter, refusals: AdoptRefusal[]): AdoptedMachine[] {
  const devices = new Map(plan.devices.map((device) => [device.name, device]));
  const known = new Set(router.tunnel.peers.map((peer) => peer.name));
  for (const device of plan.devices) {
    if (
      device === router.device ||
      known.has(device.name) ||
      !device.interfaces.some(({ kind }) => kind === 'wireguard')
    )
      continue;
    refusals.push({
      code: 'key-not-known',
      message: `Cannot adopt ${device.name}: it is no peer of ${router.device.name}`,
      help: [`check its public key in the configuration of ${router.device.name}`],
    });
  }
  let unnamed = 0;
  return router.tunnel.peers.map((peer) => {
    const device = devices.get(peer.name) ?? null;
    const name = device?.name ?? peer.note?.value ?? `machine-${++unnamed}`;
    return device ? describedMachine(device, peer, router, refusals) : machineOfPeer(name, peer, router, refusals);
  });
}

function describedMachine(device: Device, peer: Peer, router: AdoptedRouter, refusals: AdoptRefusal[]): AdoptedMachine {
  const { name } = device;
  const changes: string[] = [];
  const tunnels = device.interfaces.filter((each): each is TunnelInterface => each.kind === 'wireguard');
  const tunnel = tunnels.find((each) => each.peers.some((own) => own.name === router.device.name)) ?? tunnels[0]!;
  const others = tunnel.peers.filter((own) => own.name !== router.device.name);
  if (others.length > 0) {
    refusals.push({
      code: 'peers-beside-router',
      message: `Cannot adopt ${name}: it has ${others.length === 1 ? 'a peer' : 'peers'} beside the router (${others.map((own) => own.name || own.note?.value || 'nobody').join(', ')})`,
      help: ['in this pattern every machine has the router as its only peer'],
    });
  }
  if (tunnels.length > 1)
    changes.push(
      `its other tunnels are not in the file: ${tunnels
        .filter((each) => each !== tunnel)
        .map(({ id }) => id)
        .join(', ')}`,
    );
  const own = tunnel.addresses.map(({ value }) => value);
  const inside = own.filter((each) => router.inside.some((prefix) => prefixHas(prefix, each)));
  const borrowed = own.filter((each) => !inside.includes(each));
  for (const family of [4, 6] as const) {
    if (own.filter((each) => each.family === family).length > 1) {
      refusals.push({
        code: 'several-addresses',
        message: `Cannot adopt ${name}: its tunnel has several IPv${family} addresses`,
        help: ['a machine has one inside address in each family'],
      });
    }
  }
  const toRouter = tunnel.peers.find((each) => each.name === router.device.name);
  const sends = (toRouter?.allowedIps ?? []).map(({ value }) => value);
  if (sends.some((prefix) => prefix.length <= 1)) refuseInternet(name, refusals);
  const platform = device.platform.value === 'other' ? null : device.platform.value;
  return {
    ...fromPeer(peer, own, router, changes),
    name,
    device,
    platform,
    addresses: inside,
    borrowed,
    publicKey: tunnel.publicKey?.value ?? peer.publicKey?.value ?? null,
    keepalive: toRouter?.keepalive && toRouter.keepalive.value !== KEEPALIVE ? toRouter.keepalive.value : null,
    mtu: tunnel.mtu.origin.kind === 'file' ? tunnel.mtu.value : null,
    pathMtu: device.outside?.pathMtu?.value ?? null,
    sends,
    changes,
  };
}

/** A machine of which only the router tells. */
function machineOfPeer(name: string, peer: Peer, router: AdoptedRouter, refusals: AdoptRefusal[]): AdoptedMachine {
  const own = peer.allowedIps
    .map(({ value }) => value)
    .filter(
      (each) =>
        each.length === ADDRESS_BITS[each.family] && router.inside.some((prefix) => prefixContains(prefix, each)),
    )
    .map(({ family, bits }): Address => ({ family, bits }));
  if (own.length === 0) {
    refusals.push({
      code: 'address-not-inside',
      message: `Cannot adopt peer ${name} of ${router.device.name}: none of its allowed IPs is one inside address`,
      help: ['add its configuration'],
    });
  }
  const changes: string[] = [];
  return {
    ...fromPeer(peer, own, router, changes),
    name,
    device: null,
    platform: null,
    addresses: own,
    borrowed: [],
    publicKey: peer.publicKey?.value ?? null,
    keepalive: null,
    mtu: null,
    pathMtu: null,
    sends: [],
    changes,
  };
}

/** What the router says of a machine with these addresses. */
function fromPeer(
  peer: Peer,
  own: readonly Address[],
  router: AdoptedRouter,
  changes: string[],
): Pick<AdoptedMachine, 'endpoint' | 'hasPresharedKey' | 'behind'> {
  const behind: Prefix[] = [];
  for (const { value } of peer.allowedIps) {
    const isOwn = value.length === ADDRESS_BITS[value.family] && own.some((each) => prefixHas(value, each));
    if (isOwn) continue;
    const isInside = router.inside.some((prefix) => prefixContains(prefix, value) || prefixContains(value, prefix));
    if (!isInside) behind.push(value);
    else changes.push(`the router sends it ${formatPrefix(value)}; from now on its own address alone`);
  }
  return { endpoint: peer.endpoint?.value ?? null, hasPresharedKey: peer.presharedKeyHash !== undefined, behind };
}

function refuseInternet(name: string, refusals: AdoptRefusal[]): void {
  refusals.push({
    code: 'internet-through-router',
    message: `Cannot adopt ${name}: it sends all of the internet through the router`,
    help: ['let it send only what is described, or keep its configuration as it is'],
  });
}

/** Refuses addresses that are neither inside nor a LAN's. */
export function refuseStrangers(
  machines: readonly AdoptedMachine[],
  lent: ReadonlySet<string>,
  refusals: AdoptRefusal[],
): void {
  for (const { name, borrowed } of machines) {
    for (const address of borrowed) {
      if (lent.has(`${name} ${formatAddress(address)}`)) continue;
      refusals.push({
        code: 'address-not-inside',
        message: `Cannot adopt ${name}: its address ${formatAddress(address)} is neither inside nor lent by a LAN`,
        help: ['an address of a LAN is lent when the machine that carries the LAN answers for it there'],
      });
    }
  }
}
