/**
 * Codes of an authenticator: TOTP (RFC 6238) over HOTP (RFC 4226) with SHA-1, six digits, 30 seconds, which is what
 * every authenticator speaks.
 */

import { createHmac, randomBytes } from 'node:crypto';

const STEP_MS = 30_000;
const DIGITS = 6;
/** Clocks that differ by a step are accepted (RFC 6238 section 5.2). */
const STEPS_ASIDE = 1;
/** RFC 4648 section 6. */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** 160 bits, the length of the hash (RFC 4226 section 4), in base32. */
export function newCodeSecret(): string {
  return base32(randomBytes(20));
}

/** What an authenticator reads from a QR code. */
export function codeUri(secret: string, person: string, network: string): string {
  const label = encodeURIComponent(`${network}:${person}`);
  return `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(network)}&algorithm=SHA1&digits=${DIGITS}&period=30`;
}

/**
 * The step that `code` belongs to, or null when it is wrong. A code answers once: only steps after `lastStep` count.
 * `now` in ms since 1970.
 */
export function stepOfCode(code: string, secret: string, now: number, lastStep: number): number | null {
  const step = Math.floor(now / STEP_MS);
  const key = fromBase32(secret);
  for (let aside = -STEPS_ASIDE; aside <= STEPS_ASIDE; aside++) {
    if (step + aside > lastStep && hotp(key, step + aside) === code) return step + aside;
  }
  return null;
}

/** RFC 4226 section 5.3. */
export function hotp(key: Uint8Array, counter: number, digits = DIGITS): string {
  const moving = Buffer.alloc(8);
  moving.writeBigUInt64BE(BigInt(counter));
  const mac = createHmac('sha1', key).update(moving).digest();
  const offset = mac[19]! & 0xf;
  const binary = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(binary % 10 ** digits).padStart(digits, '0');
}

function base32(bytes: Uint8Array): string {
  let text = '';
  let [bits, held] = [0, 0];
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(held >> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? text + BASE32[(held << (5 - bits)) & 31] : text;
}

function fromBase32(text: string): Uint8Array {
  const bytes: number[] = [];
  let [bits, held] = [0, 0];
  for (const letter of text) {
    held = (held << 5) | BASE32.indexOf(letter);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 255);
      held &= (1 << bits) - 1;
    }
  }
  return Uint8Array.from(bytes);
}
