/**
 * Packets that find no way on, and packets whose source is not accepted: who lacks the route or the allowed IP.
 *
 * Going out, allowed IPs choose the peer; coming in, they say which sources it may use. A gap has one code at whoever dials
 * and another at whoever is dialled.
 */

import { type Address, sameAddress } from '../../../net/address.ts';
import { formatPrefix, hostPrefix, prefixHas } from '../../../net/prefix.ts';
import { addressText, stationName } from '../../explain/names.ts';
import { stepWords } from '../../explain/step-words.ts';
import type { AllowedIpsInStep, Hop } from '../../trace.ts';
import { routeTo } from '../../world/route-table.ts';
import { isPrivate } from '../../world/stand-ins.ts';
import type { Station, World } from '../../world.ts';
import type { Culprit } from '../finding.ts';
import { advertisedWayCulprit } from './advertised-way.ts';
import { misfit, tooBroadCulprit } from './masquerade.ts';
import { sameSubnetCulprit } from './same-subnet.ts';
import {
  allowedFor,
  carries,
  dials,
  lanHas,
  type PeerOf,
  peerOrigins,
  peersOf,
  peerTowards,
  type Scene,
  stationOrigins,
  tunnelsOf,
} from './scene.ts';

/** A packet to `destination` that `scene.station` does not get on. */
export function wayCulprit(scene: Scene, destination: Address): Culprit | null {
  const { world, station, isReply } = scene;
  const advertised = advertisedWayCulprit(scene, destination);
  if (advertised !== null) return advertised;
  const twice = sameSubnetCulprit(scene, destination);
  if (twice !== null) return twice;
  const owner = allowedFor(station, destination);
  if (owner !== null && !isIntoTunnel(station, destination)) {
    const name = stationName(station);
    return {
      cause: 'route-missing',
      station,
      origins: [owner.origin],
      words: `has ${addressText(destination)} in the allowed IPs of ${owner.peer.name || 'a peer'}, and no route into the tunnel`,
      cure: `on ${name}: ip route add ${formatPrefix(owner.prefix)} dev ${owner.link.id}`,
    };
  }
  const towards = peerTowards(world, station, destination);
  if (towards !== null) {
    return foreignAddressCulprit(station, towards, destination) ?? gapCulprit(scene, towards, destination);
  }
  const neighbour = neighbourTowards(world, station, destination);
  if (neighbour === null) return isReply ? unmaskedCulprit(scene, null) : null;
  return unmaskedCulprit(scene, neighbour) ?? routeCulprit(scene, destination, neighbour);
}

function isIntoTunnel(station: Station, address: Address): boolean {
  const via = routeTo(station.routes, address)?.via;
  return via !== undefined && 'interface' in via && tunnelsOf(station).some(({ id }) => id === via.interface);
}

/** `station` should give `destination` to the peer `towards`, and does not. */
export function gapCulprit(
  { world, station }: Pick<Scene, 'world' | 'station'>,
  towards: PeerOf,
  destination: Address,
): Culprit {
  const { peer, other, link } = towards;
  const prefix = namedPrefix(world, destination);
  const name = stationName(station);
  const isDialling = dials(station, towards);
  const file = link.id;
  return {
    cause: isDialling ? 'client-allowedips-missing-dest' : 'hub-allowedips-missing-lan',
    station,
    origins: peerOrigins(peer),
    words: `does not have ${addressText(destination)} in the allowed IPs of ${other!.name}, behind which it is`,
    cure: `on ${name}: add ${prefix} to AllowedIPs of peer ${other!.name} (interface ${file}), and a route where wg-quick does not make it`,
  };
}

/** What to write for an address: its LAN's prefix, the prefix inside that others use, everything, or itself. */
export function namedPrefix(world: World, address: Address): string {
  const lan = world.plan.lans.flatMap(({ prefixes }) => prefixes).find(({ value }) => prefixHas(value, address));
  if (lan !== undefined) return formatPrefix(lan.value);
  if (!isPrivate(address)) return address.family === 4 ? '0.0.0.0/0' : '::/0';
  const inside = world.plan.inside.find(({ value }) => prefixHas(value, address));
  return formatPrefix(inside?.value ?? hostPrefix(address));
}

/** Somebody on a LAN of `station` who has another way to `destination`. */
function neighbourTowards(world: World, station: Station, destination: Address): Station | null {
  for (const link of station.links) {
    if (link.kind !== 'segment') continue;
    for (const each of world.segments.get(link.segment)!.attached) {
      if (each.station === station || each.station.device === null) continue;
      const isBehind = carries(world, each.station, destination) || allowedFor(each.station, destination) !== null;
      if (isBehind && !lanHas(world, link.segment, destination)) return each.station;
    }
  }
  return null;
}

