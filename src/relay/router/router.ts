/**
 * The router's rules: what `ip_forward` and `ip6_forward` of Linux do with a packet that came out of one tunnel and goes
 * into another. The stage between `device.open` and `device.seal`.
 *
 *   opened ─▶ header ─▶ addresses ─┬─ the router's own: echo reply, or port unreachable
 *                                  └─ hop limit ─▶ owner or exit ─▶ size ─▶ hop limit - 1 ─▶ to be sealed
 *
 * A row leaves with TO_PEER set, or DROPPED and counted, or CONSUMED. What an error is due for is DROPPED. Where we
 * differ from Linux: a packet whose destination lies behind its sender is refused (Linux sends it back until the hop
 * limit ends it), an unreachable destination is told before a size, and pieces of a fragmented packet are not put
 * together to answer them. Whether a source may be used at all, `device.open` has decided.
 *
 * ECN: marks of the outer header are in the inner one by now (`net/ecn.ts`), as far as the backend sees them.
 */

import type { Address } from '../../net/address.ts';
import { addressBytes } from '../../net/address.ts';
import {
  type Batch,
  DATA_HEADER_BYTES,
  FROM_PEER,
  INNER_LENGTH,
  OFFSET,
  REASON,
  ROW_INTS,
  STATUS,
  STATUS_CONSUMED,
  STATUS_DROPPED,
  STATUS_READY,
  TO_PEER,
} from '../../wireguard/batch.ts';
import { DEFAULT_MTU_BYTES } from '../../wireguard/constants.ts';
import { dropNumber } from '../../wireguard/drop.ts';
import type { Peer } from '../../wireguard/peer.ts';
import { isHeaderIntact, lowerHopLimit4 } from './checksum.ts';
import { fragment4 } from './fragment.ts';
import * as icmp from './icmp.ts';
import { IcmpBudget } from './icmp-budget.ts';
import * as inner from './inner-packet.ts';

/** What the router asks of a `Device`. */
export interface RouterDevice {
  readonly allowedIps: {
    lookup4(bytes: Uint8Array, at: number): number;
    lookup6(bytes: Uint8Array, at: number): number;
  };
  /** Where what nobody owns is sent to, by source. */
  readonly exits: {
    lookup4(bytes: Uint8Array, user: number, far: number): number;
    lookup6(bytes: Uint8Array, user: number, far: number): number;
  };
  peerById(id: number): Peer | null;
  sendTo(peer: Peer, innerPacket: Uint8Array, now: number): void;
  /** By drop number. */
  readonly drops: Float64Array;
}

/** What becomes of a packet that no peer's number says: zero and above is the peer it goes to. */
const CONSUMED = -1;
/** Dropped for reason r is DROPPED - r. */
const DROPPED = -2;

const MALFORMED = DROPPED - dropNumber('inner-malformed');
const MARTIAN = DROPPED - dropNumber('martian');
const MULTICAST = DROPPED - dropNumber('multicast');
const LINK_LOCAL = DROPPED - dropNumber('link-local');
const HOP_LIMIT = DROPPED - dropNumber('hop-limit');
const UNREACHABLE = DROPPED - dropNumber('unreachable');
const NO_ENDPOINT = DROPPED - dropNumber('no-endpoint');
const PEER_EXPIRED = DROPPED - dropNumber('peer-expired');
const TOO_BIG = DROPPED - dropNumber('too-big');
const BACK_TO_SENDER = DROPPED - dropNumber('back-to-sender');
const ROUTER_ITSELF = DROPPED - dropNumber('router-itself');

/** "Dummy" source for errors of a router without an address of the family (RFC 7600), as Linux has it. */
const DUMMY_SOURCE_4 = Uint8Array.of(192, 0, 0, 8);

export class Router {
  /** Packets and inner bytes handed on to a peer; what the router said itself is not among them. */
  forwardedPackets = 0;
  forwardedBytes = 0;

