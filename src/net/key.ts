/**
 * WireGuard keys as text: 32 bytes in base64, 44 characters of which the last is `=` (wg(8)).
 *
 * A decoder of its own because the common ones accept what `wg` refuses: missing padding, the URL alphabet, white
 * space, and last characters that carry stray bits (two spellings of one key would pass for two keys).
 */

/** Bytes in every key: private, public, preshared. */
export const KEY_BYTES = 32;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The 32 bytes that `text` spells, or null when it is not a key in its one canonical spelling. */
export function parseKey(text: string): Uint8Array | null {
  if (text.length !== 44 || text[43] !== '=') return null;
  const bytes = new Uint8Array(KEY_BYTES);
  let at = 0;
  let bits = 0;
  let width = 0;
  for (let i = 0; i < 43; i++) {
    const value = ALPHABET.indexOf(text[i]!);
    if (value < 0) return null;
    bits = (bits << 6) | value;
    width += 6;
    if (width >= 8) {
      width -= 8;
      bytes[at++] = (bits >> width) & 255;
      bits &= (1 << width) - 1;
    }
  }
  return bits === 0 ? bytes : null;
}

export function formatKey(key: Uint8Array): string {
  if (key.length !== KEY_BYTES) throw new RangeError(`a key has ${KEY_BYTES} bytes, not ${key.length}`);
  let text = '';
  for (let i = 0; i < KEY_BYTES; i += 3) {
    const group = (key[i]! << 16) | ((key[i + 1] ?? 0) << 8) | (key[i + 2] ?? 0);
    text += ALPHABET[group >> 18]! + ALPHABET[(group >> 12) & 63]! + ALPHABET[(group >> 6) & 63]!;
    text += i + 2 < KEY_BYTES ? ALPHABET[group & 63]! : '=';
  }
  return text;
}

/** Whether two keys are equal, in time that does not depend on where they differ. */
export function sameKey(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}
