/**
 * Hosts on the LAN of a place, which do not run WireGuard, and what such a host can do with an address.
 */

import type { Place } from './internet.ts';
import type { Namespace } from './namespace.ts';
import { answered } from './ping.ts';
import { listen, tcp, udp } from './traffic.ts';

/** A device and the addresses under which others know it, one for each family, IPv4 first. */
export interface Known {
  readonly device: Namespace;
  readonly addresses: readonly string[];
}

export interface HostOptions {
  /** Whether it follows ICMP redirects; it does not when absent, for they would replace routes that are not there. */
  readonly redirects?: boolean;
}

/** A new host of a place's LAN, with the NAT box as its default gateway; answers TCP and UDP. */
export async function plugHost(place: Place, name: string, { redirects = false }: HostOptions = {}): Promise<Known> {
  const device = await place.device(name);
  const follow = Number(redirects);
  // Of IPv4, both must be on or the interface's off, as long as it does not forward; of IPv6 only the interface's counts.
  await device.parameters({
    'ipv4.conf.all.accept_redirects': follow,
    'ipv4.conf.eth0.accept_redirects': follow,
    'ipv6.conf.eth0.accept_redirects': follow,
  });
  await listen(device);
  return { device, addresses: place.addressesOf(device) };
}

/** What came back, and from which address the other was asked. */
export interface Conversation {
  readonly pings: number;
  readonly tcp: string;
  readonly udp: string;
}

/** Pings `address`, and gets 500 kB over TCP and five datagrams of 1200 bytes back from it; throws when any is missing. */
export async function converse(from: Namespace, address: string): Promise<Conversation> {
  const pings = await answered(from, address);
  const [bytes, datagrams] = [500_000, 5];
  const overTcp = await tcp(from, address, bytes);
  const overUdp = await udp(from, address, 1200, datagrams);
  if (overTcp.bytes !== bytes || overUdp.answered !== datagrams) {
    throw new Error(`${address}: ${overTcp.bytes} bytes, ${overUdp.answered} datagrams`);
  }
  return { pings, tcp: overTcp.seenAs, udp: overUdp.seenAs };
}

/** The conversation in which nothing is lost, seen to come from `source`. */
export function conversationFrom(source: string): Conversation {
  return { pings: 3, tcp: source, udp: source };
}
