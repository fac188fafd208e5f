/**
 * Addresses, prefixes, ports and numbers as other programs write them: laxer than the network file, because what a
 * program accepts must be read as that program reads it.
 */

import { ADDRESS_BITS, type Address, parseAddress } from '../../net/address.ts';
import { type Prefix, prefixOf } from '../../net/prefix.ts';
import type { PortRange } from '../../plan/plan.ts';

export interface AddressWithLength {
  readonly address: Address;
  readonly length: number;
}

/** `10.9.0.5/24` or `10.9.0.5`, which is one address. Also `255.255.255.0` in place of a length, as iptables takes it. */
export function readAddressWithLength(text: string): AddressWithLength | null {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === null) return null;
  if (slash < 0) return { address, length: ADDRESS_BITS[address.family] };
  const length = readLength(text.slice(slash + 1), address);
  return length === null ? null : { address, length };
}

/** The same with host bits cut off, as kernel and tools do. */
export function readPrefix(text: string): Prefix | null {
  const read = readAddressWithLength(text);
  return read === null ? null : prefixOf(read.address, read.length);
}

export function readNumber(text: string, most: number): number | null {
  if (!/^[0-9]{1,10}$/.test(text)) return null;
  const value = Number(text);
  return value <= most ? value : null;
}

/** `443`, `5000-5010` or `5000:5010`, also with one end left out (`1024:`), and the names everybody uses. */
export function readPorts(text: string): PortRange | null {
  const named = PORTS.get(text);
  if (named !== undefined) return { first: named, last: named };
  const match = /^([0-9]{0,5})(?:([-:])([0-9]{0,5}))?$/.exec(text);
  if (match === null || text === '' || text === '-' || text === ':') return null;
  const first = match[1] === '' ? 0 : Number(match[1]);
  const last = match[2] === undefined ? first : match[3] === '' ? 65535 : Number(match[3]);
  return first <= last && last <= 65535 ? { first, last } : null;
}

/** From /etc/services, as rules of firewalls name them. */
const PORTS: ReadonlyMap<string, number> = new Map([
  ['ssh', 22],
  ['domain', 53],
  ['bootps', 67],
  ['bootpc', 68],
  ['http', 80],
  ['ntp', 123],
  ['https', 443],
  ['mdns', 5353],
]);

/** A length in bits, or the bits themselves as an address (`255.255.255.0`). */
function readLength(text: string, { family }: Address): number | null {
  const width = ADDRESS_BITS[family];
  if (/^[0-9]{1,3}$/.test(text)) return Number(text) <= width ? Number(text) : null;
  const mask = parseAddress(text);
  if (mask?.family !== family) return null;
  const hosts = (1n << BigInt(width)) - 1n - mask.bits;
  // All ones, then all zeros: what is left is one less than a power of two.
  if ((hosts & (hosts + 1n)) !== 0n) return null;
  return width - hosts.toString(2).replace(/^0$/, '').length;
}
