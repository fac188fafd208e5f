/**
 * Default gateways that nobody described: a machine of a LAN has a default route by an address there, so somebody has it.
 *
 * Without this a packet to the internet would end at the machine for want of a neighbour, and the doctor would blame what
 * merely was not handed to it.
 */

import { type Address, sameAddress } from '../../net/address.ts';
import { prefixHas } from '../../net/prefix.ts';
import type { Fact, LanPlan, Plan } from '../../plan/plan.ts';
import { type World, worldOf } from '../world.ts';

/** The world of an imported plan. */
export function worldOfOthers(plan: Plan): World {
  const lans = plan.lans.map((lan) => withGateway(plan, lan));
  return worldOf({ ...plan, lans });
}

function withGateway(plan: Plan, lan: LanPlan): LanPlan {
  if (lan.defaultGatewayName !== undefined) return lan;
  const families = new Set(lan.defaultGateway.map(({ value }) => value.family));
  const added = nextHops(plan, lan).filter(
    ({ value }, i, all) =>
      !families.has(value.family) &&
      !isSomebodys(plan, value) &&
      all.findIndex((each) => sameAddress(each.value, value)) === i,
  );
  return added.length === 0 ? lan : { ...lan, defaultGateway: [...lan.defaultGateway, ...added] };
}

/** Of default routes by interfaces that stand on the LAN. */
function nextHops({ devices }: Plan, lan: LanPlan): Fact<Address>[] {
  return devices.flatMap(({ interfaces, routes }) => {
    const here = new Set(interfaces.flatMap((each) => (each.kind === 'lan' && each.lan === lan.name ? [each.id] : [])));
    return routes.flatMap(({ prefix, via, origin }) => {
      if (prefix.length !== 0 || via.kind !== 'gateway' || !here.has(via.interface)) return [];
      return lan.prefixes.some(({ value }) => prefixHas(value, via.gateway)) ? [{ value: via.gateway, origin }] : [];
    });
  });
}

function isSomebodys({ devices, lans }: Plan, address: Address): boolean {
  return (
    devices.some(({ interfaces }) =>
      interfaces.some((each) =>
        each.addresses.some(({ value }) => sameAddress('address' in value ? value.address : value, address)),
      ),
    ) ||
    lans.some(({ hosts }) => hosts.some(({ addresses }) => addresses.some(({ value }) => sameAddress(value, address))))
  );
}