  readonly #device: RouterDevice;
  readonly #budget = new IcmpBudget();
  /** Own addresses: IPv4 as words, IPv6 as four words each. */
  #own4: readonly number[] = [];
  #own6 = new Int32Array(0);
  #source4: Uint8Array = DUMMY_SOURCE_4;
  #source6: Uint8Array | null = null;
  #mtu = DEFAULT_MTU_BYTES;
  #identification = 0;
  readonly #error = new Uint8Array(icmp.ERROR_BYTES_6);

  constructor(device: RouterDevice) {
    this.#device = device;
  }

  /** The router's inside addresses; errors come from the first of their family. */
  setAddresses(addresses: readonly Address[]): void {
    const own4 = addresses.filter((address) => address.family === 4).map(addressBytes);
    const own6 = addresses.filter((address) => address.family === 6).map(addressBytes);
    this.#own4 = own4.map((bytes) => inner.readInt(bytes, 0));
    this.#own6 = Int32Array.from(own6.flatMap((bytes) => [0, 4, 8, 12].map((at) => inner.readInt(bytes, at))));
    this.#source4 = own4[0] ?? DUMMY_SOURCE_4;
    this.#source6 = own6[0] ?? null;
  }

  /**
   * The largest inner packet in bytes that goes to any peer; a peer may take less (`Peer.mtuBytes`). IPv6 has 1280 at
   * least, whatever they say.
   */
  setMtu(bytes: number): void {
    this.#mtu = bytes;
  }

  /** Decides every READY row of an opened batch. */
  route(batch: Batch, now: number): void {
    const rows = batch.rows;
    const end = batch.count * ROW_INTS;
    for (let row = 0; row < end; row += ROW_INTS) {
      if (rows[row + STATUS] !== STATUS_READY) continue;
      const at = rows[row + OFFSET]! + DATA_HEADER_BYTES;
      const length = rows[row + INNER_LENGTH]!;
      const from = rows[row + FROM_PEER]!;
      const outcome =
        batch.arena[at]! >>> 4 === 4
          ? this.#route4(batch.arena, at, length, from, now)
          : this.#route6(batch.arena, at, length, from, now);
      if (outcome >= 0) {
        rows[row + TO_PEER] = outcome;
      } else if (outcome === CONSUMED) {
        rows[row + STATUS] = STATUS_CONSUMED;
      } else {
        const reason = DROPPED - outcome;
        rows[row + STATUS] = STATUS_DROPPED;
        rows[row + REASON] = reason;
        this.#device.drops[reason]! += 1;
        this.#device.peerById(from)?.countDrop(reason, 1);
      }
    }
  }

  #route4(bytes: Uint8Array, at: number, length: number, from: number, now: number): number {
    const headerBytes = (bytes[at]! & 15) * 4;
    if (headerBytes < inner.HEADER_4 || headerBytes > length) return MALFORMED;
    if (!isHeaderIntact(bytes, at, headerBytes)) return MALFORMED;
    if (headerBytes > inner.HEADER_4 && !inner.areOptionsForwarded4(bytes, at, headerBytes)) return MALFORMED;

