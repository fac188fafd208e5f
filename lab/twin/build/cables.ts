/**
 * The ends of a twin's cables, as commands of ip(8).
 *
 * A cable towards the internet has no prefix that could collide with one of the network: its far end has a link-local
 * address by what stands there, and behind it lie single addresses. Nobody stands at two far ends of one kind, for Linux
 * answers no ARP request that comes from an address of its own.
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

/** What stands at the far end: the internet, a machine's own box, or the way out of a LAN. */
export type FarEnd = 'internet' | 'box' | 'lan';

const FAR_END: Readonly<Record<FarEnd, readonly [ipv4: string, ipv6: string]>> = {
  internet: ['169.254.0.1', 'fe80::1'],
  box: ['169.254.0.2', 'fe80::2'],
  lan: ['169.254.0.3', 'fe80::3'],
};

/** The end of whoever is the way to everything; `beyond` are the addresses at the other end. */
export function farEnd(what: FarEnd, end: string, beyond: readonly Address[]): string[] {
  const [ipv4, ipv6] = FAR_END[what];
  return [
    `link set ${end} up`,
    `address add ${ipv4}/32 dev ${end}`,
    `address add ${ipv6}/64 dev ${end} nodad`,
    ...beyond.map((address) => `route add ${single(address)} dev ${end}`),
  ];
}

/** The other end, with default routes. */
export function nearEnd(what: FarEnd, end: string, own: readonly Address[]): string[] {
  const gateways = FAR_END[what];
  return [
    `link set ${end} up`,
    ...own.map((address) => addAddress(single(address), end)),
    `route add ${gateways[0]} dev ${end}`,
    ...gateways.map((address) => `route add default via ${address} dev ${end}`),
  ];
}

/** A route that goes where the default route of `nearEnd` goes. */
export function likeDefault(what: FarEnd, end: string, address: Address): string {
  return `route add ${single(address)} via ${FAR_END[what][address.family === 4 ? 0 : 1]} dev ${end}`;
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
