/**
 * nft's text to words: names, addresses, numbers, punctuation, ends of lines.
 */

import type { Line } from '../text/part.ts';

export interface NftToken {
  readonly text: string;
  readonly isQuoted: boolean;
  readonly line: Line;
  /** From 0. */
  readonly column: number;
}

export const NEWLINE = '\n';

/** Words of one text. */
const TOKENS_AT_MOST = 1_000_000;

/** The tokens of the lines, and the line at which there were too many. The end of each line is a token of its own. */
export function nftTokens(lines: Iterable<Line>): { readonly tokens: NftToken[]; readonly endedAt: Line | null } {
  const tokens: NftToken[] = [];
  for (const line of lines) {
    addLine(tokens, line);
    if (tokens.length > TOKENS_AT_MOST) return { tokens: tokens.slice(0, TOKENS_AT_MOST), endedAt: line };
    tokens.push({ text: NEWLINE, isQuoted: false, line, column: line.text.length });
  }
  return { tokens, endedAt: null };
}

const PIECE = /\s+|#.*|"([^"]*)"?|\\$|[{}(),;|&]|[!=<>]=|[<>=]|[^\s"{}(),;|&=<>!#]+|!|#/g;

function addLine(tokens: NftToken[], line: Line): void {
  PIECE.lastIndex = 0;
  for (const match of line.text.matchAll(PIECE)) {
    const [text, quoted] = match;
    const column = match.index;
    if (/^\s/.test(text) || text.startsWith('#') || text === '\\') continue;
    if (quoted !== undefined) tokens.push({ text: quoted, isQuoted: true, line, column });
    else for (const piece of splitColons(text)) tokens.push({ text: piece, isQuoted: false, line, column });
    if (tokens.length > TOKENS_AT_MOST) return;
  }
}

/** `10.8.0.2:80` is an address and a port, `[fd00::2]:80` too; `established:` is a key; `fd00::2` is one word. */
function splitColons(text: string): string[] {
  const bracketed = /^\[([^\]]+)\](?::(.*))?$/.exec(text);
  if (bracketed) return bracketed[2] === undefined ? [bracketed[1]!] : [bracketed[1]!, ':', bracketed[2]];
  const single = /^([^:]+):([^:]*)$/.exec(text);
  if (!single) return [text];
  return [single[1]!, ':', single[2]!].filter((each) => each !== '');
}
