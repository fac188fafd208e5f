/**
 * `sealBatch` and `openBatch` as a loop over rows, one AEAD call a packet.
 *
 * LENGTH is the whole datagram's, header and tag included, before the call as after it: what is sealed or opened are
 * the LENGTH - 32 bytes after the header. Padding and the header itself are the device's matter.
 */

import {
  type Batch,
  COUNTER_HIGH,
  COUNTER_LOW,
  DATA_HEADER_BYTES,
  KEY_SLOT,
  LENGTH,
  OFFSET,
  REASON,
  ROW_INTS,
  STATUS,
  STATUS_DROPPED,
  STATUS_READY,
  TAG_BYTES,
} from '../batch.ts';
import { dropNumber } from '../drop.ts';
import type { Aead } from './aead.ts';

const WRONG_TAG = dropNumber('tag');

export function sealRows(aead: Aead, batch: Batch): void {
  const rows = batch.rows;
  const end = batch.count * ROW_INTS;
  for (let at = 0; at < end; at += ROW_INTS) {
    if (rows[at + STATUS] !== STATUS_READY) continue;
    const length = rows[at + LENGTH]! - DATA_HEADER_BYTES - TAG_BYTES;
    aead.seal(rows[at + KEY_SLOT]!, counterOf(rows, at), rows[at + OFFSET]! + DATA_HEADER_BYTES, length);
  }
}

export function openRows(aead: Aead, batch: Batch): void {
  const rows = batch.rows;
  const end = batch.count * ROW_INTS;
  for (let at = 0; at < end; at += ROW_INTS) {
    if (rows[at + STATUS] !== STATUS_READY) continue;
    const offset = rows[at + OFFSET]! + DATA_HEADER_BYTES;
    const length = rows[at + LENGTH]! - DATA_HEADER_BYTES;
    if (aead.open(rows[at + KEY_SLOT]!, counterOf(rows, at), offset, length)) continue;
    rows[at + STATUS] = STATUS_DROPPED;
    rows[at + REASON] = WRONG_TAG;
  }
}

function counterOf(rows: Int32Array, at: number): number {
  return (rows[at + COUNTER_HIGH]! >>> 0) * 2 ** 32 + (rows[at + COUNTER_LOW]! >>> 0);
}
