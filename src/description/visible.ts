/**
 * Text from a file made safe and visible for a message: what would move the cursor, change colours or reverse the
 * reading direction is replaced by one visible character, column for column.
 */

/** C0, DEL and C1 controls, line and paragraph separators, bidirectional and zero-width controls, lone surrogates. */
const INVISIBLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const QUOTED_CHARACTERS = 60;

/** `text` with every invisible character replaced by one visible one: controls by their picture (␛), others by �. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, picture);
}

/** `text` in double quotes, visible, without keys, cut after 60 characters. */
export function quoted(text: string): string {
  const safe = withoutKeys(text.slice(0, QUOTED_CHARACTERS + 1));
  return `"${visible(safe.length > QUOTED_CHARACTERS ? `${safe.slice(0, QUOTED_CHARACTERS)}…` : safe)}"`;
}

/** 32 bytes or nearly: in base64 as WireGuard writes keys, or in hexadecimal as its configuration socket does. */
const LIKE_A_KEY = /(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{40,43}={0,2}|[0-9a-fA-F]{60,64})(?![A-Za-z0-9+/])/g;

/** `text` with everything that looks like a key replaced by dots, as many as it had characters. */
export function withoutKeys(text: string): string {
  return text.replace(LIKE_A_KEY, (key) => '•'.repeat(key.length));
}

function picture(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '␡' : '�';
}
