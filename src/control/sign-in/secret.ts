/**
 * Random secrets that are given away once and kept as a hash: who reads our files cannot use them.
 */

import { createHash, randomBytes } from 'node:crypto';

/** 256 bits, as text that can stand in a URL, a header and a cookie. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** What is kept of a secret. It has 256 bits, so a plain hash is enough; a password would need a slow one. */
export function secretHash(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** A short name for what is kept, to show and to revoke by: nothing can be learned from it. */
export function secretId(hash: string): string {
  return createHash('sha256').update(`id ${hash}`).digest('hex').slice(0, 16);
}
