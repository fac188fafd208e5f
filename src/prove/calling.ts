/**
 * Who a subject is, and under which addresses others call it.
 */

import type { Address, Family } from '../net/address.ts';
import { prefixHas } from '../net/prefix.ts';
import type { LanPlan, Subject } from '../plan/plan.ts';
import type { Station, World } from './world.ts';

/** The station of a subject; null for the unnamed host of a LAN that has no address left. */
export function stationOf(world: World, subject: Subject): Station | null {
  return (subject.kind === 'unnamed' ? world.unnamed.get(subject.lan) : world.byName.get(subject.name)) ?? null;
}

/**
 * The addresses of `to` in this family, as `from` calls it.
 *
 * Two that stand on the same LAN call each other by their addresses there, and have no others for each other. Else a
 * device has its addresses in tunnels (inside or borrowed), or those of its LANs when it has no tunnel; what lives on a LAN
 * has its addresses there, in the prefix under which others know the LAN.
 */
export function addressesOf(world: World, to: Station, from: Station, family: Family): Address[] {
  const own = to.links.filter((link) => link.kind === 'segment');
  const here = new Set(from.links.flatMap((link) => (link.kind === 'segment' ? [link.segment] : [])));
  const shared = own.filter((link) => here.has(link.segment));
  if (shared.length > 0) return shared.flatMap((link) => ofFamily(link, family));
  const tunnels = to.links.filter((link) => link.kind === 'tunnel');
  if (tunnels.length > 0) return tunnels.flatMap((link) => ofFamily(link, family));
  return own.flatMap((link) => {
    const { lan } = world.segments.get(link.segment)!;
    return ofFamily(link, family).map((address) => seenAs(lan, address));
  });
}

/** The families in which `from` can call `to` and has an address to call from. */
export function commonFamilies(world: World, from: Station, to: Station): Family[] {
  return ([4, 6] as const).filter(
    (family) => addressesOf(world, to, from, family).length > 0 && addressesOf(world, from, to, family).length > 0,
  );
}

/** An address on a LAN as others call it. */
export function seenAs(lan: LanPlan, address: Address): Address {
  const mapping = lan.seenAs.find(({ real }) => prefixHas(real.value, address));
  if (mapping === undefined) return address;
  return { family: address.family, bits: address.bits - mapping.real.value.bits + mapping.seenAs.value.bits };
}

function ofFamily(link: Station['links'][number], family: Family): Address[] {
  return link.addresses.map(({ value }) => value).filter((address) => address.family === family);
}
