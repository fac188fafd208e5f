/**
 * The text of a file, and places in it: from offsets to line and column.
 *
 * Lines end at LF or CRLF. A byte order mark belongs to the text but not to its first line: columns count what an
 * editor shows.
 */

import type { Place } from './diagnostic.ts';

export const BYTE_ORDER_MARK = '\ufeff';

export interface SourceText {
  /** The file's name as messages print it. */
  readonly file: string;
  readonly text: string;
  /** Offset of the first character of each line. */
  readonly lineStarts: readonly number[];
}

export function sourceText(file: string, text: string): SourceText {
  const lineStarts = [text.startsWith(BYTE_ORDER_MARK) ? 1 : 0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  return { file, text, lineStarts };
}

/** The place of the characters from `start` up to `end`, cut at the end of the first line, one column wide at least. */
export function placeBetween(source: SourceText, start: number, end: number): Place {
  const line = lineIndex(source, start);
  const lineStart = source.lineStarts[line]!;
  const column = Math.max(start - lineStart, 0) + 1;
  const endColumn = Math.min(end, lineEnd(source, line)) - lineStart + 1;
  return { file: source.file, line: line + 1, column, endColumn: Math.max(endColumn, column + 1) };
}

/** Index (from 0) of the line that holds the character at `offset`. */
export function lineIndex(source: SourceText, offset: number): number {
  let low = 0;
  let high = source.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (source.lineStarts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Offset of the line break that ends this line (from 0), or of the end of the text. */
export function lineEnd(source: SourceText, line: number): number {
  const next = source.lineStarts[line + 1];
  if (next === undefined) return source.text.length;
  return source.text[next - 2] === '\r' ? next - 2 : next - 1;
}
