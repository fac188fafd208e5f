/**
 * Diagnostics: mistakes in text, as values. All are collected, none is thrown; `cli` prints them.
 *
 * Codes are stable kebab-case nouns; each has a case in `test/mistakes` and a line in `docs/reference/mistakes.md`.
 */

/** A stretch of one line of a file. Lines and columns count from 1, columns in UTF-16 code units. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** First column after the stretch; `column + 1` at least. */
  readonly endColumn: number;
}

/** A value and where the file says it. */
export interface Sourced<T> {
  readonly value: T;
  readonly place: Place;
}

export type Severity = 'error' | 'warning';

/** A station of a packet and what happens to it there. */
export interface TraceLine {
  readonly at: string;
  readonly what: string;
}

export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly place: Place;
  /** "Cannot <verb> <object>: <reason>", without place and code, without a full stop. */
  readonly message: string;
  /** The other guilty places. */
  readonly notes: readonly { readonly place: Place; readonly message: string }[];
  /** What to do; one entry a line. */
  readonly help: readonly string[];
  /** What leads there, step by step; the last is the guilty one. */
  readonly trace?: readonly TraceLine[];
}
