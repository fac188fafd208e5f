/**
 * Cutting an IPv4 packet that may be cut (no DF) into pieces that fit (RFC 791 section 3.2).
 */

import { writeHeaderChecksum, writeShort } from './checksum.ts';
import { FRAGMENT_4, FRAGMENT_OFFSET, HEADER_4, MORE_FRAGMENTS, readShort, TOTAL_LENGTH_4 } from './inner-packet.ts';

/** Options with this bit go into every fragment, the others into the first alone. */
const COPIED = 0x80;
const END_OF_OPTIONS = 0;
const NO_OPERATION = 1;

/**
 * Calls `emit` with each fragment of the packet at `at`, in order: each at most `mtuBytes` long, and all but the last
 * with a multiple of 8 bytes behind the header. The bytes are valid until `emit` returns. The packet may be a fragment
 * itself. Nothing comes when `mtuBytes` has no room for a header and 8 bytes, and nothing more where offsets end.
 */
export function fragment4(
  bytes: Uint8Array,
  at: number,
  length: number,
  mtuBytes: number,
  emit: (fragment: Uint8Array) => void,
): void {
  const headerBytes = (bytes[at]! & 15) * 4;
  const pieceBytes = Math.floor((mtuBytes - headerBytes) / 8) * 8;
  if (pieceBytes < 8) return;
  const field = readShort(bytes, at + FRAGMENT_4);
  const into = new Uint8Array(headerBytes + pieceBytes);
  into.set(bytes.subarray(at, at + headerBytes));
  for (let from = headerBytes; from < length; from += pieceBytes) {
    const size = Math.min(pieceBytes, length - from);
    const more = from + size < length ? MORE_FRAGMENTS : field & MORE_FRAGMENTS;
    const offset = (field & FRAGMENT_OFFSET) + (from - headerBytes) / 8;
    if (offset > FRAGMENT_OFFSET) return;
    if (from > headerBytes) blankOptions(into, headerBytes);
    into.set(bytes.subarray(at + from, at + from + size), headerBytes);
    writeShort(into, TOTAL_LENGTH_4, headerBytes + size);
    writeShort(into, FRAGMENT_4, more | offset);
    writeHeaderChecksum(into, 0, headerBytes);
    emit(into.subarray(0, headerBytes + size));
  }
}

/** Overwrites the options that belong into the first fragment only. They are well formed (`areOptionsForwarded4`). */
function blankOptions(header: Uint8Array, headerBytes: number): void {
  for (let i = HEADER_4; i < headerBytes; ) {
    const option = header[i]!;
    if (option === END_OF_OPTIONS) return;
    const length = option === NO_OPERATION ? 1 : header[i + 1]!;
    if ((option & COPIED) === 0) header.fill(NO_OPERATION, i, i + length);
    i += length;
  }
}
