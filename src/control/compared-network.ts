/**
 * A network file that is only compared with another: of any folder, from a pipe, from the standard input. Nothing is handed
 * out by it, so nobody need be trusted for it.
 */

import { closeSync, openSync, readSync } from 'node:fs';
import { parseNetwork } from '../description/parse.ts';
import { MAX_TEXT_LENGTH } from '../description/yaml-text.ts';
import { MachineError } from './machine-error.ts';
import { type NetworkText, networkText } from './network-store.ts';
import { systemError } from './system-error.ts';

/** The standard input, as a file name. */
const STANDARD_INPUT = '-';

const PIECE_BYTES = 65_536;

/** The network in `file`; `-` is the standard input. Throws a `MachineError` for what the machine refuses. */
export function readComparedNetwork(file: string): NetworkText {
  const shown = file === STANDARD_INPUT ? '(standard input)' : file;
  const text = networkText(readBounded(file, shown), shown);
  return { text, ...parseNetwork(text, shown) };
}

/** The bytes of a file or pipe, `MAX_TEXT_LENGTH` at most. */
function readBounded(file: string, shown: string): Uint8Array {
  try {
    const descriptor = file === STANDARD_INPUT ? 0 : openSync(file, 'r');
    try {
      return readPieces(descriptor, shown);
    } finally {
      if (descriptor !== 0) closeSync(descriptor);
    }
  } catch (error) {
    throw systemError(`read ${shown}`, error);
  }
}

function readPieces(descriptor: number, shown: string): Uint8Array {
  const pieces: Buffer[] = [];
  for (let bytes = 0; bytes <= MAX_TEXT_LENGTH; ) {
    const piece = Buffer.alloc(PIECE_BYTES);
    const length = readSync(descriptor, piece);
    if (length === 0) return Buffer.concat(pieces);
    pieces.push(piece.subarray(0, length));
    bytes += length;
  }
  throw new MachineError('file-too-large', `Cannot read ${shown}: ${MAX_TEXT_LENGTH} bytes are the most`);
}
