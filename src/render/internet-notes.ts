/**
 * What a person should know of a machine that sends everything through its tunnel.
 */

import type { Family } from '../net/address.ts';
import type { Device } from '../plan/plan.ts';

/** One line each; none for a machine that keeps its own way to the internet. */
export function internetNotes(device: Device): string[] {
  const tunnel = device.interfaces.find((each) => each.kind === 'wireguard');
  if (device.kind === 'router' || !tunnel?.avoidsItself?.value) return [];
  const sent = tunnel.peers.flatMap((peer) => peer.allowedIps.map(({ value }) => value));
  // Whole, or in halves.
  const families = ([4, 6] as const).filter((family) =>
    sent.some((prefix) => prefix.family === family && prefix.length <= 1),
  );
  const other: Family | null = families.length === 2 ? null : families[0] === 4 ? 6 : 4;
  const isBlocked =
    device.platform.value === 'android' && !tunnel.addresses.some(({ value }) => value.family === other);
  const elsewhere = isBlocked
    ? `over IPv${other} it sends nothing: the app blocks what the tunnel has no address of`
    : `what it sends to the internet over IPv${other} does not: that goes its own way`;
  return [
    `everything it sends over ${families.map((family) => `IPv${family}`).join(' and ')} goes through the tunnel, but for the network it is in`,
    ...(other === null ? [] : [elsewhere]),
    'it asks for names where it did before, and the network it is in may see which',
  ];
}
