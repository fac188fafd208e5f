/**
 * The handshake Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s (noiseprotocol.org revision 34; whitepaper section 5.4).
 *
 *   <- s                        the responder's static key is known
 *   -> e, es, s, ss, {t}        initiation: ephemeral, static sealed, timestamp sealed
 *   <- e, ee, se, psk, {}       response: ephemeral, nothing sealed
 *
 * Pure: keys and bytes in, bytes out. Message bytes here are the Noise part alone, without WireGuard's header, indices
 * and MACs. Everything that is read from the network works on a copy of the state, so that a message that is refused
 * half-way leaves nothing behind; null means refused.
 */

import { KEY_BYTES } from '../../net/key.ts';
import { openOnce, sealOnce } from '../crypto/aead-once.ts';
import { hash } from '../crypto/blake2s.ts';
import { kdf1, kdf2, kdf3 } from '../crypto/hkdf.ts';
import type { PrivateKey } from '../crypto/x25519.ts';

const NOTHING = new Uint8Array(0);
const TAG_BYTES = 16;
const PROTOCOL = ascii('Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s');
/** WireGuard's prologue. */
export const IDENTIFIER = ascii('WireGuard v1 zx2c4 Jason@zx2c4.com');

/** An X25519 pair of ours. */
export interface KeyPair {
  readonly privateKey: PrivateKey;
  readonly publicKey: Uint8Array;
}

/** Chaining key and hash: Noise's symmetric state. The cipher key lives only from one token to the next. */
export class SymmetricState {
  #chainingKey: Uint8Array;
  #hash: Uint8Array;

  private constructor(chainingKey: Uint8Array, transcript: Uint8Array) {
    this.#chainingKey = chainingKey;
    this.#hash = transcript;
  }

  /** The state before the first message to `responder`. */
  static towards(responder: Uint8Array, prologue: Uint8Array = IDENTIFIER): SymmetricState {
    // The name is longer than a hash, so Noise section 5.2 has it hashed.
    const chainingKey = hash(PROTOCOL);
    return new SymmetricState(chainingKey, hash(hash(chainingKey, prologue), responder));
  }

