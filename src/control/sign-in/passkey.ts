/**
 * Passkeys: Web Authentication Level 3 (https://www.w3.org/TR/webauthn-3/), sections 7.1 and 7.2, as far as it is needed
 * for keys that nobody vouches for (attestation "none"): what the authenticator is matters to nobody here.
 *
 * User verification is asked for, so a passkey is both: something one has, and a finger or a PIN.
 */

import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { newSecret } from './secret.ts';

export interface Passkey {
  /** As the browser names it, base64url. */
  readonly id: string;
  readonly note: string;
  /** DER of SubjectPublicKeyInfo, base64url. */
  readonly publicKey: string;
  /** How often it signed, as far as it tells. */
  readonly counter: number;
  readonly createdAt: number;
}

/** What a browser sends when a passkey was made or used, base64url. */
export interface PasskeyWords {
  readonly id: string;
  readonly authenticatorData: string;
  readonly clientDataJSON: string;
}

/** Section 6.1, flags. */
const [USER_PRESENT, USER_VERIFIED, HAS_CREDENTIAL] = [0x01, 0x04, 0x40];
const RP_ID_HASH_BYTES = 32;
const HEAD_BYTES = 37;
const AAGUID_BYTES = 16;
const LONGEST_ID = 1_023;

/** The name by which passkeys of an origin go: its host. They do not work on an address. */
export function relyingParty(origin: string): string | null {
  const { hostname } = new URL(origin);
  return /^[0-9.]+$|^\[/.test(hostname) ? null : hostname;
}

/** The id and counter of a passkey that was just made, when all is as it must be; else null (section 7.1). */
export function madePasskey(
  words: PasskeyWords & { readonly publicKey: string },
  challenge: string,
  origin: string,
): Pick<Passkey, 'id' | 'publicKey' | 'counter'> | null {
  const flags = USER_PRESENT | USER_VERIFIED | HAS_CREDENTIAL;
  const signed = checked(words, 'webauthn.create', challenge, origin, flags);
  if (signed === null || keyOf(words.publicKey) === null) return null;
  const at = HEAD_BYTES + AAGUID_BYTES;
  if (signed.bytes.length < at + 2) return null;
  const length = signed.bytes.readUInt16BE(at);
  const id = signed.bytes.subarray(at + 2, at + 2 + length);
  if (length === 0 || length > LONGEST_ID || id.length !== length || id.toString('base64url') !== words.id) return null;
  return { id: words.id, publicKey: words.publicKey, counter: signed.counter };
}

/** The counter after a passkey was used rightly; else null (section 7.2). */
export function usedPasskey(
  passkey: Pick<Passkey, 'publicKey' | 'counter'>,
  words: PasskeyWords & { readonly signature: string },
  challenge: string,
  origin: string,
): number | null {
  const signed = checked(words, 'webauthn.get', challenge, origin, USER_PRESENT | USER_VERIFIED);
  const key = keyOf(passkey.publicKey);
  if (signed === null || key === null) return null;
  const message = Buffer.concat([signed.bytes, sha256(bytesOf(words.clientDataJSON))]);
  const algorithm = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  if (!verify(algorithm, message, key, bytesOf(words.signature))) return null;
  // One that counts must go on counting: a copy would fall behind. Most do not count at all.
  const isCounting = signed.counter > 0 || passkey.counter > 0;
  return isCounting && signed.counter <= passkey.counter ? null : signed.counter;
}

function checked(
  { authenticatorData, clientDataJSON }: PasskeyWords,
  type: string,
  challenge: string,
  origin: string,
  flags: number,
): { readonly bytes: Buffer; readonly counter: number } | null {
  const host = relyingParty(origin);
  const said = jsonOf(bytesOf(clientDataJSON));
  if (host === null || said === null) return null;
  if (said.type !== type || said.challenge !== challenge || said.origin !== origin) return null;
  if (said.crossOrigin === true) return null;
  const bytes = bytesOf(authenticatorData);
  if (bytes.length < HEAD_BYTES || !bytes.subarray(0, RP_ID_HASH_BYTES).equals(sha256(Buffer.from(host)))) return null;
  if ((bytes[RP_ID_HASH_BYTES]! & flags) !== flags) return null;
  return { bytes, counter: bytes.readUInt32BE(RP_ID_HASH_BYTES + 1) };
}

/** ES256, RS256 and Ed25519: what we ask browsers for. */
function keyOf(der: string): KeyObject | null {
  try {
    const key = createPublicKey({ key: bytesOf(der), format: 'der', type: 'spki' });
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
    if (type === 'ec') return details?.namedCurve === 'prime256v1' ? key : null;
    if (type === 'rsa') return (details?.modulusLength ?? 0) >= 2048 ? key : null;
    return type === 'ed25519' ? key : null;
  } catch {
    return null;
  }
}

function jsonOf(bytes: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

const CHALLENGE_MS = 5 * 60_000;
const MOST_CHALLENGES = 1_000;

/** Challenges that were given out: each answers once, to whom it was given. */
export class Challenges {
  readonly #now: () => number;
  readonly #given = new Map<string, { readonly purpose: string; readonly until: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A challenge for `purpose`. The oldest ones make room. */
  give(purpose: string): string {
    const challenge = newSecret();
    this.#given.set(challenge, { purpose, until: this.#now() + CHALLENGE_MS });
    if (this.#given.size > MOST_CHALLENGES) this.#given.delete(this.#given.keys().next().value!);
    return challenge;
  }

  /** The challenge that a browser's words answer, used up; null when it was not given for this, or is too old. */
  take(clientDataJSON: string, purpose: string): string | null {
    const challenge = jsonOf(bytesOf(clientDataJSON))?.challenge;
    if (typeof challenge !== 'string') return null;
    const given = this.#given.get(challenge);
    this.#given.delete(challenge);
    return given !== undefined && given.purpose === purpose && given.until > this.#now() ? challenge : null;
  }
}
