/**
 * Tunnels of a machine as its kernel holds them: allowed IPs with one owner each, the routes that wg-quick makes, and the
 * way its own outer packets take.
 */

import { ADDRESS_BITS, type Family } from '../../net/address.ts';
import { formatKey } from '../../net/key.ts';
import { comparePrefixes, formatPrefix, type Prefix, prefixContains, prefixOf } from '../../net/prefix.ts';
import type { Device, Fact, Origin, Peer, TunnelInterface } from '../../plan/plan.ts';
import type { PeerConfiguration } from '../formats/wg-quick.ts';
import type { Complaints } from '../text/complaints.ts';
import type { AddressWithLength } from '../text/values.ts';
import type { RouteDraft, TunnelDraft } from './draft.ts';

/** Names the device that has a key; empty when none has it. */
export type NameOfKey = (publicKey: Uint8Array) => string;

/** wg(8): what every interface has that nobody gave another. Apps for phones choose the least that IPv6 allows. */
const MTU = 1420;
const MTU_OF_PHONES = 1280;

/** Apps whose own packets pass the routes into the tunnel by, whatever these are. */
const APPS: ReadonlySet<Device['platform']['value']> = new Set(['ios', 'android', 'macos', 'windows']);

export function tunnelOf(
  tunnel: TunnelDraft,
  platform: Device['platform'],
  nameOfKey: NameOfKey,
  complaints: Complaints,
): TunnelInterface {
  const { configuration } = tunnel;
  const addresses = [...configuration.addresses, ...tunnel.addresses];
  const onLink = addresses.filter(({ value }) => value.length < ADDRESS_BITS[value.address.family]);
  const avoids = avoidsItself(tunnel, platform);
  return {
    kind: 'wireguard',
    id: tunnel.id,
    addresses: addresses.map(({ value, origin }) => ({ value: value.address, origin })),
    onLink: onLink.map(({ value, origin }) => ({ value: prefixOf(value.address, value.length), origin })),
    ...(configuration.listenPort && { listenPort: configuration.listenPort }),
    mtu: tunnel.mtu ?? configuration.mtu ?? defaultMtu(platform),
    publicKey: configuration.publicKey,
    peers: peersOf(configuration.peers, nameOfKey, complaints),
    ...(avoids && { avoidsItself: avoids }),
  };
}

function defaultMtu(platform: Device['platform']): Fact<number> {
  const isPhone = platform.value === 'ios' || platform.value === 'android';
  return {
    value: isPhone ? MTU_OF_PHONES : MTU,
    origin: { kind: 'rule', rule: isPhone ? 'platform-mtu' : 'wg-quick-mtu', because: [platform.origin] },
  };
}

/**
 * Peers with the allowed IPs they end up with. A prefix has one owner per interface: of two peers that are given it, the
 * later one takes it, without a word from WireGuard. A key that comes again replaces what it was given before.
 */
function peersOf(given: readonly PeerConfiguration[], nameOfKey: NameOfKey, complaints: Complaints): Peer[] {
  const byKey = new Map<string, PeerConfiguration>();
  for (const peer of given) {
    if (!peer.publicKey) continue;
    const key = formatKey(peer.publicKey.value);
    const before = byKey.get(key);
    if (before) {
      complaints.warning(
        'key-twice',
        peer.place,
        'Cannot have this peer twice: the later section replaces the allowed IPs',
        {
          notes: [{ place: before.place, message: 'its key is used here' }],
          help: ['join the two sections'],
        },
      );
    }
    byKey.set(key, before ? { ...before, ...peer } : peer);
  }
  const owners = new Map<string, { peer: PeerConfiguration; fact: Fact<Prefix> }>();
  const taken = new Map<PeerConfiguration, { prefix: Fact<Prefix>; by: Fact<Uint8Array> }[]>();
  for (const peer of byKey.values()) {
    for (const fact of peer.allowedIps) {
      const name = formatPrefix(fact.value);
      const before = owners.get(name);
      if (before && before.peer !== peer) {
        const by: Fact<Uint8Array> = {
          value: peer.publicKey!.value,
          origin: { kind: 'rule', rule: 'later-peer-takes-it', because: [fact.origin, before.fact.origin] },
        };
        taken.set(before.peer, [...(taken.get(before.peer) ?? []), { prefix: before.fact, by }]);
        warnOfTaken(before.fact, fact, complaints);
      }
      owners.set(name, { peer, fact });
    }
  }
  const left = new Map<PeerConfiguration, Fact<Prefix>[]>();
  for (const { peer, fact } of owners.values()) {
    const list = left.get(peer);
    if (list) list.push(fact);
    else left.set(peer, [fact]);
  }
  return [...byKey.values()].map((peer) => {
    const lost = taken.get(peer);
    return {
      name: nameOfKey(peer.publicKey!.value),
      publicKey: peer.publicKey,
      presharedKeyOf: '',
      ...(peer.presharedKeyHash && { presharedKeyHash: peer.presharedKeyHash }),
      allowedIps: left.get(peer) ?? [],
      ...(peer.endpoint && { endpoint: peer.endpoint }),
      ...(peer.keepalive && { keepalive: peer.keepalive }),
      ...(peer.note && { note: peer.note }),
      ...(lost && { taken: lost }),
    };
  });
}

