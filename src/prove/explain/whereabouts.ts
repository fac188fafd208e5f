/**
 * Whose an address is in the plan: what cures need to know about the two ends of a flow.
 */

import { type Address, sameAddress } from '../../net/address.ts';
import { prefixHas } from '../../net/prefix.ts';
import type { Device, Fact, LanPlan } from '../../plan/plan.ts';
import type { Station, World } from '../world.ts';

export type Whereabouts =
  /** An inside or borrowed address of a device. */
  | { readonly kind: 'device'; readonly device: Device }
  /** On a LAN, by its own prefixes or by those under which others know it. */
  | { readonly kind: 'lan'; readonly lan: LanPlan }
  /** In an inside prefix, and nobody's. */
  | { readonly kind: 'inside' }
  /** Nothing described has it. */
  | { readonly kind: 'elsewhere' };

/** Whose `address` is. Looks through all devices: for the few addresses of an explanation. */
export function whereaboutsOf({ plan }: World, address: Address): Whereabouts {
  const device = plan.devices.find((each) => tunnelAddresses(each).some(({ value }) => sameAddress(value, address)));
  if (device !== undefined) return { kind: 'device', device };
  const known = plan.lans.find((lan) => lan.seenAs.some(({ seenAs }) => prefixHas(seenAs.value, address)));
  const lan = known ?? plan.lans.find(({ prefixes }) => prefixes.some(({ value }) => prefixHas(value, address)));
  if (lan !== undefined) return { kind: 'lan', lan };
  return plan.inside.some(({ value }) => prefixHas(value, address)) ? { kind: 'inside' } : { kind: 'elsewhere' };
}

export function tunnelAddresses(device: Device): readonly Fact<Address>[] {
  return device.interfaces.flatMap((each) => (each.kind === 'wireguard' ? each.addresses : []));
}

/** The LAN that a station lives or stands on; the one of `interfaceId` where it stands on several. */
export function lanOf({ plan }: World, station: Station, interfaceId: string | null): LanPlan | null {
  const segments = station.links.filter((link) => link.kind === 'segment');
  const link = segments.find(({ id }) => id === interfaceId) ?? segments[0];
  const name = station.lan ?? link?.segment;
  return plan.lans.find((lan) => lan.name === name) ?? null;
}

/** The carrier of `lan` and its address there in the family of `like`. */
export function carrierOf(world: World, lan: LanPlan, like: Address): { station: Station; address: Address } | null {
  const station = lan.via && world.byName.get(lan.via.value);
  const link = station?.links.find((each) => each.kind === 'segment' && each.segment === lan.name);
  const address = link?.addresses.find(({ value }) => value.family === like.family)?.value;
  return station && address ? { station, address } : null;
}

/** How `routes` of a machine would name whoever has `address`; null where no word does. */
export function routesWord(where: Whereabouts): string | null {
  switch (where.kind) {
    case 'device':
    case 'inside':
      return 'inside';
    case 'lan':
      return where.lan.name;
    case 'elsewhere':
      return null;
  }
}
