/**
 * MTU of tunnel interfaces, from the path their datagrams take.
 *
 * A data message adds 32 bytes (header 16, tag 16) and UDP 8; outer IPv4 adds 20 and outer IPv6 40. So 60 or 80 bytes.
 */

import type { Sourced } from '../description/diagnostic.ts';
import type { Machine, Router } from '../description/network.ts';
import type { EndpointName } from '../net/endpoint.ts';
import { byRule, fromFile, stated } from './origin.ts';
import type { Fact } from './plan.ts';

const OVERHEAD_IPV4 = 60;
const OVERHEAD_IPV6 = 80;
const ETHERNET_MTU = 1500;

/**
 * MTU of the router's tunnel interface; one for all machines. It does not depend on them: a new machine must not change
 * it. Towards a machine that is dialled over IPv6 a datagram may so exceed the path by 20 bytes, and is fragmented.
 */
export function routerMtu(router: Router): Fact<number> {
  if (router.mtu) return stated(router.mtu);
  const path = router.pathMtu?.value ?? ETHERNET_MTU;
  const because = [fromFile(router.endpoint.place), ...placeOf(router.pathMtu)];
  return { value: path - overhead(router.endpoint.value, router.pathMtu), origin: byRule('mtu-of-path', because) };
}

/**
 * MTU of a machine's tunnel interface: what its path and the router's carry, and never more than the router's tunnel,
 * which would send every larger packet back as too big. Where the machine can be dialled too, the worse of both ways.
 */
export function machineMtu(machine: Machine, router: Router, ofRouter: Fact<number>): Fact<number> {
  if (machine.mtu) return stated(machine.mtu);
  const path = Math.min(machine.pathMtu?.value ?? ETHERNET_MTU, router.pathMtu?.value ?? ETHERNET_MTU);
  const ends = [router.endpoint, ...(machine.endpoint ? [machine.endpoint] : [])];
  const own = path - Math.max(...ends.map((end) => overhead(end.value, machine.pathMtu)));
  const because = [...ends.map((end) => fromFile(end.place)), ...placeOf(machine.pathMtu), ...placeOf(router.pathMtu)];
  if (own > ofRouter.value) return { value: ofRouter.value, origin: byRule('mtu-of-path', [ofRouter.origin]) };
  return { value: own, origin: byRule('mtu-of-path', because) };
}

/**
 * Bytes a tunnel adds towards `endpoint`.
 *
 * 60 only where the outer packet is known to be IPv4 all the way: the endpoint is an IPv4 address and somebody stated
 * the path. Where nobody did, 80: mobile carriers and DS-Lite carry IPv4 inside IPv6, and 1420 fits there (464XLAT
 * leaves 1480 for IPv4) where 1440 does not. 1420 is also what every other WireGuard uses when it is not told.
 */
function overhead(endpoint: EndpointName, path: Sourced<number> | undefined): number {
  return endpoint.address?.family === 4 && path ? OVERHEAD_IPV4 : OVERHEAD_IPV6;
}

function placeOf(sourced: Sourced<unknown> | undefined) {
  return sourced ? [fromFile(sourced.place)] : [];
}
