/**
 * A part of a file, as importers read it: all of it, or one section of a survey. Knows where its lines stand.
 */

import type { Fact, Origin } from '../../plan/plan.ts';
import type { Place } from '../imported.ts';

export interface TextPart {
  readonly file: string;
  readonly text: string;
  /** The number of its first line within the file, from 1. */
  readonly firstLine: number;
}

export interface Line {
  readonly text: string;
  readonly file: string;
  /** Within the file, from 1. */
  readonly number: number;
}

/** Lines of one file that are read at most: an `iptables-save` of a machine with 1,000 containers has 20,000. */
export const LINES_AT_MOST = 400_000;

/** Characters of one line that are read at most; what is longer is no line of any format. */
export const LINE_CHARACTERS_AT_MOST = 65_536;

/** The lines of a part, without their ends; a byte order mark is none of the first. At most `LINES_AT_MOST`. */
export function* linesOf(part: TextPart): Generator<Line> {
  const { text, file } = part;
  let start = text.startsWith('\ufeff') ? 1 : 0;
  for (let count = 0; start <= text.length && count < LINES_AT_MOST; count++) {
    const newline = text.indexOf('\n', start);
    const next = newline < 0 ? text.length + 1 : newline + 1;
    const end = newline < 0 ? text.length : newline;
    const stop = text.charCodeAt(end - 1) === 13 && end > start ? end - 1 : end;
    yield { text: text.slice(start, stop), file, number: part.firstLine + count };
    start = next;
  }
}

/** The place of a line without the white space around it, or of `length` characters at `start` of it. */
export function placeOf(line: Line, start?: number, length?: number): Place {
  const from = start ?? line.text.length - line.text.trimStart().length;
  const end = length === undefined ? line.text.trimEnd().length : from + length;
  return { file: line.file, line: line.number, column: from + 1, endColumn: Math.max(end + 1, from + 2) };
}

/** The first line of a part, for what is said of all of it. */
export function placeOfPart(part: TextPart): Place {
  return { file: part.file, line: part.firstLine, column: 1, endColumn: 2 };
}

export function at(place: Place): Origin {
  return { kind: 'file', place };
}

export function factAt<T>(value: T, place: Place): Fact<T> {
  return { value, origin: at(place) };
}
