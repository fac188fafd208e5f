/**
 * Messages: what one entry of a system call receives or sends. A message is one datagram, or a train of datagrams to one
 * place that the kernel takes apart on the way out (UDP_SEGMENT) and puts together on the way in (UDP_GRO).
 *
 * `writeMessages` makes the trains. All datagrams of one have the same size but the last, which may be smaller, the same
 * destination and the same TOS, and lie one after the other.
 */

import { type Batch, LENGTH, OFFSET, ROW_INTS, TOS } from '../../wireguard/batch.ts';
import type { Place } from './place.ts';

/** Columns. On the way in the first two are the first datagram's row and the number of datagrams. */
export const MESSAGE_FIRST_ROW = 0;
export const MESSAGE_ROWS = 1;
/** On the way out they are the place in the arena and the bytes. */
export const MESSAGE_OFFSET = 0;
export const MESSAGE_LENGTH = 1;
/** Bytes of every datagram but the last; 0 is one datagram. */
export const MESSAGE_SEGMENT = 2;
export const MESSAGE_TOS = 3;
/** From here on: whom it is from or to, `PLACE_INTS` columns; see `place.ts`. */
export const MESSAGE_PLACE = 4;
export const PLACE_INTS = 12;
export const MESSAGE_INTS = MESSAGE_PLACE + PLACE_INTS;

/** Datagrams in a message that leaves: what every kernel with UDP_SEGMENT takes. */
const SEGMENTS_AT_MOST = 64;
/** Bytes in a message: less than a UDP datagram may have with either family's headers. */
const BYTES_AT_MOST = 65_000;

/** Whom the messages of a table are to, and what may be made one message. */
export interface Destinations {
  /** By row of the batch. */
  readonly ofRows: readonly Place[];
  /** By message; written here. */
  readonly ofMessages: Place[];
  /** By family: whether its socket takes trains. */
  readonly joins: { readonly 4: boolean; readonly 6: boolean };
  /** A moment of the clock that `Place.singleUntil` goes by. */
  readonly now: number;
}

/** Writes a message for each train that can be made of the rows in `batch.outgoing.order` and returns how many there are. */
export function writeMessages(batch: Batch, to: Destinations, table: Int32Array): number {
  const { rows } = batch;
  const { order, count } = batch.outgoing!;
  let messages = 0;
  let at = -MESSAGE_INTS;
  let joined = 0;
  let bytes = 0;
  let segment = 0;
  let end = -1;
  let tos = 0;
  let place: Place | null = null;
  let mayGrow = false;
  for (let i = 0; i < count; i++) {
    const row = order[i]!;
    const columns = row * ROW_INTS;
    const offset = rows[columns + OFFSET]!;
    const length = rows[columns + LENGTH]!;
    const next = to.ofRows[row]!;
    if (
      mayGrow &&
      next === place &&
      rows[columns + TOS] === tos &&
      offset === end &&
      length <= segment &&
      length > 0 &&
      joined < SEGMENTS_AT_MOST &&
      bytes + length <= BYTES_AT_MOST
    ) {
      joined++;
      bytes += length;
      end += length;
      table[at + MESSAGE_LENGTH] = bytes;
      table[at + MESSAGE_SEGMENT] = segment;
      // A smaller one ends the train.
      mayGrow = length === segment;
      continue;
    }
    at += MESSAGE_INTS;
    to.ofMessages[messages++] = next;
    joined = 1;
    bytes = length;
    segment = length;
    end = offset + length;
    tos = rows[columns + TOS]!;
    place = next;
    mayGrow = length > 0 && to.joins[next.family] && next.singleUntil <= to.now;
    writeMessage(table, at, offset, length, tos, next);
  }
  return messages;
}

/** Writes the message of one datagram at column `at`. */
export function writeMessage(
  table: Int32Array,
  at: number,
  offset: number,
  length: number,
  tos: number,
  to: Place,
): void {
  table[at + MESSAGE_OFFSET] = offset;
  table[at + MESSAGE_LENGTH] = length;
  table[at + MESSAGE_SEGMENT] = 0;
  table[at + MESSAGE_TOS] = tos;
  const { columns } = to;
  for (let i = 0; i < PLACE_INTS; i++) table[at + MESSAGE_PLACE + i] = columns[i]!;
}
