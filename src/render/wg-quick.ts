/**
 * wg-quick's file format: what wg-quick(8) reads on Linux and BSD, and the WireGuard apps import.
 *
 * wg-quick makes a route of every allowed IP; a device whose routes into the tunnel are others is refused. The apps
 * reject a whole file for one word they do not know, so hooks are written for Linux alone, and what a machine needs
 * besides is said in a comment. Keys are placeholders (`fill-keys.ts`).
 */

import { formatAddress } from '../net/address.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import { formatKey } from '../net/key.ts';
import { formatPrefix } from '../net/prefix.ts';
import { INTO_TUNNEL } from '../plan/interface-names.ts';
import {
  type Device,
  type Filter,
  type Peer,
  type Plan,
  type Translation,
  type TunnelInterface,
  tunnelOf,
} from '../plan/plan.ts';
import { presharedKeyPlaceholder, privateKeyPlaceholder } from './fill-keys.ts';
import { headerOf } from './header.ts';
import { carriedLans, hooksOf, takesHooks } from './linux-hooks.ts';
import type { Refusal } from './refusal.ts';

export interface WgQuickOptions {
  /** Without comments the file fits a smaller QR code. */
  readonly comments?: boolean;
}

export type WgQuickResult = { readonly text: string } | { readonly refusals: readonly Refusal[] };

/** The wg-quick file of `device`, with placeholders for its keys; or why there is none. */
export function renderWgQuick(plan: Plan, device: string, options: WgQuickOptions = {}): WgQuickResult {
  const found = plan.devices.find((each) => each.name === device);
  if (!found) return { refusals: [unknownDevice(device, plan)] };
  const refusals = refusalsOf(found);
  if (refusals.length > 0) return { refusals };
  const comments = options.comments ?? true;
  const tunnel = tunnelOf(found);
  const sections = [
    comments ? headerOf(found, plan) : [],
    interfaceSection(found, tunnel, comments),
    ...tunnel.peers.map((peer) => peerSection(peer, comments)),
  ];
  const text = sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return { text: `${text.join('\n\n')}\n` };
}

function interfaceSection(device: Device, tunnel: TunnelInterface, comments: boolean): string[] {
  return [
    '[Interface]',
    ...(comments ? [`# ${device.name}`] : []),
    `PrivateKey = ${privateKeyPlaceholder(device.name)}`,
    `Address = ${tunnel.addresses.map(({ value }) => `${formatAddress(value)}/${value.family === 4 ? 32 : 128}`).join(', ')}`,
    ...(tunnel.listenPort ? [`ListenPort = ${tunnel.listenPort.value}`] : []),
    `MTU = ${tunnel.mtu.value}`,
    ...hooksOf(device, comments),
  ];
}

function peerSection(peer: Peer, comments: boolean): string[] {
  return [
    '[Peer]',
    ...(comments ? [`# ${peer.name}`] : []),
    `PublicKey = ${formatKey(peer.publicKey!.value)}`,
    `PresharedKey = ${presharedKeyPlaceholder(peer.presharedKeyOf)}`,
    ...(peer.endpoint ? [`Endpoint = ${formatEndpoint(peer.endpoint.value)}`] : []),
    `AllowedIPs = ${peer.allowedIps.map((fact) => formatPrefix(fact.value)).join(', ')}`,
    ...(peer.keepalive ? [`PersistentKeepalive = ${peer.keepalive.value}`] : []),
  ];
}

/** Everything about `device` that its file could not say. */
function refusalsOf(device: Device): Refusal[] {
  const name = device.name;
  if (device.kind === 'router') {
    return [
      {
        code: 'router-is-run-here',
        message: `Cannot write a configuration for "${name}": a router is not configured, it is run`,
        help: ['run `wg-router up` on it'],
      },
    ];
  }
  const tunnels = device.interfaces.filter((each) => each.kind === 'wireguard');
  if (tunnels.length !== 1) {
    return [
      {
        code: 'tunnel-not-alone',
        message: `Cannot write one wg-quick file for "${name}": it has ${tunnels.length} tunnel interfaces`,
        help: ['wg-quick describes one tunnel interface in a file'],
      },
    ];
  }
  return [...unsetPeers(device, tunnels[0]!), ...otherRoutes(device, tunnels[0]!), ...beyondFormat(device)];
}

