/**
 * Passwords: scrypt (RFC 7914), one at a time, with a queue that is bounded, so that a crowd of attempts costs one core
 * and not the machine.
 */

import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** Of scrypt: 128 * N * r bytes of memory. */
export interface PasswordCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** 32 MiB; what OWASP gives for machines with little memory. */
const COST: PasswordCost = { N: 2 ** 15, r: 8, p: 3 };
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

export class Passwords {
  readonly #cost: PasswordCost;
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(cost: PasswordCost = COST) {
    this.#cost = cost;
  }

  /** `password` as it is kept: `scrypt$N$r$p$salt$hash`, base64url. Rejects with `PasswordsBusy`. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const hash = await this.#inTurn(() => derived(password, salt, this.#cost));
    return keptText(this.#cost, salt, hash);
  }

  /**
   * Whether `password` is the one that was kept. Null, for somebody who has none, takes as long as the others and is
   * never right. Rejects with `PasswordsBusy`.
   */
  async isRight(password: string, kept: string | null): Promise<boolean> {
    const nobody = keptText(this.#cost, new Uint8Array(SALT_BYTES), new Uint8Array(HASH_BYTES));
    const [kind, N, r, p, salt, hash] = (kept ?? nobody).split('$');
    if (kind !== 'scrypt' || salt === undefined || hash === undefined) throw new TypeError('not a kept password');
    const cost = { N: Number(N), r: Number(r), p: Number(p) };
    const expected = Buffer.from(hash, 'base64url');
    const actual = await this.#inTurn(() => derived(password, Buffer.from(salt, 'base64url'), cost));
    return timingSafeEqual(actual, expected) && kept !== null;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MOST_WAITING) throw new PasswordsBusy();
    this.#waiting++;
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    try {
      return await result;
    } finally {
      this.#waiting--;
    }
  }
}

function keptText({ N, r, p }: PasswordCost, salt: Uint8Array, hash: Uint8Array): string {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
  return ['scrypt', N, r, p, text(salt), text(hash)].join('$');
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
