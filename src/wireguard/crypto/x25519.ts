/**
 * X25519 (RFC 7748) for handshakes, over node:crypto.
 *
 * Importing a key into OpenSSL costs about as much as using it (Node 24.21, one 2-core EPYC VM, 2026-11: private 36 µs,
 * public 14 µs, a shared secret 24 µs), so a private key is imported once and kept as a `PrivateKey`, and the public
 * keys used last are remembered.
 *
 * A `PrivateKey` cannot be wiped: OpenSSL cleanses its memory when the object is collected. Drop the reference.
 */

import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto';

const KEY_BYTES = 32;

/** PKCS #8 (RFC 8410 section 7) around the 32 bytes of an X25519 private key. */
const PKCS8_PREFIX = Uint8Array.of(48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 110, 4, 34, 4, 32);

/** A private key, imported. */
export class PrivateKey {
  readonly publicKey: Uint8Array;
  readonly #key: KeyObject;

  private constructor(key: KeyObject) {
    this.#key = key;
    this.publicKey = rawPublicKey(key);
  }

  /** The key with these 32 bytes, clamped by the curve or not. The bytes stay the caller's, to wipe. */
  static from(bytes: Uint8Array): PrivateKey {
    if (bytes.length !== KEY_BYTES) throw new RangeError(`a key has ${KEY_BYTES} bytes, not ${bytes.length}`);
    const der = Buffer.alloc(PKCS8_PREFIX.length + KEY_BYTES);
    der.set(PKCS8_PREFIX);
    der.set(bytes, PKCS8_PREFIX.length);
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    der.fill(0);
    return new PrivateKey(key);
  }

  /** A fresh key from the system's randomness. Its private bytes never enter JavaScript memory. */
  static generate(): PrivateKey {
    return new PrivateKey(generateKeyPairSync('x25519').privateKey);
  }

  /**
   * The secret shared with the owner of `publicKey`, or null where there is none: a public key of low order (the
   * result would be all zeros, RFC 7748 section 6.1), or not 32 bytes. Never throws.
   */
  sharedSecret(publicKey: Uint8Array): Uint8Array | null {
    if (publicKey.length !== KEY_BYTES) return null;
    let secret: Buffer;
    try {
      secret = diffieHellman({ privateKey: this.#key, publicKey: importedPublicKey(publicKey) });
    } catch {
      return null;
    }
    return new Uint8Array(secret.buffer, secret.byteOffset, secret.length);
  }
}

/** The public key of 32 private bytes. */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  return PrivateKey.from(privateKey).publicKey;
}

/** `PrivateKey.sharedSecret`; with bytes, for a key that is used once. */
export function sharedSecret(privateKey: Uint8Array | PrivateKey, publicKey: Uint8Array): Uint8Array | null {
  const key = privateKey instanceof PrivateKey ? privateKey : PrivateKey.from(privateKey);
  return key.sharedSecret(publicKey);
}

function rawPublicKey(key: KeyObject): Uint8Array {
  // Of an X25519 private key the JWK holds both; asking a public KeyObject keeps the private half out of a string.
  const x = createPublicKey(key).export({ format: 'jwk' }).x!;
  return new Uint8Array(Buffer.from(x, 'base64url'));
}

/** Public keys used last, in two generations: when `young` is full it becomes `old`, and `old` is forgotten. */
let young = new Map<string, KeyObject>();
let old = new Map<string, KeyObject>();
/** About 1 kB each. */
const GENERATION_KEYS = 1024;

function importedPublicKey(bytes: Uint8Array): KeyObject {
  const x = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url');
  let key = young.get(x);
  if (key !== undefined) return key;
  key = old.get(x) ?? createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
  if (young.size >= GENERATION_KEYS) {
    old = young;
    young = new Map();
  }
  young.set(x, key);
  return key;
}