function unsetPeers(device: Device, tunnel: TunnelInterface): Refusal[] {
  return tunnel.peers
    .filter((peer) => peer.publicKey === null)
    .map((peer) => ({
      code: 'router-not-set-up',
      message: `Cannot write a configuration for "${device.name}": "${peer.name}" has no public key yet`,
      help: [
        `state the \`public-key\` of "${peer.name}" in the network file; \`wg-router init\` makes a router with a key`,
      ],
    }));
}

/** wg-quick routes the allowed IPs, all of them and nothing else. */
function otherRoutes(device: Device, tunnel: TunnelInterface): Refusal[] {
  const allowed = new Set(tunnel.peers.flatMap((peer) => peer.allowedIps.map((fact) => formatPrefix(fact.value))));
  const routed = device.routes
    .filter(({ via }) => via.kind === 'interface' && via.interface === tunnel.id)
    .map((route) => formatPrefix(route.prefix));
  if (routed.length === allowed.size && routed.every((prefix) => allowed.has(prefix))) return [];
  return [
    {
      code: 'routes-beside-allowed-ips',
      message: `Cannot write a wg-quick file for "${device.name}": its routes into the tunnel are not its allowed IPs`,
      help: ['wg-quick makes a route of every allowed IP, and no other'],
    },
  ];
}

function beyondFormat(device: Device): Refusal[] {
  const onLinux: (readonly [string, number])[] = [
    ['address translation', device.translations.length],
    ['neighbour proxies', device.neighbourProxies.length],
  ];
  const ends = device.routes.filter(({ via }) => via.kind === 'unreachable').length;
  // Hooks are written for carriers: for their LANs' sake, and found by their interfaces.
  const carries = carriedLans(device).length > 0;
  const ofCarriers: (readonly [string, number])[] = [
    ...(takesHooks(device) ? onLinux : []),
    ['routes that end there', ends],
  ];
  const parts: (readonly [string, number])[] = [
    ...(carries ? [] : ofCarriers),
    ['other filters than planned ones', device.filters.filter(isForeignFilter).length],
    ['other translations than planned ones', device.translations.filter(isForeign).length],
    ['resolvers', device.dns.length],
    ['routes through another gateway', device.routes.filter(({ via }) => via.kind === 'gateway').length],
  ];
  const beyondHooks = (takesHooks(device) ? [] : onLinux)
    .filter(([, count]) => count > 0)
    .map(([what]) => ({
      code: 'beyond-format' as const,
      message: `Cannot write a wg-quick file for "${device.name}": it needs ${what}, which the file can do on Linux alone`,
      help: [
        'state `platform: linux` if that is what it runs, or let a Linux machine carry the LAN',
        'or join its LAN by `default-gateway` or `static-route`, where nobody reaches the internet through it',
      ],
    }));
  const beyond = parts
    .filter(([, count]) => count > 0)
    .map(([what]) => ({
      code: 'beyond-format' as const,
      message: `Cannot write a wg-quick file for "${device.name}": it needs ${what}, which this format is not written with yet`,
      help: ['join its LAN by `default-gateway` or `static-route`'],
    }));
  return [...beyondHooks, ...beyond];
}

function unknownDevice(name: string, plan: Plan): Refusal {
  return {
    code: 'device-unknown',
    message: `Cannot write a configuration for "${name}": network "${plan.name}" has no such machine`,
    help: ['`wg-router status` lists the machines'],
  };
}

/** Translations that only configurations of others have. */
function isForeign(translation: Translation): boolean {
  if (translation.kind === 'one-to-one') return false;
  const { kind, from, to, source, destination, protocol, ports, sourcePorts } = translation;
  if (from === undefined || to === undefined || protocol || ports || sourcePorts) return true;
  return kind === 'masquerade' ? !!(source || destination) : kind !== 'keep';
}

/** Filters that only configurations of others have. */
function isForeignFilter({ hook, chain, family, action, destination, protocol, ports, sourcePorts }: Filter): boolean {
  const isPlanned = hook === 'forward' && chain === INTO_TUNNEL && family !== undefined && action !== 'reject';
  return !isPlanned || !!(destination || protocol || ports || sourcePorts);
}