function routeCulprit(scene: Scene, destination: Address, neighbour: Station): Culprit {
  const { world, station, isReply } = scene;
  const shared = neighbour.links.find(
    (link) =>
      link.kind === 'segment' && station.links.some((own) => own.kind === 'segment' && own.segment === link.segment),
  );
  const next = shared?.addresses.find(({ value }) => value.family === destination.family)?.value;
  const by = next === undefined ? stationName(neighbour) : `${addressText(next)} (${stationName(neighbour)})`;
  return {
    cause: isReply ? 'no-return-route' : 'route-missing',
    station,
    origins: stationOrigins(station),
    words: `has no route to ${addressText(destination)} by ${stationName(neighbour)}`,
    cure: `on ${stationName(station)}: a route to ${namedPrefix(world, destination)} by ${by}; or on ${stationName(neighbour)} a masquerade towards this LAN`,
  };
}

/** A reply is lost because whoever brought the request onto the LAN meant to hide its source, and does not. */
function unmaskedCulprit(scene: Scene, neighbour: Station | null): Culprit | null {
  if (!scene.isReply) return null;
  const request = scene.run.packets[0]!;
  for (const hop of request.trace.hops) {
    if (hop.station.device === null || (neighbour !== null && hop.station !== neighbour)) continue;
    const found = hop.leavesBy === null ? null : misfit(hop, hop.station);
    if (found !== null) return found;
  }
  return null;
}

/** `sender` sends from a source that is not its own in the eyes of `scene.station`. */
export function sourceCulprit(scene: Scene, step: AllowedIpsInStep): Culprit | null {
  const { world, station, run } = scene;
  const { sender, source, owner, losers } = step;
  const far = world.byName.get(sender.name) ?? null;
  if (losers.some(({ peer }) => peer === sender) || hasLost(sender, source)) {
    return duplicateCulprit(scene, source, sender.name, owner?.name ?? '');
  }
  if (far === null) return null;
  const broad = tooBroadCulprit(scene);
  if (broad !== null) return broad;
  const before = hopBefore(scene.packet.trace.hops, scene.hop);
  const misfitting = before === null ? null : misfit(before, far);
  if (misfitting !== null) return misfitting;
  const words = stepWords(step, run.reason!.hop);
  const towards = peersOf(world, station).find(({ peer }) => peer === sender)!;
  const foreign = foreignAddressCulprit(station, towards, source);
  if (foreign !== null) return foreign;
  return { ...gapCulprit(scene, towards, source), words };
}

/** A peer has another tunnel address than whoever is dialled by it gives it; null when that is not so. */
function foreignAddressCulprit(station: Station, towards: PeerOf, address: Address): Culprit | null {
  const { peer, other } = towards;
  const fact = tunnelsOf(other!)
    .flatMap(({ addresses }) => addresses)
    .find(({ value }) => sameAddress(value, address));
  const isGivenAnother = peer.allowedIps.some(({ value }) => value.family === address.family);
  if (fact === undefined || !isGivenAnother || dials(station, towards)) return null;
  return {
    cause: 'interface-address-wrong',
    station: other!,
    origins: [fact.origin, ...peerOrigins(peer)],
    words: `has ${addressText(address)} in its tunnel, and ${stationName(station)} takes another address for it`,
    cure: `on ${stationName(other!)}: the Address that ${stationName(station)} has in AllowedIPs for it; or ${addressText(address)} there`,
  };
}

function hopBefore(hops: readonly Hop[], hop: Hop): Hop | null {
  return hops[hops.indexOf(hop) - 1] ?? null;
}

function hasLost({ taken: lost }: PeerOf['peer'], address: Address): boolean {
  return lost?.some(({ prefix }) => prefixHas(prefix.value, address)) ?? false;
}

/** Two peers of `scene.station` list the prefix of `address`, and the later one has it. */
export function duplicateCulprit(
  { station }: Pick<Scene, 'station'>,
  address: Address,
  loser: string,
  winner: string,
): Culprit {
  const peers = tunnelsOf(station).flatMap(({ tunnel }) => tunnel.peers);
  const origins = peers.flatMap((peer) => [
    ...(peer.taken ?? []).filter(({ prefix }) => prefixHas(prefix.value, address)).map(({ prefix }) => prefix.origin),
    ...(peer.name === winner
      ? peer.allowedIps.filter(({ value }) => prefixHas(value, address)).map(({ origin }) => origin)
      : []),
  ]);
  return {
    cause: 'duplicate-allowedips',
    station,
    origins,
    words: `gives ${addressText(address)} to ${winner || 'a later peer'} and not to ${loser || 'the earlier one'}: both list it, and only the last counts`,
    cure: `on ${stationName(station)}: every prefix in AllowedIPs of one peer only; for a phone or a laptop its own address and nothing else`,
  };
}

/** A packet goes into a tunnel behind which its destination is not. */
export function strayCulprit(scene: Scene): Culprit | null {
  const { hop, station } = scene;
  const out = hop.steps.findLast((step) => step.kind === 'allowed-ips-out');
  if (out?.peer == null) return null;
  const lost = tunnelsOf(station)
    .flatMap(({ tunnel }) => tunnel.peers)
    .find((peer) => hasLost(peer, out.destination));
  const loser = lost?.name ?? out.losers[0]?.peer.name;
  return loser === undefined ? null : duplicateCulprit(scene, out.destination, loser, out.peer.name);
}
