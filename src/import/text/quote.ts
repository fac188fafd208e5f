/**
 * Pieces of other people's files made safe for a message: no keys, nothing that moves a cursor, not long.
 */

/** C0, DEL and C1 controls, separators, bidirectional and zero-width controls, lone surrogates. */
const INVISIBLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** 32 bytes or nearly: in base64 as WireGuard writes keys, or in hexadecimal as its configuration socket does. */
const LIKE_A_KEY = /(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{40,43}={0,2}|[0-9a-fA-F]{60,64})(?![A-Za-z0-9+/])/g;

const QUOTED_CHARACTERS = 80;

/** `text` in double quotes: keys as dots, invisible characters as �, cut after 80 characters. */
export function quote(text: string): string {
  return `"${shown(text)}"`;
}

/** The same without the quotes. */
export function shown(text: string): string {
  // A key that the cut would halve must not become unrecognisable first.
  const safe = text
    .slice(0, 2 * QUOTED_CHARACTERS)
    .replace(LIKE_A_KEY, '•••')
    .replace(INVISIBLE, '�');
  return safe.length > QUOTED_CHARACTERS ? `${safe.slice(0, QUOTED_CHARACTERS)}…` : safe;
}
