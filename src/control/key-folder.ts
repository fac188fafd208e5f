/**
 * The key folder beside a network file: `NAME.key` and `NAME.psk`, as `wg genkey` and `wg genpsk` write them, each mode
 * 0600 in a folder 0700.
 *
 * A key that is there is never replaced: a device may hold its other half.
 */

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { formatKey, KEY_BYTES, parseKey } from '../net/key.ts';
import { systemEntropy } from '../wireguard/crypto/system-entropy.ts';
import { publicKeyOf } from '../wireguard/crypto/x25519.ts';
import { MachineError } from './machine-error.ts';
import { createFile } from './replace-file.ts';
import { ensureOwnFolder } from './state-folder.ts';
import { isCode, systemError } from './system-error.ts';
import { readTrustedFile } from './trusted-file.ts';

type Kind = 'key' | 'psk';

const FILE_BYTES = 1024;

export class KeyFolder {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** The private key of `name`, 32 bytes, or null when it is not here. Throws a `MachineError` for a damaged file. */
  privateKey(name: string): Uint8Array | null {
    return this.#read(name, 'key');
  }

  /** The preshared key between `name` and the router, or null. */
  presharedKey(name: string): Uint8Array | null {
    return this.#read(name, 'psk');
  }

  /** Makes a private key unless there is one; the public key that belongs to it, either way. */
  makePrivateKey(name: string): Uint8Array {
    // The name of a key file is where the key is: one that was made and then not used is used now.
    const present = this.privateKey(name);
    if (present !== null) return publicKeyOf(present);
    const key = systemEntropy.bytes(KEY_BYTES);
    // Clamped as `wg genkey` does (RFC 7748 section 5), so that every tool shows the same text for it.
    key[0]! &= 248;
    key[31]! = (key[31]! & 127) | 64;
    return publicKeyOf(this.#create(name, 'key', key) ? key : this.privateKey(name)!);
  }

  /** Makes a preshared key unless there is one; it, either way. */
  makePresharedKey(name: string): Uint8Array {
    const present = this.presharedKey(name);
    if (present !== null) return present;
    const key = systemEntropy.bytes(KEY_BYTES);
    return this.#create(name, 'psk', key) ? key : this.presharedKey(name)!;
  }

  /** Copies the keys of `from` to `to`, which has none. */
  copy(from: string, to: string): void {
    for (const kind of ['key', 'psk'] as const) {
      const key = this.#read(from, kind);
      if (key === null) continue;
      if (!this.#create(to, kind, key)) {
        throw new MachineError('key-file-exists', `Cannot copy the keys of "${from}": "${to}" has keys already`, {
          help: [`move ${this.#file(to, kind)} away, if no device uses it`],
        });
      }
    }
  }

  /** Puts keys back under `name`, which has none. */
  restore(
    name: string,
    keys: { readonly privateKey: Uint8Array | null; readonly presharedKey: Uint8Array | null },
  ): void {
    for (const [kind, key] of [['key', keys.privateKey] as const, ['psk', keys.presharedKey] as const]) {
      if (key === null || this.#create(name, kind, key)) continue;
      throw new MachineError('key-file-exists', `Cannot put keys of "${name}" back: there are others under that name`, {
        help: [`move ${this.#file(name, kind)} away, if no device uses it`],
      });
    }
  }

  /** Removes the keys of `name`; whether there were any. */
  remove(name: string): boolean {
    let had = false;
    for (const kind of ['key', 'psk'] as const) {
      try {
        rmSync(this.#file(name, kind));
        had = true;
      } catch (cause) {
        if (!isCode(cause, 'ENOENT')) throw systemError(`remove ${this.#file(name, kind)}`, cause);
      }
    }
    return had;
  }

  /** Names that have a private key here. */
  names(): string[] {
    return this.files()
      .filter((file) => file.endsWith('.key'))
      .map((file) => file.slice(0, -'.key'.length));
  }

  /** The names of all key files. */
  files(): string[] {
    try {
      return readdirSync(this.#path).filter((file) => /\.(key|psk)$/.test(file));
    } catch (cause) {
      if (isCode(cause, 'ENOENT')) return [];
      throw systemError(`read ${this.#path}`, cause);
    }
  }

  #file(name: string, kind: Kind): string {
    return join(this.#path, `${name}.${kind}`);
  }

  #read(name: string, kind: Kind): Uint8Array | null {
    const path = this.#file(name, kind);
    const file = readTrustedFile(path, { shown: path, secret: true, maxBytes: FILE_BYTES });
    if (file === null) return null;
    const key = parseKey(file.bytes.toString('latin1').trim());
    file.bytes.fill(0);
    if (key !== null) return key;
    throw new MachineError('key-file-damaged', `Cannot use ${path}: it holds no key`, {
      help: ['a key is 44 characters of base64 in one line, as `wg genkey` prints it'],
    });
  }

  #create(name: string, kind: Kind, key: Uint8Array): boolean {
    ensureOwnFolder(this.#path);
    return createFile(this.#file(name, kind), `${formatKey(key)}\n`, 0o600);
  }
}
