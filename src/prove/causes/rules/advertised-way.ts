/**
 * IPv6 and forwarding: a Linux machine that forwards no longer listens to router advertisements (`accept_ra` 1), and loses
 * with them its address and default route.
 */

import type { Address } from '../../../net/address.ts';
import { stationName } from '../../explain/names.ts';
import { isPrivate } from '../../world/stand-ins.ts';
import type { Station } from '../../world.ts';
import type { Culprit } from '../finding.ts';
import { type Scene, stationOrigins } from './scene.ts';

/** A machine that forwards IPv6 has no way to the internet, and nobody said that it keeps what is advertised. */
export function advertisedWayCulprit({ station, packet, hop }: Scene, destination: Address): Culprit | null {
  const isFirst = packet.trace.hops[0] === hop || packet.direction === 'reply';
  if (destination.family !== 6 || isPrivate(destination) || !isFirst || !forwardsIpv6(station)) return null;
  if (listensAnyway(station)) return null;
  const { device } = station;
  const advertised = device?.routes.find(({ isAdvertised }) => isAdvertised);
  const forwarding = device?.forwarding.find(({ family }) => family === 6);
  const switched = device?.switches?.find(({ path }) => IPV6_FORWARDING.test(path));
  const origins = [switched?.value.origin ?? forwarding?.origin, advertised?.origin].filter(
    (each) => each !== undefined,
  );
  return {
    cause: 'ipv6-accept-ra-lost',
    station,
    origins: origins.length > 0 ? origins : stationOrigins(station),
    words:
      'forwards IPv6, and so no longer listens to the router advertisements that gave it address and default route',
    cure: `on ${stationName(station)}: sysctl -w net.ipv6.conf.INTERFACE.accept_ra=2 on the interface towards its router, and in /etc/sysctl.d`,
  };
}

/** Of all interfaces, or of one that is no tunnel as wg-quick calls them. */
const IPV6_FORWARDING = /^ipv6\/conf\/(?!wg)[^/]+\/forwarding$/;

function forwardsIpv6({ device }: Station): boolean {
  const isSwitched = device?.switches?.some(({ path, value }) => IPV6_FORWARDING.test(path) && value.value === '1');
  return isSwitched || (device?.forwarding.some(({ family }) => family === 6) ?? false);
}

function listensAnyway({ device }: Station): boolean {
  return device?.switches?.some(({ path, value }) => path.endsWith('/accept_ra') && value.value === '2') ?? false;
}