    if (!inner.isForwarded4(bytes[at + inner.SOURCE_4]!) || this.#isOwn4(bytes, at + inner.SOURCE_4)) return MARTIAN;
    const first = bytes[at + inner.DESTINATION_4]!;
    if (!inner.isForwarded4(first)) return first >= 224 && first < 240 ? MULTICAST : MARTIAN;
    if (this.#isOwn4(bytes, at + inner.DESTINATION_4)) return this.#deliver4(bytes, at, length, from, now);

    if (bytes[at + inner.TTL_4]! <= 1)
      return this.#answer4(icmp.TIME_EXCEEDED, HOP_LIMIT, bytes, at, length, from, now);
    let to = this.#device.allowedIps.lookup4(bytes, at + inner.DESTINATION_4);
    if (to < 0) to = this.#device.exits.lookup4(bytes, at + inner.SOURCE_4, at + inner.DESTINATION_4);
    if (to === from) return BACK_TO_SENDER;
    const away = this.#whyAway(to);
    if (away !== 0) return this.#answer4(icmp.HOST_UNREACHABLE, away, bytes, at, length, from, now);
    const mtu = this.#mtuOf(to);
    if (length > mtu && (inner.readShort(bytes, at + inner.FRAGMENT_4) & inner.DONT_FRAGMENT) !== 0) {
      return this.#answer4(icmp.fragmentationNeeded(mtu), TOO_BIG, bytes, at, length, from, now);
    }

    lowerHopLimit4(bytes, at);
    this.forwardedPackets++;
    this.forwardedBytes += length;
    return length > mtu ? this.#sendFragments(bytes, at, length, to, now) : to;
  }

  #route6(bytes: Uint8Array, at: number, length: number, from: number, now: number): number {
    const sourceKind = inner.kindOf6(bytes, at + inner.SOURCE_6);
    const destinationKind = inner.kindOf6(bytes, at + inner.DESTINATION_6);
    if (destinationKind === inner.MULTICAST) return MULTICAST;
    if (sourceKind === inner.MARTIAN || sourceKind === inner.MULTICAST) return MARTIAN;
    if (destinationKind === inner.MARTIAN || this.#isOwn6(bytes, at + inner.SOURCE_6)) return MARTIAN;
    if (destinationKind === inner.LINK_LOCAL) return LINK_LOCAL;
    if (sourceKind === inner.LINK_LOCAL) {
      return this.#answer6(icmp.BEYOND_SCOPE_6, LINK_LOCAL, bytes, at, length, from, now);
    }
    if (this.#isOwn6(bytes, at + inner.DESTINATION_6)) return this.#deliver6(bytes, at, length, from, now);

    if (bytes[at + inner.HOP_LIMIT_6]! <= 1) {
      return this.#answer6(icmp.TIME_EXCEEDED_6, HOP_LIMIT, bytes, at, length, from, now);
    }
    let to = this.#device.allowedIps.lookup6(bytes, at + inner.DESTINATION_6);
    if (to < 0) to = this.#device.exits.lookup6(bytes, at + inner.SOURCE_6, at + inner.DESTINATION_6);
    if (to === from) return BACK_TO_SENDER;
    const away = this.#whyAway(to);
    if (away !== 0) return this.#answer6(icmp.ADDRESS_UNREACHABLE_6, away, bytes, at, length, from, now);
    const mtu = Math.max(this.#mtuOf(to), inner.MINIMUM_MTU_6);
    if (length > mtu) return this.#answer6(icmp.packetTooBig6(mtu), TOO_BIG, bytes, at, length, from, now);

    bytes[at + inner.HOP_LIMIT_6] = bytes[at + inner.HOP_LIMIT_6]! - 1;
    this.forwardedPackets++;
    this.forwardedBytes += length;
    return to;
  }

  /** Why the owner `to` (-1 for none) cannot be sent to, or 0. A peer that only lacks a keypair can: packets wait. */
  #whyAway(to: number): number {
    const peer = to < 0 ? null : this.#device.peerById(to);
    if (peer === null) return UNREACHABLE;
    if (peer.isExpired) return PEER_EXPIRED;
    return peer.endpoint === null ? NO_ENDPOINT : 0;
  }

  /** The largest inner packet in bytes to the peer `to`. */
  #mtuOf(to: number): number {
    const path = this.#device.peerById(to)?.mtuBytes ?? this.#mtu;
    return Math.min(path, this.#mtu);
  }

  /** A packet to the router: an echo request is answered, anything else that may be is told that nothing is there. */
  #deliver4(bytes: Uint8Array, at: number, length: number, from: number, now: number): number {
    const isPiece = inner.readShort(bytes, at + inner.FRAGMENT_4) & (inner.MORE_FRAGMENTS | inner.FRAGMENT_OFFSET);
    if (isPiece !== 0) return ROUTER_ITSELF;
    const protocol = bytes[at + inner.PROTOCOL_4]!;
    if (protocol === inner.ICMP) {
      if (!icmp.turnIntoEchoReply4(bytes, at, length)) return ROUTER_ITSELF;
      return length > this.#mtuOf(from) ? this.#sendFragments(bytes, at, length, from, now) : from;
    }
    const isPort = protocol === inner.UDP || protocol === inner.TCP;
    const error = isPort ? icmp.PORT_UNREACHABLE : icmp.PROTOCOL_UNREACHABLE;
    return this.#answer4(error, ROUTER_ITSELF, bytes, at, length, from, now, bytes.subarray(at + 16, at + 20));
  }

  #deliver6(bytes: Uint8Array, at: number, length: number, from: number, now: number): number {
    const upper = inner.upperLayer6(bytes, at, length);
    if (upper.isFragment || upper.protocol === inner.NO_NEXT_HEADER) return ROUTER_ITSELF;
    if (upper.protocol === inner.ICMPV6) {
      // Behind extension headers it is left alone: a reply must not repeat them.
      if (upper.protocolAt !== inner.NEXT_HEADER_6) return ROUTER_ITSELF;
      if (length > Math.max(this.#mtuOf(from), inner.MINIMUM_MTU_6)) return TOO_BIG;
      return icmp.turnIntoEchoReply6(bytes, at, length) ? from : ROUTER_ITSELF;
    }
    const isPort = upper.protocol === inner.UDP || upper.protocol === inner.TCP;
    const error = isPort ? icmp.PORT_UNREACHABLE_6 : icmp.unknownNextHeader6(upper.protocolAt);
    return this.#answer6(error, ROUTER_ITSELF, bytes, at, length, from, now, bytes.subarray(at + 24, at + 40));
  }

  /** Sends the error to the peer that the packet came from, where it may be answered; returns `outcome`. */
  #answer4(
    error: icmp.IcmpError,
    outcome: number,
    bytes: Uint8Array,
    at: number,
    length: number,
    from: number,
    now: number,
    source: Uint8Array = this.#source4,
  ): number {
    const peer = this.#device.peerById(from);
    if (peer === null || !icmp.mayAnswer4(bytes, at, length)) return outcome;
    if (!this.#budget.take(from, now)) return outcome;
    this.#identification = (this.#identification + 1) & 0xffff;
    const size = icmp.writeError4(this.#error, error, source, this.#identification, bytes, at, length);
    this.#device.sendTo(peer, this.#error.subarray(0, size), now);
    return outcome;
  }

  #answer6(
    error: icmp.IcmpError,
    outcome: number,
    bytes: Uint8Array,
    at: number,
    length: number,
    from: number,
    now: number,
    source: Uint8Array | null = this.#source6,
  ): number {
    const peer = this.#device.peerById(from);
    if (peer === null || source === null) return outcome;
    if (!icmp.mayAnswer6(bytes, at, length) || !this.#budget.take(from, now)) return outcome;
    const size = icmp.writeError6(this.#error, error, source, bytes, at, length);
    this.#device.sendTo(peer, this.#error.subarray(0, size), now);
    return outcome;
  }

  #sendFragments(bytes: Uint8Array, at: number, length: number, to: number, now: number): number {
    const peer = this.#device.peerById(to);
    if (peer === null) return UNREACHABLE;
    fragment4(bytes, at, length, this.#mtuOf(to), (fragment) => this.#device.sendTo(peer, fragment, now));
    return CONSUMED;
  }

  #isOwn4(bytes: Uint8Array, at: number): boolean {
    const own = this.#own4;
    if (own.length === 0) return false;
    const word = inner.readInt(bytes, at);
    for (let i = 0; i < own.length; i++) if (own[i] === word) return true;
    return false;
  }

  #isOwn6(bytes: Uint8Array, at: number): boolean {
    const own = this.#own6;
    for (let i = 0; i < own.length; i += 4) {
      if (own[i + 3] !== inner.readInt(bytes, at + 12) || own[i + 2] !== inner.readInt(bytes, at + 8)) continue;
      if (own[i + 1] === inner.readInt(bytes, at + 4) && own[i] === inner.readInt(bytes, at)) return true;
    }
    return false;
  }
}
