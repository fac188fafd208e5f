/**
 * JSON (RFC 8259) with the places of its values, bounded in depth and in number of values.
 *
 * `JSON.parse` knows no places and no bounds.
 */

import type { Place } from '../imported.ts';
import type { Complaints } from './complaints.ts';
import type { TextPart } from './part.ts';

export type Json =
  | { readonly kind: 'text'; readonly value: string; readonly offset: number }
  | { readonly kind: 'number'; readonly value: number; readonly offset: number }
  | { readonly kind: 'literal'; readonly value: boolean | null; readonly offset: number }
  | { readonly kind: 'list'; readonly items: readonly Json[]; readonly offset: number }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Json>; readonly offset: number };

export interface JsonText {
  readonly root: Json;
  placeOf(value: Json): Place;
}

const DEPTH_AT_MOST = 32;
const VALUES_AT_MOST = 1_000_000;

/** The value of the whole part; null, with a mistake, when it is not JSON or too much of it. */
export function readJson(part: TextPart, complaints: Complaints): JsonText | null {
  const placeAt = placesIn(part);
  const reader = new Reader(part.text);
  try {
    const root = reader.whole();
    return { root, placeOf: ({ offset }) => placeAt(offset) };
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    const code = error.isDepth ? 'nesting-too-deep' : 'json-syntax';
    complaints.mistake(code, placeAt(reader.offset()), `Cannot read this as JSON: ${error.message}`);
    return null;
  }
}

class NotJson extends Error {
  readonly isDepth: boolean;

  constructor(message: string, isDepth = false) {
    super(message);
    this.isDepth = isDepth;
  }
}

const TEXT = /"((?:[^"\\\u0000-\u001f]|\\.)*)"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const LITERAL = /true|false|null/y;
const SPACE = /[ \t\r\n]*/y;

class Reader {
  private at = 0;
  private values = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
    if (text.startsWith('\ufeff')) this.at = 1;
  }

  offset(): number {
    return Math.min(this.at, this.text.length);
  }

  whole(): Json {
    const value = this.value(0);
    this.space();
    if (this.at < this.text.length) throw new NotJson('something follows it');
    return value;
  }

  private value(depth: number): Json {
    if (depth > DEPTH_AT_MOST) throw new NotJson(`values lie in each other more than ${DEPTH_AT_MOST} deep`, true);
    if (++this.values > VALUES_AT_MOST) throw new NotJson(`it has more than ${VALUES_AT_MOST} values`);
    this.space();
    const offset = this.at;
    switch (this.text[offset]) {
      case '{': {
        this.at++;
        const entries = new Map<string, Json>();
        this.separated('}', () => {
          const key = this.string();
          this.space();
          this.expect(':');
          entries.set(key, this.value(depth + 1));
        });
        return { kind: 'map', entries, offset };
      }
      case '[': {
        this.at++;
        const items: Json[] = [];
        this.separated(']', () => items.push(this.value(depth + 1)));
        return { kind: 'list', items, offset };
      }
      case '"':
        return { kind: 'text', value: this.string(), offset };
    }
    const number = this.match(NUMBER);
    if (number !== null) return { kind: 'number', value: Number(number[0]), offset };
    const literal = this.match(LITERAL);
    if (literal === null) throw new NotJson('no value stands here');
    return { kind: 'literal', value: literal[0] === 'null' ? null : literal[0] === 'true', offset };
  }

  private separated(end: string, item: () => void): void {
    this.space();
    if (this.text[this.at] === end) {
      this.at++;
      return;
    }
    for (;;) {
      this.space();
      item();
      this.space();
      if (this.text[this.at] === end) {
        this.at++;
        return;
      }
      this.expect(',');
    }
  }

  private string(): string {
    const start = this.at;
    const match = this.match(TEXT);
    if (match === null) throw new NotJson('a text is not right');
    if (!match[1]!.includes('\\')) return match[1]!;
    try {
      return JSON.parse(match[0]) as string;
    } catch {
      this.at = start;
      throw new NotJson('a text is not right');
    }
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match) this.at = pattern.lastIndex;
    return match;
  }

  private space(): void {
    this.match(SPACE);
  }

  private expect(character: string): void {
    if (this.text[this.at] !== character) throw new NotJson(`"${character}" is missing`);
    this.at++;
  }
}

function placesIn({ file, text, firstLine }: TextPart): (offset: number) => Place {
  const starts = [0];
  for (let newline = text.indexOf('\n'); newline >= 0; newline = text.indexOf('\n', newline + 1))
    starts.push(newline + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    const column = offset - starts[low]! + 1;
    return { file, line: firstLine + low, column, endColumn: column + 1 };
  };
}

export function textIn(value: Json | undefined, key: string): string | null {
  const found = value?.kind === 'map' ? value.entries.get(key) : undefined;
  return found?.kind === 'text' ? found.value : found?.kind === 'number' ? String(found.value) : null;
}

export function numberIn(value: Json | undefined, key: string): number | null {
  const found = value?.kind === 'map' ? value.entries.get(key) : undefined;
  return found?.kind === 'number' ? found.value : null;
}

export function listIn(value: Json | undefined, key: string): readonly Json[] {
  const found = value?.kind === 'map' ? value.entries.get(key) : undefined;
  return found?.kind === 'list' ? found.items : [];
}

export function mapIn(value: Json | undefined, key: string): Json | undefined {
  return value?.kind === 'map' ? value.entries.get(key) : undefined;
}

export function itemsOf(value: Json): readonly Json[] {
  return value.kind === 'list' ? value.items : [];
}
