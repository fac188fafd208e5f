/**
 * The network file on disk: reading it, making it, editing it.
 *
 * An edit holds a lock against other commands, and compares before it replaces, against editors that know no lock: when
 * the file is not what the edit was made from, the edit is made again from what is there now.
 */

import { closeSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Diagnostic } from '../description/diagnostic.ts';
import type { EditResult } from '../description/edit/request.ts';
import type { Network } from '../description/network.ts';
import { parseNetwork } from '../description/parse.ts';
import { MAX_TEXT_LENGTH } from '../description/yaml-text.ts';
import { MachineError } from './machine-error.ts';
import type { NetworkPaths } from './paths.ts';
import { ProcessFile } from './process-file.ts';
import { createFile, replaceFile } from './replace-file.ts';
import { ensureOwnFolder } from './state-folder.ts';
import { systemError } from './system-error.ts';
import { readTrustedFile } from './trusted-file.ts';

export interface NetworkText {
  readonly text: string;
  /** Null when the text has mistakes. */
  readonly network: Network | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** The standard input, as a file name. */
const STANDARD_INPUT = '-';

const PIECE_BYTES = 65_536;
/** How long an edit waits for one other. An edit takes milliseconds: whoever takes this long has come to a halt. */
const WAIT_MS = 10_000;
/** How long it stands in a queue that moves. */
const LONGEST_WAIT_MS = 60_000;
/** How long it waits without a word. */
const SILENT_MS = 1_000;
const FILE_MODE = 0o644;
/** Edits that found the file changed under them. */
const ATTEMPTS = 10;

/** The network file as it is. Throws a `MachineError`: `network-file-absent`, or what the system said. */
export function readNetworkFile(paths: NetworkPaths): NetworkText {
  return parsed(readText(paths), paths);
}

/**
 * The network in a file that is only compared with another; `-` is the standard input. It may lie in any folder, or come from
 * a pipe: nothing is handed out by it. Throws a `MachineError` for what the machine refuses.
 */
export function readComparedNetwork(file: string): NetworkText {
  const shown = file === STANDARD_INPUT ? '(standard input)' : file;
  const text = utf8(readBounded(file, shown), shown);
  return { text, ...parseNetwork(text, shown) };
}

/** Makes the network file with `text`. Throws a `MachineError` ("network-file-exists") when there is one. */
export function createNetworkFile(paths: NetworkPaths, text: string): void {
  if (createFile(paths.file, text, FILE_MODE)) return;
  throw new MachineError('network-file-exists', `Cannot make ${paths.shown}: it is there already`, {
    help: ['to add to it: wg-router add machine NAME', 'to begin another network: --file OTHER.yaml'],
  });
}

/**
 * Replaces the file by what `edit` makes of it, and answers what `edit` answered. Of two edits at once, the second is
 * made from the result of the first. `onWait` is told once who is being waited for.
 *
 * Throws a `MachineError`: `network-file-absent`, `edit-locked` when one other edit takes longer than 10 s, or what the
 * system said.
 */
export async function editNetworkFile(
  paths: NetworkPaths,
  edit: (current: NetworkText) => EditResult,
  options: { readonly onWait?: (pid: number) => void } = {},
): Promise<EditResult> {
  // Where there is no file, no folder is made beside it.
  readText(paths);
  return await holdingLock(
    paths,
    () => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const text = readText(paths);
        const result = edit(parsed(text, paths));
        if (result.text === undefined || result.text === text) return result;
        const isDone = replaceFile(paths.file, result.text, FILE_MODE, () => readText(paths) === text);
        if (isDone) return result;
      }
      throw new MachineError('edit-contended', `Cannot edit ${paths.shown}: something else keeps changing it`);
    },
    options.onWait,
  );
}

/** Runs `work` while no other command edits the network file or the record beside it. */
export async function holdingLock<T>(paths: NetworkPaths, work: () => T, onWait?: (pid: number) => void): Promise<T> {
  ensureOwnFolder(paths.state);
  const lock = await takeLock(paths, onWait);
  try {
    return work();
  } finally {
    lock.release();
  }
}

async function takeLock(paths: NetworkPaths, onWait?: (pid: number) => void): Promise<ProcessFile> {
  const began = performance.now();
  let since = began;
  let holder: number | null = null;
  let hasSaid = false;
  for (;;) {
    const taken = ProcessFile.take(paths.lock);
    if (taken instanceof ProcessFile) return taken;
    const now = performance.now();
    if (taken.pid !== holder) since = now;
    holder = taken.pid;
    if (now > since + WAIT_MS || now > began + LONGEST_WAIT_MS) {
      throw new MachineError('edit-locked', `Cannot edit ${paths.shown}: process ${taken.pid} is editing it`, {
        help: ['try again when it has finished'],
      });
    }
    if (!hasSaid && now > began + SILENT_MS) {
      hasSaid = true;
      onWait?.(taken.pid);
    }
    // Not all at the same moment.
    await sleep(5 + Math.random() * 20);
  }
}

function readText(paths: NetworkPaths): string {
  const file = readTrustedFile(paths.file, { shown: paths.shown, secret: false, maxBytes: MAX_TEXT_LENGTH });
  if (file !== null) return utf8(file.bytes, paths.shown);
  throw new MachineError('network-file-absent', `Cannot read ${paths.shown}: there is no such file`, {
    help: ['to begin a network here: wg-router init', 'to use one elsewhere: --file FILE'],
  });
}

/** A byte order mark stays: it is a part of the file that edits keep. */
function utf8(bytes: Uint8Array, shown: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new MachineError('file-not-utf8', `Cannot read ${shown}: it is not UTF-8 text`, { cause });
  }
}

function parsed(text: string, paths: NetworkPaths): NetworkText {
  return { text, ...parseNetwork(text, paths.shown) };
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
