/**
 * What a person should know of a machine that sends everything through its tunnel.
 */

import type { Family } from '../net/address.ts';
import type { Device } from '../plan/plan.ts';

/** One line each; none for a machine that keeps its own way to the internet. */
export function internetNotes(device: Device): string[] {
  const allowed = device.interfaces.flatMap((each) => (each.kind === 'wireguard' ? each.peers : []));
  const families = ([4, 6] as const).filter((family) =>
    allowed.some(({ allowedIps }) => allowedIps.some(({ value }) => value.family === family && value.length === 0)),
  );
  if (families.length === 0 || device.kind === 'router') return [];
  const other: Family | null = families.length === 2 ? null : families[0] === 4 ? 6 : 4;
  return [
    `everything it sends over ${families.map((family) => `IPv${family}`).join(' and ')} goes through the tunnel, but for the network it is in`,
    ...(other === null ? [] : [`what it sends to the internet over IPv${other} does not: that goes its own way`]),
    'it asks for names where it did before, and the network it is in may see which',
  ];
}