function warnOfTaken(before: Fact<Prefix>, after: Fact<Prefix>, complaints: Complaints): void {
  if (before.origin.kind !== 'file' || after.origin.kind !== 'file') return;
  complaints.warning(
    'prefix-twice',
    after.origin.place,
    `Cannot give ${formatPrefix(after.value)} to two peers: the later one takes it`,
    { notes: [{ place: before.origin.place, message: 'it was given here' }] },
  );
}

/**
 * The routes that come with a tunnel: of its addresses, and, where wg-quick brings it up, of its allowed IPs that no route
 * into it covers yet. With `Table = off` or a table of one's own the main table gets none of the latter.
 */
export function tunnelRoutes(tunnel: TunnelDraft, built: TunnelInterface, observed: ReadonlySet<Family>): RouteDraft[] {
  const isListed = ({ prefix }: RouteDraft) =>
    // What wg-quick puts into a table of its own is not in a listing of the main one.
    observed.has(prefix.family) && !(prefix.length === 0 && built.avoidsItself?.value);
  return madeRoutes(tunnel, built).filter((each) => !isListed(each));
}

function madeRoutes(tunnel: TunnelDraft, built: TunnelInterface): RouteDraft[] {
  const connected = [...tunnel.configuration.addresses, ...tunnel.addresses]
    .filter(({ value }) => value.length < ADDRESS_BITS[value.address.family])
    .map((fact) =>
      route(tunnel.id, connectedPrefix(fact), { kind: 'rule', rule: 'wg-quick-address', because: [fact.origin] }),
    );
  const { table } = tunnel.configuration;
  if (!tunnel.isWgQuick || !isMainTable(table)) return connected;
  const because = table ? [table.origin] : [];
  const allowed = built.peers
    .flatMap((peer) => peer.allowedIps)
    .toSorted((a, b) => b.value.length - a.value.length || comparePrefixes(a.value, b.value));
  const made = allowed
    .filter(({ value }) => !connected.some(({ prefix }) => prefixContains(prefix, value)))
    .map(({ value, origin }) =>
      route(tunnel.id, value, { kind: 'rule', rule: 'wg-quick-route', because: [origin, ...because] }),
    );
  return [...connected, ...made];
}

function connectedPrefix({ value }: Fact<AddressWithLength>): Prefix {
  return prefixOf(value.address, value.length);
}

function route(device: string, prefix: Prefix, origin: Origin): RouteDraft {
  return { kind: 'unicast', prefix, device, metric: 0, isAdvertised: false, origin };
}

function isMainTable(table: Fact<string> | undefined): boolean {
  return table === undefined || ['auto', 'main', '254'].includes(table.value);
}

/**
 * wg-quick marks the tunnel's own packets and routes them by the main table without the tunnel when a peer has a prefix of
 * length 0, and only then; an explicit table switches that off.
 */
function avoidsItself(tunnel: TunnelDraft, platform: Device['platform']): Fact<boolean> | null {
  if (tunnel.avoidsItself) return tunnel.avoidsItself;
  if (APPS.has(platform.value)) {
    return { value: true, origin: { kind: 'rule', rule: 'platform-exempts-itself', because: [platform.origin] } };
  }
  const { table, peers } = tunnel.configuration;
  if (!tunnel.isWgQuick || (table !== undefined && table.value !== 'auto')) return null;
  const whole = peers.flatMap((peer) => peer.allowedIps).find(({ value }) => value.length === 0);
  if (!whole) return null;
  return { value: true, origin: { kind: 'rule', rule: 'wg-quick-mark', because: [whole.origin] } };
}
