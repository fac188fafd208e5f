/**
 * The ends of a twin's cables, as commands of ip(8).
 *
 * A cable to the internet, or from a machine to the box before it, has no prefix that could collide with one of the
 * network: the far end is always 169.254.0.1 and fe80::1, and behind it lie single addresses.
 */

import { type Address, formatAddress } from '../../../src/net/address.ts';
import { formatPrefix, hostPrefix } from '../../../src/net/prefix.ts';
import type { OnLan } from '../layout/layout.ts';

/** The interface towards the internet. No tunnel has such a name: names of networks have no underscore. */
export const WAN = 'wan_0';

/** A device's interface on the LAN with this index. */
export function lanInterface(index: number): string {
  return `lan_${index}`;
}

const FAR_END = ['169.254.0.1', 'fe80::1'] as const;

/** The end of whoever is the way to everything; `beyond` are the addresses at the other end. */
export function farEnd(end: string, beyond: readonly Address[]): string[] {
  return [
    `link set ${end} up`,
    `address add ${FAR_END[0]}/32 dev ${end}`,
    `address add ${FAR_END[1]}/64 dev ${end} nodad`,
    ...beyond.map((address) => `route add ${single(address)} dev ${end}`),
  ];
}

/** The other end, with default routes. */
export function nearEnd(end: string, own: readonly Address[]): string[] {
  return [
    `link set ${end} up`,
    ...own.map((address) => addAddress(single(address), end)),
    `route add ${FAR_END[0]} dev ${end}`,
    ...FAR_END.map((address) => `route add default via ${address} dev ${end}`),
  ];
}

/** A route that goes where the default route of `nearEnd` goes. */
export function likeDefault(end: string, address: Address): string {
  return `route add ${single(address)} via ${FAR_END[address.family === 4 ? 0 : 1]} dev ${end}`;
}

/** The end of a cable into the switch of a LAN. */
export function lanEnd(end: string, addresses: readonly OnLan[]): string[] {
  return [
    `link set ${end} up`,
    ...addresses.map(({ address, length }) => addAddress(`${formatAddress(address)}/${length}`, end)),
  ];
}

function addAddress(address: string, end: string): string {
  // Addresses work at once: nobody waits for duplicate address detection.
  return `address add ${address} dev ${end}${address.includes(':') ? ' nodad' : ''}`;
}

function single(address: Address): string {
  return formatPrefix(hostPrefix(address));
}
