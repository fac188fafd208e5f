/**
 * Lists say each value once, `inside` has one prefix per family, and a public key belongs to one device.
 */

import { formatAddress } from '../../net/address.ts';
import { formatKey } from '../../net/key.ts';
import type { Place, Sourced } from '../diagnostic.ts';
import { quoted } from '../visible.ts';
import { type RuleContext, reportRepeated } from './rule.ts';

export function checkLists(context: RuleContext): void {
  const { network } = context;
  checkInside(context);
  for (const router of network.routers)
    reportRepeated(context, router.address, `address of router ${quoted(router.name.value)}`, formatAddress);
  for (const machine of network.machines) {
    const label = `machine ${quoted(machine.name.value)}`;
    reportRepeated(context, machine.address, `address of ${label}`, formatAddress);
    reportRepeated(context, machine.lan, `lan of ${label}`, quoted);
    reportRepeated(context, machine.routes?.value ?? [], `routes of ${label}`, quoted);
  }
  for (const lan of network.lans)
    reportRepeated(context, lan.advertise, `advertise of LAN ${quoted(lan.name.value)}`, quoted);
  for (const group of network.groups)
    reportRepeated(context, group.members, `group ${quoted(group.name.value)}`, quoted);
  reportRepeated(context, network.dns?.value.upstream ?? [], 'upstream of dns', formatAddress);
}

/** `carve` counts as IPv6: it is a /64 of the ULA prefix. */
function checkInside(context: RuleContext): void {
  const first = new Map<number, Place>();
  for (const { value, place } of context.network.inside) {
    const family = value === 'carve' ? 6 : value.family;
    const earlier = first.get(family);
    if (earlier === undefined) {
      first.set(family, place);
      continue;
    }
    context.mistake(
      'inside-family-twice',
      place,
      `Cannot use a second IPv${family} prefix inside: machines have one inside address of each family`,
      {
        help: ['keep one of them, the larger if both are needed'],
        notes: [{ place: earlier, message: 'the first one is here' }],
      },
    );
  }
}

/** One key is one device: a router would send what belongs to one of them to whichever spoke last. */
export function checkKeys(context: RuleContext): void {
  const { network } = context;
  const owners = new Map<string, { readonly label: string; readonly place: Place }>();
  const own = (label: string, key: Sourced<Uint8Array> | undefined) => {
    if (key === undefined) return;
    const text = formatKey(key.value);
    const first = owners.get(text);
    if (first === undefined) {
      owners.set(text, { label, place: key.place });
      return;
    }
    context.mistake('key-taken', key.place, `Cannot give ${label} this public key: it belongs to ${first.label}`, {
      help: ['make a key of its own for each: two devices with one key push each other out'],
      notes: [{ place: first.place, message: `${first.label} has it here` }],
    });
  };
  for (const router of network.routers) own(`router ${quoted(router.name.value)}`, router.publicKey);
  for (const machine of network.machines) own(`machine ${quoted(machine.name.value)}`, machine.publicKey);
}
