/**
 * The relay's standard error, in the state folder: what it says when it dies. Bounded: the older half goes when it is
 * larger than `LOG_BYTES`, which is looked at before each start and while control watches; the relay's own limit on
 * file sizes holds when nobody does.
 */

import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { systemError } from '../system-error.ts';

export const LOG_BYTES = 256 * 1024;

/** Opens the log for appending, made when it is missing, 0600, never through a link. The caller closes it. */
export function openRelayLog(path: string): number {
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  try {
    const descriptor = openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
    trim(descriptor);
    return descriptor;
  } catch (error) {
    throw systemError(`write ${path}`, error);
  }
}

/** Shortens the log when it has grown too long. What is written at this very moment may be lost. */
export function trimRelayLog(path: string): void {
  closeSync(openRelayLog(path));
}

/** The last `lines` lines. */
export function relayLogTail(path: string, lines: number): string[] {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch {
    return [];
  }
  try {
    return lastBytes(descriptor, 8192).toString('utf8').trimEnd().split('\n').slice(-lines);
  } finally {
    closeSync(descriptor);
  }
}

function trim(descriptor: number): void {
  if (fstatSync(descriptor).size <= LOG_BYTES) return;
  const kept = lastBytes(descriptor, LOG_BYTES / 2);
  ftruncateSync(descriptor, 0);
  writeSync(descriptor, kept.subarray(kept.indexOf(10) + 1));
}

function lastBytes(descriptor: number, most: number): Buffer {
  const { size } = fstatSync(descriptor);
  const bytes = Buffer.alloc(Math.min(size, most));
  const count = readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
  return bytes.subarray(0, count);
}
