/**
 * The router's part of a plan in the words of the relay: `RouterConfig` and one `PeerConfig` for each machine that is
 * set up. Pure; keys come in as an argument, because a plan never holds one.
 */

import { formatAddress } from '../net/address.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import { formatKey } from '../net/key.ts';
import { formatPrefix } from '../net/prefix.ts';
import { aggregate } from '../net/prefix-set.ts';
import { type Device, type Peer, type Plan, type TunnelInterface, tunnelOf } from '../plan/plan.ts';
import type { PeerConfig } from '../relay/messages.ts';
import type { RouterSetup } from './backend.ts';

/** A machine as the router knows it, whether it is a peer yet or not. */
export interface DescribedMachine {
  readonly name: string;
  readonly isSetUp: boolean;
  readonly isDisabled: boolean;
  /** What the router sends to it: its inside addresses and the LANs it carries. */
  readonly allowedIps: readonly string[];
  /** ms since 1970, or null for never. */
  readonly expires: number | null;
}

/**
 * The `expires` of a disabled machine's peer. It stays a peer, whose time was over all along: its keypairs end at once, its
 * handshakes are refused, who sends to it is told "unreachable", and its prefixes go to nobody else meanwhile, such as
 * the carrier of a LAN from which it borrows. Enabled, it is the same peer again.
 */
export const EXPIRED_ALL_ALONG = 0;

export interface RelayConfig extends RouterSetup {
  /** Machines without a public key, in the order of the file: they are no peers yet. */
  readonly notSetUp: readonly string[];
}

/** The name of the router that `plan` describes. */
export function routerName(plan: Plan): string {
  return routerOf(plan).name;
}

/** The public key that the file gives the router, or null when it gives none. */
export function routerPublicKey(plan: Plan): Uint8Array | null {
  return tunnelOf(routerOf(plan)).publicKey?.value ?? null;
}

/** Every machine of the plan, in the order of the file. */
export function describedMachines(plan: Plan): DescribedMachine[] {
  const devices = devicesOf(plan);
  return tunnelOf(routerOf(plan)).peers.map((peer) => ({
    name: peer.name,
    isSetUp: peer.publicKey !== null,
    isDisabled: devices.get(peer.name)?.disabled !== undefined,
    allowedIps: peer.allowedIps.map(({ value }) => formatPrefix(value)),
    expires: devices.get(peer.name)?.expires?.value ?? null,
  }));
}

/** What the relay should hold. `presharedKeys` is by machine; a machine without an entry has none. */
export function relayConfig(plan: Plan, presharedKeys: ReadonlyMap<string, Uint8Array>): RelayConfig {
  const router = routerOf(plan);
  const tunnel = tunnelOf(router);
  const devices = devicesOf(plan);
  const peers: PeerConfig[] = [];
  const notSetUp: string[] = [];
  for (const peer of tunnel.peers) {
    if (peer.publicKey === null) notSetUp.push(peer.name);
    else peers.push(peerConfig(peer, peer.publicKey.value, presharedKeys, devices.get(peer.name), tunnel.mtu.value));
  }
  return {
    router: {
      name: router.name,
      listenPort: tunnel.listenPort?.value ?? 0,
      addresses: tunnel.addresses.map(({ value }) => formatAddress(value)),
      mtu: tunnel.mtu.value,
      described: describedPrefixes(router, tunnel),
    },
    peers,
    notSetUp,
  };
}

/** What the router has a route to is not the internet. Asked for only where somebody has an exit to it. */
function describedPrefixes(router: Device, { peers }: TunnelInterface): string[] {
  if (!peers.some((peer) => peer.exitFor)) return [];
  return aggregate(router.routes.map(({ prefix }) => prefix)).map(formatPrefix);
}

function peerConfig(
  peer: Peer,
  publicKey: Uint8Array,
  presharedKeys: ReadonlyMap<string, Uint8Array>,
  device: Device | undefined,
  mtu: number,
): PeerConfig {
  const presharedKey = presharedKeys.get(peer.presharedKeyOf);
  return {
    name: peer.name,
    publicKey: formatKey(publicKey),
    presharedKey: presharedKey ? formatKey(presharedKey) : null,
    allowedIps: peer.allowedIps.map(({ value }) => formatPrefix(value)),
    exitFor: (peer.exitFor ?? []).map(({ value }) => formatPrefix(value)),
    endpoint: peer.endpoint ? formatEndpoint(peer.endpoint.value) : null,
    keepalive: peer.keepalive?.value ?? 0,
    // What its own tunnel takes is what its path carries.
    mtu: device === undefined ? mtu : Math.min(mtu, tunnelOf(device).mtu.value),
    expires: expiryOf(device),
  };
}

/** The first moment at which the router does not accept the device, ms since 1970; null for never. */
function expiryOf(device: Device | undefined): number | null {
  return device?.disabled ? EXPIRED_ALL_ALONG : (device?.expires?.value ?? null);
}

function devicesOf(plan: Plan): ReadonlyMap<string, Device> {
  return new Map(plan.devices.map((device) => [device.name, device]));
}

function routerOf(plan: Plan): Device {
  const router = plan.devices.find((device) => device.kind === 'router');
  if (router === undefined) throw new RangeError(`plan "${plan.name}" has no router`);
  return router;
}
