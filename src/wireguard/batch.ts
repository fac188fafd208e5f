/**
 * A batch: datagrams that move through the relay together, as an arena and one row of integers a packet.
 *
 * receive ─▶ device.open ─▶ router.route ─▶ device.seal ─▶ send
 *
 * A row is all that the stages share, so a stage can be TypeScript or a native module. No object per packet. A relayed
 * packet keeps its length: it is opened, rewritten and sealed where it lies.
 *
 *   datagram:  | type 4 | receiver 4 | counter 8 | ciphertext … | tag 16 |
 *              ^ OFFSET                           ^ OFFSET + 16           ^ OFFSET + LENGTH
 *
 * OFFSET and LENGTH are the datagram's. INNER_LENGTH is the inner packet's (without padding and tag), set when opened;
 * the inner packet starts at OFFSET + 16. Padding goes where the tag was, so there is always room for it. There is room
 * for the new tag too where every packet has `SLOT_BYTES` of arena to itself (`add`); packets that came as one train lie
 * side by side, and are sealed elsewhere (`Outgoing`).
 */

import type { Endpoint } from '../net/endpoint.ts';

/** Packets in a batch at most. libuv delivers up to 32 datagrams of a socket per turn. */
export const BATCH_PACKETS = 64;
/** Arena bytes a packet has to itself: the largest UDP payload (65,507) and room for header, padding and tag. */
export const SLOT_BYTES = 65_664;
/** Header of a data message before the ciphertext. */
export const DATA_HEADER_BYTES = 16;
export const TAG_BYTES = 16;
/** What a UDP datagram can carry of an inner packet. */
export const INNER_BYTES_AT_MOST = 65_507 - DATA_HEADER_BYTES - TAG_BYTES;

/** Columns of a row. */
export const OFFSET = 0;
export const LENGTH = 1;
/** Status, one of the `STATUS_*`. */
export const STATUS = 2;
/** With status DROPPED: index into `DROP_REASONS`. */
export const REASON = 3;
/** Peer number it came from, set by `device.open`; -1 is the router itself. */
export const FROM_PEER = 4;
/** Peer number it goes to, set by `router.route`. */
export const TO_PEER = 5;
/** AEAD key slot for the next AEAD call. */
export const KEY_SLOT = 6;
/** Counter for the next AEAD call, low and high 32 bits. */
export const COUNTER_LOW = 7;
export const COUNTER_HIGH = 8;
export const INNER_LENGTH = 9;
/** Free for the stage that runs; holds nothing between stages. */
export const SCRATCH = 10;
/** TOS (IPv6: traffic class) of the outer header, as it came and then as it is to be; 0 where the sockets cannot see it. */
export const TOS = 11;
export const ROW_INTS = 12;

/** Came from the socket, or is waiting for the next stage. */
export const STATUS_READY = 0;
/** Refused; REASON says why and has been counted. */
export const STATUS_DROPPED = 1;
/** Used up without a packet to pass on: handshake message, keepalive, staged, answered. */
export const STATUS_CONSUMED = 2;

/**
 * Where sealed packets go when they do not stay where they were opened: in `order`, one after the other, so that those
 * to one peer lie in one piece. Sealing moves OFFSET there.
 */
export interface Outgoing {
  /** Arena bytes `from` to `end` are theirs. */
  readonly from: number;
  readonly end: number;
  /** Rows in the order in which they lie and leave; the first `count` count. */
  readonly order: Int32Array;
  count: number;
}

export class Batch {
  readonly arena: Uint8Array;
  readonly rows: Int32Array;
  /** Outer source of each packet on the way in; where it goes on the way out. */
  readonly endpoints: Endpoint[];
  count = 0;
  /** Null: packets are sealed where they lie. */
  readonly outgoing: Outgoing | null;

  /**
   * `rows` says how many packets there is room for. For `add`, `arena` holds `SLOT_BYTES` for each of them from
   * `arenaOffset` on.
   */
  constructor(
    arena: Uint8Array,
    rows: Int32Array = new Int32Array(BATCH_PACKETS * ROW_INTS),
    arenaOffset = 0,
    outgoing: Outgoing | null = null,
  ) {
    this.arena = arena;
    this.rows = rows;
    const packets = Math.floor(rows.length / ROW_INTS);
    this.endpoints = new Array<Endpoint>(packets).fill({ family: 4, address: '0.0.0.0', port: 0 });
    for (let i = 0; i < packets; i++) rows[i * ROW_INTS + OFFSET] = arenaOffset + i * SLOT_BYTES;
    this.arenaOffset = arenaOffset;
    this.outgoing = outgoing;
  }

  readonly arenaOffset: number;

  clear(): void {
    this.count = 0;
  }

  /**
   * Adds a datagram (copied) and returns its row number, or -1 when the batch is full or the datagram is larger than
   * a UDP payload can be.
   */
  add(datagram: Uint8Array, endpoint: Endpoint): number {
    const row = this.count;
    if (row >= BATCH_PACKETS || datagram.length > 65_507) return -1;
    const at = row * ROW_INTS;
    const offset = this.arenaOffset + row * SLOT_BYTES;
    this.arena.set(datagram, offset);
    this.rows[at + OFFSET] = offset;
    this.rows[at + LENGTH] = datagram.length;
    this.rows[at + STATUS] = STATUS_READY;
    this.rows[at + FROM_PEER] = -1;
    this.rows[at + TO_PEER] = -1;
    this.rows[at + TOS] = 0;
    this.endpoints[row] = endpoint;
    this.count = row + 1;
    return row;
  }
}
