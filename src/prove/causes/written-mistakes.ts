/**
 * Mistakes that stand in the configurations by themselves, whatever flows: no trace is needed to see them.
 */

import { type Address, sameAddress } from '../../net/address.ts';
import { sameKey } from '../../net/key.ts';
import {
  firstAddress,
  formatPrefix,
  lastAddress,
  type Prefix,
  prefixesOverlap,
  prefixHas,
  samePrefix,
} from '../../net/prefix.ts';
import type { TunnelInterface } from '../../plan/plan.ts';
import { addressText, stationName } from '../explain/names.ts';
import type { Station, World } from '../world.ts';
import type { Culprit } from './finding.ts';
import { sameSubnets } from './rules/same-subnet.ts';
import { tunnelsOf } from './rules/scene.ts';
import { duplicateCulprit } from './rules/ways.ts';

export interface WrittenMistake {
  readonly culprit: Culprit;
  readonly certainty: 'proved' | 'possible';
  /** Whom it keeps from whom. */
  readonly from: string;
  readonly to: string;
}

export function writtenMistakes(world: World): WrittenMistake[] {
  return world.stations.flatMap((station) =>
    station.device === null
      ? []
      : [
          ...duplicates(station),
          ...ownKeys(station),
          ...ports(station),
          ...addressMistakes(station),
          ...sharedAddresses(world, station),
          ...sameSubnets(station).map(({ culprit, prefix }) => proved(culprit, station.name, formatPrefix(prefix))),
          ...ownLans(world, station),
        ],
  );
}

function proved(culprit: Culprit, from: string, to: string): WrittenMistake {
  return { culprit, certainty: 'proved', from, to };
}

/** A prefix in two peers of one interface. */
function duplicates(station: Station): WrittenMistake[] {
  return tunnelsOf(station).flatMap(({ tunnel }) =>
    tunnel.peers.flatMap((peer) =>
      (peer.taken ?? []).slice(0, 1).map(({ prefix, by }) => {
        const winner = tunnel.peers.find((each) => each.publicKey !== null && sameKey(each.publicKey.value, by.value));
        const culprit = duplicateCulprit({ station }, firstAddress(prefix.value), peer.name, winner?.name ?? '');
        return proved(culprit, station.name, peer.name || formatPrefix(prefix.value));
      }),
    ),
  );
}

/** A peer with the interface's own key: WireGuard drops such a peer. */
function ownKeys(station: Station): WrittenMistake[] {
  return tunnelsOf(station).flatMap(({ tunnel }) =>
    tunnel.peers
      .filter(({ publicKey }) => publicKey && tunnel.publicKey && sameKey(publicKey.value, tunnel.publicKey.value))
      .map(({ publicKey }) =>
        proved(
          {
            cause: 'wrong-public-key',
            station,
            origins: [publicKey!.origin],
            words: 'has its own public key as that of a peer',
            cure: `on ${stationName(station)}: the other machine’s public key in this [Peer]`,
          },
          station.name,
          station.name,
        ),
      ),
  );
}

/** Two tunnels on one port. */
function ports(station: Station): WrittenMistake[] {
  const listening = tunnelsOf(station).filter(({ tunnel }) => tunnel.listenPort !== undefined);
  return listening.flatMap(({ id, tunnel }, i) =>
    listening
      .slice(i + 1)
      .filter((other) => other.tunnel.listenPort!.value === tunnel.listenPort!.value)
      .map((other) =>
        proved(
          {
            cause: 'listen-port-conflict',
            station,
            origins: [tunnel.listenPort!.origin, other.tunnel.listenPort!.origin],
            words: `has ${id} and ${other.id} listen on UDP port ${tunnel.listenPort!.value}: the second does not come up`,
            cure: `on ${stationName(station)}: another ListenPort for one of the two, and in Endpoint of its peers`,
          },
          station.name,
          other.tunnel.peers[0]?.name || other.id,
        ),
      ),
  );
}