  copy(): SymmetricState {
    return new SymmetricState(Uint8Array.from(this.#chainingKey), Uint8Array.from(this.#hash));
  }

  get transcript(): Uint8Array {
    return this.#hash;
  }

  /** The token `e`: hash the key, and mix it into the chaining key as every handshake with a preshared key does. */
  mixEphemeral(publicKey: Uint8Array): void {
    this.#mixHash(publicKey);
    this.#chain(kdf1(this.#chainingKey, publicKey));
  }

  /** A shared secret whose key nothing is sealed with. The secret is wiped. */
  mixSecret(secret: Uint8Array): void {
    this.#chain(kdf1(this.#chainingKey, secret));
    secret.fill(0);
  }

  /** A shared secret; returns the key for what follows. The secret stays the caller's. */
  mixKey(secret: Uint8Array): Uint8Array {
    const [chainingKey, key] = kdf2(this.#chainingKey, secret);
    this.#chain(chainingKey);
    return key;
  }

  /** The token `psk`; returns the key for what follows. */
  mixPresharedKey(presharedKey: Uint8Array): Uint8Array {
    const [chainingKey, tau, key] = kdf3(this.#chainingKey, presharedKey);
    this.#chain(chainingKey);
    this.#mixHash(tau);
    tau.fill(0);
    return key;
  }

  /** Seals under `key`, which is wiped. */
  seal(key: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const sealed = sealOnce(key, 0, plaintext, this.#hash);
    key.fill(0);
    this.#mixHash(sealed);
    return sealed;
  }

  /** Opens under `key`, which is wiped; null when the tag is wrong. */
  open(key: Uint8Array, sealed: Uint8Array): Uint8Array | null {
    const plaintext = openOnce(key, 0, sealed, this.#hash);
    key.fill(0);
    if (plaintext !== null) this.#mixHash(sealed);
    return plaintext;
  }

  /** The two transport keys: what the initiator sends with, and what it receives with. The state is wiped. */
  split(): [Uint8Array, Uint8Array] {
    const keys = kdf2(this.#chainingKey, NOTHING);
    this.wipe();
    return keys;
  }

  wipe(): void {
    this.#chainingKey.fill(0);
    this.#hash.fill(0);
  }

  #chain(chainingKey: Uint8Array): void {
    this.#chainingKey.fill(0);
    this.#chainingKey = chainingKey;
  }

  #mixHash(bytes: Uint8Array): void {
    this.#hash = hash(this.#hash, bytes);
  }
}

/** Our initiation, until its response comes. */
export interface PendingInitiation {
  readonly state: SymmetricState;
  /** Dropped with this object; see `PrivateKey`. */
  readonly ephemeral: PrivateKey;
  readonly localIndex: number;
}

/**
 * The Noise part of an initiation and the state after it, or null when `responder` is of low order. `staticStatic` is
 * the secret of the two static keys, `start` the state before (`SymmetricState.towards(responder)`), used up.
 */
export function createInitiation(
  start: SymmetricState,
  ephemeral: KeyPair,
  initiator: Uint8Array,
  responder: Uint8Array,
  staticStatic: Uint8Array,
  payload: Uint8Array,
): { readonly message: Uint8Array; readonly state: SymmetricState } | null {
  const secret = ephemeral.privateKey.sharedSecret(responder);
  if (secret === null) return null;
  start.mixEphemeral(ephemeral.publicKey);
  const staticKey = start.mixKey(secret);
  secret.fill(0);
  const sealedStatic = start.seal(staticKey, initiator);
  const sealedPayload = start.seal(start.mixKey(staticStatic), payload);
  return { message: joined(ephemeral.publicKey, sealedStatic, sealedPayload), state: start };
}

/** An initiation whose sender is known, and not yet whether it is the sender's. */
export interface OpenedInitiation {
  readonly state: SymmetricState;
  readonly ephemeral: Uint8Array;
  readonly initiator: Uint8Array;
  readonly sealedPayload: Uint8Array;
}

/** The first half of reading an initiation: who sends it. `start` is `towards` our own key, and not changed. */
export function openInitiation(
  start: SymmetricState,
  responder: PrivateKey,
  message: Uint8Array,
): OpenedInitiation | null {
  const ephemeral = message.slice(0, KEY_BYTES);
  const secret = responder.sharedSecret(ephemeral);
  if (secret === null) return null;
  const state = start.copy();
  state.mixEphemeral(ephemeral);
  const key = state.mixKey(secret);
  secret.fill(0);
  const end = KEY_BYTES + KEY_BYTES + TAG_BYTES;
  const initiator = state.open(key, message.subarray(KEY_BYTES, end));
  if (initiator === null) {
    state.wipe();
    return null;
  }
  return { state, ephemeral, initiator, sealedPayload: message.slice(end) };
}

/** The second half: the payload, which proves that the sender has the static key. On null the state is wiped. */
export function openInitiationPayload(opened: OpenedInitiation, staticStatic: Uint8Array): Uint8Array | null {
  const payload = opened.state.open(opened.state.mixKey(staticStatic), opened.sealedPayload);
  if (payload === null) opened.state.wipe();
  return payload;
}

/** The Noise part of a response to `opened`, whose state is after it the state to `split`. Null: a low-order point. */
export function createResponse(
  opened: OpenedInitiation,
  ephemeral: KeyPair,
  presharedKey: Uint8Array,
  payload: Uint8Array = NOTHING,
): Uint8Array | null {
  const { state } = opened;
  const ee = ephemeral.privateKey.sharedSecret(opened.ephemeral);
  const se = ephemeral.privateKey.sharedSecret(opened.initiator);
  if (ee === null || se === null) {
    state.wipe();
    return null;
  }
  state.mixEphemeral(ephemeral.publicKey);
  state.mixSecret(ee);
  state.mixSecret(se);
  return joined(ephemeral.publicKey, state.seal(state.mixPresharedKey(presharedKey), payload));
}

/**
 * Reads a response to our initiation: the state to `split` and the payload. The pending state is not changed, so that
 * the right response is still welcome after a wrong one.
 */
export function openResponse(
  pending: { readonly state: SymmetricState; readonly ephemeral: PrivateKey },
  initiator: PrivateKey,
  presharedKey: Uint8Array,
  message: Uint8Array,
): { readonly state: SymmetricState; readonly payload: Uint8Array } | null {
  const ephemeral = message.subarray(0, KEY_BYTES);
  const ee = pending.ephemeral.sharedSecret(ephemeral);
  const se = initiator.sharedSecret(ephemeral);
  if (ee === null || se === null) return null;
  const state = pending.state.copy();
  state.mixEphemeral(ephemeral);
  state.mixSecret(ee);
  state.mixSecret(se);
  const payload = state.open(state.mixPresharedKey(presharedKey), message.subarray(KEY_BYTES));
  if (payload === null) {
    state.wipe();
    return null;
  }
  return { state, payload };
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
