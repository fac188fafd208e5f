/**
 * Passwords: scrypt (RFC 7914), one at a time, with a queue that is bounded, so that a crowd of attempts costs one core
 * and not the machine.
 */

import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** Mebibytes: 128 * N * r. A third of a second on a small machine (OWASP's second choice, for machines with little memory). */
const COST = { N: 2 ** 15, r: 8, p: 3 } as const;
const HASH_BYTES = 32;
const SALT_BYTES = 16;
/** Checks that wait for their turn. */
const MOST_WAITING = 8;

/** Too many wait already: nothing was checked. */
export class PasswordsBusy extends Error {
  constructor() {
    super('too many passwords are being checked');
    this.name = 'PasswordsBusy';
  }
}

let turn: Promise<unknown> = Promise.resolve();
let waiting = 0;

/** `password` as it is kept: `scrypt$N$r$p$salt$hash`, base64url. Rejects with `PasswordsBusy`. */
export async function passwordHash(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const { N, r, p } = COST;
  const hash = await inTurn(() => derived(password, salt, COST));
  return ['scrypt', N, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/**
 * Whether `password` is the one that was kept. Null, for somebody who has none, takes as long as the others and is
 * never right. Rejects with `PasswordsBusy`.
 */
export async function isPassword(password: string, kept: string | null): Promise<boolean> {
  const [kind, N, r, p, salt, hash] = (kept ?? NOBODY).split('$');
  if (kind !== 'scrypt' || salt === undefined || hash === undefined) throw new TypeError('not a kept password');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const expected = Buffer.from(hash, 'base64url');
  const actual = await inTurn(() => derived(password, Buffer.from(salt, 'base64url'), cost));
  return timingSafeEqual(actual, expected) && kept !== null;
}

const NOBODY = [
  'scrypt',
  COST.N,
  COST.r,
  COST.p,
  'AAAAAAAAAAAAAAAAAAAAAA',
  Buffer.alloc(HASH_BYTES).toString('base64url'),
].join('$');

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (waiting >= MOST_WAITING) throw new PasswordsBusy();
  waiting++;
  const result = turn.then(work);
  turn = result.catch(() => {});
  try {
    return await result;
  } finally {
    waiting--;
  }
}

function derived(
  password: string,
  salt: Uint8Array,
  { N, r, p }: { N: number; r: number; p: number },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // The same characters, however the keyboard made them (RFC 8265).
    const text = password.normalize('NFC');
    scrypt(text, salt, HASH_BYTES, { N, r, p, maxmem: 256 * N * r }, (error, hash) => {
      if (error === null) resolve(hash);
      else reject(error);
    });
  });
}
