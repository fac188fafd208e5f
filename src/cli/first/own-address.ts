/**
 * Which of a machine's own addresses others most likely dial.
 */

import type { NetworkInterfaceInfo } from 'node:os';
import { type Address, parseAddress } from '../../net/address.ts';
import { type Prefix, parsePrefix, prefixHas } from '../../net/prefix.ts';

export interface OwnAddress {
  readonly address: Address;
  /** Whether it looks like one that can be dialled from everywhere. */
  readonly isPublic: boolean;
}

/** Not reachable from the internet: RFC 6890, and what documentation uses. */
const SPECIAL: readonly Prefix[] = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/3'],
].map((text) => parsePrefix(text) as Prefix);
const LOOPBACK_OR_LINK = ['127.0.0.0/8', '169.254.0.0/16', 'fe80::/10', '::1/128'].map(
  (text) => parsePrefix(text) as Prefix,
);
const GLOBAL_IPV6 = parsePrefix('2000::/3') as Prefix;
const DOCUMENTATION_IPV6 = parsePrefix('2001:db8::/32') as Prefix;

/**
 * A public IPv4 address, else a public IPv6 address, else a private one, else null. IPv4 first: more networks have it,
 * and a phone in one without IPv6 could not dial anything else.
 */
export function ownEndpointAddress(
  interfaces: Readonly<Record<string, readonly Pick<NetworkInterfaceInfo, 'address' | 'internal'>[] | undefined>>,
): OwnAddress | null {
  const candidates = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => parseAddress(address))
    .filter((address) => address !== null)
    .filter((address) => !LOOPBACK_OR_LINK.some((prefix) => prefixHas(prefix, address)));
  const chosen =
    candidates.find((address) => address.family === 4 && isPublic(address)) ??
    candidates.find(isPublic) ??
    candidates.find((address) => address.family === 4) ??
    candidates[0];
  return chosen === undefined ? null : { address: chosen, isPublic: isPublic(chosen) };
}

function isPublic(address: Address): boolean {
  if (address.family === 4) return !SPECIAL.some((prefix) => prefixHas(prefix, address));
  return prefixHas(GLOBAL_IPV6, address) && !prefixHas(DOCUMENTATION_IPV6, address);
}
