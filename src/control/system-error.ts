/**
 * What the operating system said, as a sentence that a person can act on.
 */

import { getSystemErrorMessage } from 'node:util';
import { MachineError } from './machine-error.ts';

/** Stable codes for what happens most; anything else is its errno in lower case. */
const CODES: Readonly<Record<string, string>> = {
  ENOENT: 'file-missing',
  EACCES: 'no-permission',
  EPERM: 'no-permission',
  EROFS: 'read-only',
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  ELOOP: 'symbolic-link',
  EEXIST: 'file-exists',
};

/** "Cannot <what>: <reason>", where `what` is a verb and its object: "write network.yaml". */
export function systemError(what: string, cause: unknown, help: readonly string[] = []): Error {
  if (!isSystemError(cause)) return cause instanceof Error ? cause : new Error(String(cause));
  return new MachineError(CODES[cause.code] ?? cause.code.toLowerCase(), `Cannot ${what}: ${reasonOf(cause)}`, {
    cause,
    help,
  });
}

/** Whether the operating system refused with this code: `isCode(error, 'ENOENT')`. */
export function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return isSystemError(error) && codes.includes(error.code);
}

interface SystemError extends Error {
  readonly code: string;
  readonly errno?: number;
}

function isSystemError(error: unknown): error is SystemError {
  const { code } = (error ?? {}) as Partial<SystemError>;
  return (
    error instanceof Error && !(error instanceof MachineError) && typeof code === 'string' && /^E[A-Z0-9]+$/.test(code)
  );
}

/** Why the system refused, in words: "no such file or directory". */
export function reasonOf(error: unknown): string {
  if (!isSystemError(error)) return error instanceof Error ? error.message : String(error);
  const { code, errno, message } = error;
  if (code === 'ELOOP') return 'it is a symbolic link';
  return errno === undefined ? message : getSystemErrorMessage(errno);
}
