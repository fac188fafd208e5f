/**
 * Who may use the page and the API: `sign-in.json` in the state folder. Passwords, tokens, links and sessions are in it
 * as hashes; the secrets of authenticators as they are, since codes are computed from them.
 *
 * The page and the command line both change it: each under the lock of the network, each reading it anew when it is
 * another file than the one that was read.
 */

import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { MachineError } from '../machine-error.ts';
import { holdingLock } from '../network-store.ts';
import type { NetworkPaths } from '../paths.ts';
import { replaceFile } from '../replace-file.ts';
import { readTrustedFile } from '../trusted-file.ts';
import { newSecret } from './secret.ts';

export const SIGN_IN_FILE = 'sign-in.json';
const FILE_BYTES = 16 * 1024 * 1024;

const role = z.enum(['admin', 'read-only']);

const shape = z.strictObject({
  version: z.literal(1),
  /** Of this installation: what marks a browser as known is made with it. */
  secret: z.string(),
  people: z.array(
    z.strictObject({
      name: z.string(),
      role,
      /** As `passwordHash` makes it. */
      password: z.string().nullable(),
      /** Base32, and the step of the last code that was used. */
      code: z.strictObject({ secret: z.string(), lastStep: z.number() }).nullable(),
      passkeys: z
        .array(
          z.strictObject({
            id: z.string(),
            note: z.string(),
            publicKey: z.string(),
            counter: z.number(),
            createdAt: z.number(),
          }),
        )
        .default([]),
      createdAt: z.number(),
    }),
  ),
  links: z.array(z.strictObject({ hash: z.string(), person: z.string(), expiresAt: z.number() })),
  sessions: z.array(
    z.strictObject({
      /** Of the cookie, and of the token that is sent beside it. */
      hash: z.string(),
      tokenHash: z.string(),
      person: z.string(),
      /** By a link: may set a password without saying the old one, for a while. */
      byLink: z.boolean(),
      createdAt: z.number(),
      expiresAt: z.number(),
      address: z.string().nullable(),
      agent: z.string().nullable(),
    }),
  ),
  tokens: z.array(
    z.strictObject({
      id: z.string(),
      hash: z.string(),
      note: z.string(),
      scopes: z.array(z.enum(['read', 'write', 'keys', 'admin'])),
      createdBy: z.string(),
      createdAt: z.number(),
      expiresAt: z.number().nullable(),
    }),
  ),
});

type Parsed = z.infer<typeof shape>;
export type Person = Readonly<Parsed['people'][number]>;
export type Link = Readonly<Parsed['links'][number]>;
export type Session = Readonly<Parsed['sessions'][number]>;
export type Token = Readonly<Parsed['tokens'][number]>;

export interface SignInState {
  readonly secret: string;
  readonly people: readonly Person[];
  readonly links: readonly Link[];
  readonly sessions: readonly Session[];
  readonly tokens: readonly Token[];
}

export class SignInFile {
  readonly #paths: NetworkPaths;
  readonly #path: string;
  #known: { readonly signature: string; readonly state: SignInState } | null = null;

  constructor(paths: NetworkPaths) {
    this.#paths = paths;
    this.#path = join(paths.state, SIGN_IN_FILE);
  }

  /** How it is now; the answer is the same object until the file is another. Throws a `MachineError` when damaged. */
  read(): SignInState {
    const signature = signatureOf(this.#path);
    if (this.#known?.signature !== signature) this.#known = { signature, state: this.#parsed() };
    return this.#known.state;
  }

  /** Replaces the file by what `change` makes of it; answers the rest of what it answers. Nobody else changes it meanwhile. */
  async change<T>(change: (state: SignInState) => { readonly state: SignInState; readonly result: T }): Promise<T> {
    return await holdingLock(this.#paths, () => {
      const { state, result } = change(this.read());
      replaceFile(this.#path, `${JSON.stringify({ version: 1, ...state })}\n`, 0o600);
      this.#known = null;
      return result;
    });
  }

  #parsed(): SignInState {
    const file = readTrustedFile(this.#path, { shown: this.#path, secret: true, maxBytes: FILE_BYTES });
    if (file === null) return { secret: newSecret(), people: [], links: [], sessions: [], tokens: [] };
    try {
      const { version: _, ...state } = shape.parse(JSON.parse(file.bytes.toString('utf8')));
      return state;
    } catch {
      // The cause would show what is in it.
      throw new MachineError('sign-in-damaged', `Cannot use ${this.#path}: it is not what wg-router wrote`, {
        help: ['move it away, then let a link be made: wg-router page link'],
      });
    }
  }
}

function signatureOf(path: string): string {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? 'absent' : `${stats.ino} ${stats.size} ${stats.mtimeNs}`;
}
