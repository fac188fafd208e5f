/**
 * Addresses that nobody answers for, or that somebody else has: LANs with the same prefix, and neighbours that should answer
 * for others.
 */

import { type Address, isLinkLocal, sameAddress } from '../../../net/address.ts';
import { type Prefix, prefixHas } from '../../../net/prefix.ts';
import { addressText, stationName } from '../../explain/names.ts';
import { stepWords } from '../../explain/step-words.ts';
import type { DeliveryStep, NeighbourStep } from '../../trace.ts';
import type { Station, World } from '../../world.ts';
import type { Culprit } from '../finding.ts';
import { advertisedWayCulprit } from './advertised-way.ts';
import { allowedFor, lanHas, type Scene, stationOrigins, tunnelsOf } from './scene.ts';

/** Nobody on a LAN answers for an address. */
export function neighbourCulprit(scene: Scene, step: NeighbourStep): Culprit | null {
  const { world, station, hop } = scene;
  const { segment, address } = step;
  const [silent] = step.silent;
  const advertised = sameAddress(address, hop.packet.destination)
    ? null
    : advertisedWayCulprit(scene, hop.packet.destination);
  if (advertised !== null) return advertised;
  if (silent?.because === 'not-forwarding') {
    return {
      cause: 'ip-forward-off',
      station: silent.station,
      origins: [silent.proxy.origin],
      words: `should answer for ${addressText(address)} on LAN ${segment}, and does not because it does not forward`,
      cure: `on ${stationName(silent.station)}: sysctl -w ${address.family === 4 ? 'net.ipv4.ip_forward=1' : 'net.ipv6.conf.all.forwarding=1'}`,
    };
  }
  const answerer = proxyFor(world, segment, address);
  if (answerer !== null && lanHas(world, segment, address)) {
    return {
      cause: address.family === 4 ? 'proxy-arp-missing' : 'proxy-ndp-missing',
      station: answerer,
      origins: stationOrigins(answerer),
      words: `does not answer on LAN ${segment} for ${addressText(address)}, which is behind it: ${stationName(station)} asks there because the address is of this LAN`,
      cure: `on ${stationName(answerer)}: ip neigh add proxy ${addressText(address)} dev its LAN interface, and forwarding on`,
    };
  }
  if (sameAddress(address, hop.packet.destination)) return overlapCulprit(scene, segment);
  // A router that only its link-local address names is there, although nobody described it.
  if (isLinkLocal(address)) return null;
  return {
    cause: 'route-missing',
    station,
    origins: step.origin === null ? stationOrigins(station) : [step.origin],
    words: stepWords(step, hop),
    cure: `on ${stationName(station)}: the route by a gateway that is there; nobody on LAN ${segment} has ${addressText(address)}`,
  };
}

/** A device on the LAN behind which the address is: it belongs to a tunnel of somebody else. */
function proxyFor(world: World, segment: string, address: Address): Station | null {
  const isElsewhere = world.stations.some(
    (each) =>
      each.device !== null &&
      tunnelsOf(each).some(({ addresses }) => addresses.some(({ value }) => sameAddress(value, address))),
  );
  if (!isElsewhere) return null;
  const attached = world.segments.get(segment)!.attached.map(({ station }) => station);
  return attached.find((each) => allowedFor(each, address) !== null) ?? null;
}

/** The packet came to somebody else who has the address. */
export function deliveryCulprit(scene: Scene, step: DeliveryStep): Culprit | null {
  const { world, run, station } = scene;
  if (step.ends === 'unexpected-reply') {
    const responder = scene.packet.trace.hops[0]!.station;
    return {
      cause: 'asymmetric-reply-path',
      station: responder,
      origins: stationOrigins(responder),
      words: `answers ${stationName(station)} from another address than the one that was called`,
      cure: `call ${stationName(responder)} by the address that it answers from`,
    };
  }
  const last = run.reason!.hop;
  const link = last.station.links.find(({ id }) => id === last.arrivesBy);
  const own = last.station.links.find(({ addresses }) =>
    addresses.some(({ value }) => sameAddress(value, step.address)),
  );
  const where = link?.kind === 'segment' ? link : own;
  const overlap = where?.kind === 'segment' ? overlapCulprit(scene, where.segment) : null;
  if (overlap !== null) return overlap;
  const both = world.stations.filter((each) =>
    each.links.some(({ addresses }) => addresses.some(({ value }) => sameAddress(value, step.address))),
  );
  if (both.length < 2) return null;
  return {
    cause: 'interface-address-wrong',
    station: last.station,
    origins: both.flatMap(({ links }) =>
      links.flatMap(({ addresses }) =>
        addresses.filter(({ value }) => sameAddress(value, step.address)).map(({ origin }) => origin),
      ),
    ),
    words: `has ${addressText(step.address)}, and so has ${both
      .filter((each) => each !== last.station)
      .map(stationName)
      .join(', ')}`,
    cure: `on ${stationName(last.station)} or the other: an address of its own`,
  };
}

/** The destination is of LAN `segment` and of another one, which was meant. */
export function overlapCulprit({ world, packet, hop }: Scene, segment: string): Culprit | null {
  const { destination } = hop.packet;
  const here = prefixWith(world, segment, destination);
  const other = world.plan.lans.find(({ name }) => name !== segment && prefixWith(world, name, destination) !== null);
  if (here === null || other === undefined) return null;
  const sender = packet.trace.hops[0]!.station;
  const who = packet.direction === 'forward' ? sender : hop.station;
  return {
    cause: 'lan-overlap',
    station: who,
    origins: [
      { kind: 'file', place: other.place },
      { kind: 'file', place: world.segments.get(segment)!.lan.place },
    ],
    words: `takes ${addressText(destination)} for a neighbour on LAN ${segment}, which has the same prefix as LAN ${other.name}`,
    cure: `another prefix for one of the two LANs (a rare one, such as 10.83.41.0/24); or translate LAN ${other.name} one to one where it is carried`,
  };
}

function prefixWith(world: World, lan: string, address: Address): Prefix | null {
  const found = world.segments.get(lan)?.lan.prefixes.find(({ value }) => prefixHas(value, address));
  return found?.value ?? null;
}