/** An address that stands for everybody in its subnet. */
function addressMistakes(station: Station): WrittenMistake[] {
  return tunnelsOf(station).flatMap(({ tunnel }) =>
    tunnel.addresses.flatMap(({ value, origin }) => {
      const subnet = subnetOf(tunnel, value);
      if (subnet === null || value.family === 6) return [];
      if (!sameAddress(lastAddress(subnet), value)) return [];
      const culprit: Culprit = {
        cause: 'interface-address-wrong',
        station,
        origins: [origin],
        words: `has ${addressText(value)} as its address, which is the broadcast address of ${formatPrefix(subnet)}: nobody can talk to it there`,
        cure: `on ${stationName(station)}: an Address inside ${formatPrefix(subnet)}, such as ${addressText({ family: 4, bits: firstAddress(subnet).bits + 1n })}/${subnet.length}`,
      };
      return [proved(culprit, tunnel.peers[0]?.name || station.name, addressText(value))];
    }),
  );
}

function subnetOf({ onLink }: TunnelInterface, address: Address): Prefix | null {
  const found = onLink?.find(({ value }) => prefixHas(value, address))?.value ?? null;
  return found !== null && found.length <= 30 ? found : null;
}

/** Two peers of one network with one address. */
function sharedAddresses(world: World, station: Station): WrittenMistake[] {
  return tunnelsOf(station).flatMap(({ addresses, tunnel }) =>
    addresses.flatMap(({ value, origin }) => {
      const twin = world.stations.find(
        (each) =>
          each.id > station.id &&
          tunnelsOf(each).some((link) => link.addresses.some((other) => sameAddress(other.value, value))) &&
          areTogether(world, station, each),
      );
      if (twin === undefined) return [];
      const theirs = tunnelsOf(twin).flatMap((link) =>
        link.addresses.filter((other) => sameAddress(other.value, value)),
      );
      const culprit: Culprit = {
        cause: 'interface-address-wrong',
        station: twin,
        origins: [...theirs.map((each) => each.origin), origin],
        words: `has ${addressText(value)} as its address, and so has ${stationName(station)}`,
        cure: `on ${stationName(twin)}: an Address of its own, and the same in AllowedIPs of its peers`,
      };
      return [proved(culprit, tunnel.peers[0]?.name || station.name, twin.name)];
    }),
  );
}

/** Whether they are peers, or have a peer in common. */
function areTogether(world: World, one: Station, other: Station): boolean {
  const names = (station: Station) =>
    new Set(tunnelsOf(station).flatMap(({ tunnel }) => tunnel.peers.map(({ name }) => name)));
  const [a, b] = [names(one), names(other)];
  return (
    a.has(other.name) || b.has(one.name) || [...a].some((name) => name !== '' && b.has(name) && world.byName.has(name))
  );
}

/** A LAN on which a machine stands itself, given to a peer that does not stand there. */
function ownLans(world: World, station: Station): WrittenMistake[] {
  const lans = station.links.flatMap((link) =>
    link.kind === 'segment' ? [world.segments.get(link.segment)!.lan] : [],
  );
  return tunnelsOf(station).flatMap(({ tunnel }) =>
    tunnel.peers.flatMap((peer) =>
      peer.allowedIps.flatMap(({ value, origin }) => {
        const lan = lans.find(({ prefixes }) => prefixes.some((prefix) => samePrefix(prefix.value, value)));
        if (lan === undefined) return [];
        const theirs = world.plan.lans.find(
          (each) => each.name !== lan.name && each.prefixes.some((prefix) => prefixesOverlap(prefix.value, value)),
        );
        const isOverlap = theirs !== undefined;
        const culprit: Culprit = {
          cause: isOverlap ? 'lan-overlap' : 'hub-routes-own-lan-to-peer',
          station,
          origins: [origin, { kind: 'file', place: lan.place }],
          words: isOverlap
            ? `stands on LAN ${lan.name} and sends ${formatPrefix(value)} to ${peer.name}, while LAN ${theirs.name} has the same prefix`
            : `stands on LAN ${lan.name} and gives its prefix ${formatPrefix(value)} to peer ${peer.name || 'without a name'}, which is not there`,
          cure: isOverlap
            ? 'another prefix for one of the two LANs'
            : `on ${stationName(station)}: take ${formatPrefix(value)} out of AllowedIPs of peer ${peer.name}; it belongs into that of ${stationName(station)} on the other side`,
        };
        return [
          {
            culprit,
            certainty: isOverlap ? ('possible' as const) : ('proved' as const),
            from: peer.name || station.name,
            to: lan.name,
          },
        ];
      }),
    ),
  );
}
