/**
 * The interfaces of a Linux machine on its LANs, found by the machine's addresses there: what they are called is nobody's
 * to know here.
 */

import { type Family, formatAddress } from '../net/address.ts';
import type { LanInterface } from '../plan/plan.ts';

/** A shell command that prints the name of the interface with `address`, or nothing. */
export function findInterface(address: string): string {
  return `ip -o addr show to ${address} | awk '{ print $2; exit }'`;
}

/** A shell command that prints the interfaces of the default routes; with `filter`, of those that `ip route` finds by it. */
export function defaultInterfaces(family: Family, filter = ''): string {
  const route = `ip ${family === 4 ? '' : '-6 '}route show default${filter}`;
  return `${route} | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p' | sort -u`;
}

/** The machine's addresses on the LAN. */
export function addressesOn(lan: LanInterface): string[] {
  return lan.addresses.map(({ value }) => formatAddress(value.address));
}
