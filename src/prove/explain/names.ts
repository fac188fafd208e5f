/**
 * What things are called in sentences: stations, interfaces, addresses, packets. Everything else here says it by these.
 */

import { type Address, formatAddress } from '../../net/address.ts';
import { formatPrefix, type Prefix, parsePrefix, prefixHas } from '../../net/prefix.ts';
import type { Subject } from '../../plan/plan.ts';
import type { FlowPacket, FlowQuestion } from '../flow.ts';
import type { Hop, Packet } from '../trace.ts';
import type { Link, Station } from '../world.ts';

/** As within a sentence: `nas`, `another host of home`, `the default gateway of home`. */
export function stationName({ kind, name, lan }: Station): string {
  switch (kind) {
    case 'unnamed':
      return `another host of ${lan}`;
    case 'gateway':
      return `the default gateway of ${lan}`;
    case 'internet':
      return 'the internet';
    default:
      return name;
  }
}

/** As at the head of a line, without an article. */
export function stationLabel(station: Station): string {
  return stationName(station).replace(/^the /, '');
}

export function subjectName(subject: Subject): string {
  return subject.kind === 'unnamed' ? `other hosts of ${subject.lan}` : subject.name;
}

/** An interface of `station` by what is behind it: `its tunnel`, `LAN home`, `the internet`. */
export function linkName(station: Station, id: string): string {
  const link = station.links.find((each) => each.id === id);
  if (link === undefined) return `interface ${id}`;
  switch (link.kind) {
    case 'tunnel':
      return tunnelName(station, link);
    case 'segment':
      return `LAN ${link.segment}`;
    case 'outer':
      return 'the internet';
  }
}

/** `its tunnel`; where a device has several, with the name that the device gives it. */
function tunnelName(station: Station, link: Link): string {
  const tunnels = station.links.filter(({ kind }) => kind === 'tunnel');
  return tunnels.length > 1 ? `its tunnel ${link.id}` : 'its tunnel';
}

export function addressText(address: Address | null): string {
  if (address === null) return 'no address';
  return isStandIn(address) ? 'an address of its own' : formatAddress(address);
}

/** Whether the address is one that the proof gave to somebody whose address nobody stated (`world/stand-ins.ts`). */
export function isStandIn(address: Address): boolean {
  return STAND_INS.some((prefix) => prefixHas(prefix, address));
}

/** RFC 2544 and RFC 5180: reserved for benchmarks, so nobody has them. */
const STAND_INS: readonly Prefix[] = ['198.18.0.0/15', '2001:2::/48'].map((text) => parsePrefix(text) as Prefix);

/** A prefix, or the word for the one that holds everything. */
export function prefixText(prefix: Prefix): string {
  return prefix.length === 0 ? `everything else in IPv${prefix.family}` : formatPrefix(prefix);
}

/** `ping`, `tcp/443`. */
export function protocolText({ protocol, port }: Pick<FlowQuestion, 'protocol' | 'port'>): string {
  return protocol === 'ping' ? 'ping' : `${protocol}/${port}`;
}

export function protocolWord(protocol: FlowQuestion['protocol']): string {
  return protocol === 'ping' ? 'ping' : protocol.toUpperCase();
}

/** What kind of packet it is, as in "the … is lost". */
export function packetName({ kind, trace }: FlowPacket): string {
  const packet = trace.hops[0]!.packet;
  switch (kind) {
    case 'echo-request':
      return isLarge(packet) ? 'large ping' : 'ping';
    case 'echo-reply':
      return isLarge(packet) ? 'reply to a large ping' : 'reply';
    case 'syn':
      return 'first packet (SYN)';
    case 'syn-ack':
      return 'answer (SYN-ACK)';
    case 'ack':
      return 'acknowledgement (ACK)';
    case 'data':
      return 'data';
    case 'datagram':
      return isLarge(packet) ? 'large datagram' : 'datagram';
    case 'icmp-error':
      return 'ICMP error';
  }
}

/** More than what every IPv6 link carries is the size of somebody's link, and not of a question. */
export function isLarge({ bytes }: Packet): boolean {
  return bytes > 1000;
}

/** Who is at the other end of the wire, tunnel or way out by which the packet leaves `hop`; null where it ends here. */
export function nextStation(hop: Hop): Station | null {
  for (const step of hop.steps.toReversed()) {
    if (step.kind === 'neighbour') return step.answer?.station ?? null;
    if (step.kind === 'tunnel') return step.other;
  }
  return null;
}
