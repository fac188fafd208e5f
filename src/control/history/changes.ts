/**
 * What the network file was: every edition that was seen, and the changes from one to the next with who made them. It
 * is what undo goes back to. The file itself is the only truth of what the network is.
 */

import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** How somebody did something: on the page, with a token, with the command line or an editor. */
export type Way = 'page' | 'token' | 'file';

export interface NewChange {
  readonly who: string | null;
  readonly way: Way;
  /** A stable word: `machine-added`. */
  readonly action: string;
  /** What it was done to. */
  readonly object: string | null;
  /** Hashes of editions. */
  readonly before: string;
  readonly after: string;
}

export interface Change extends NewChange {
  readonly id: number;
  /** ms since 1970. */
  readonly at: number;
}

/** Editions kept at most, and their bytes. */
const MOST_EDITIONS = 500;
const MOST_BYTES = 64 * 1024 * 1024;
/** A file larger than this is not kept: its changes cannot be undone here. */
const LARGEST_TEXT = 16 * 1024 * 1024;

/** What tells two texts of the network file apart; the page's ETag. */
export function editionHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

export class Changes {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Keeps `text`; its hash. */
  keep(text: string, now: number): string {
    const hash = editionHash(text);
    if (text.length > LARGEST_TEXT) return hash;
    // One that is there again counts as new: it is not forgotten first.
    const { changes } = this.#database.prepare('UPDATE edition SET at = ? WHERE hash = ?').run(now, hash);
    if (changes === 0) {
      const deflated = deflateRawSync(Buffer.from(text, 'utf8'));
      this.#database.prepare('INSERT INTO edition (hash, at, text) VALUES (?, ?, ?)').run(hash, now, deflated);
      this.#forgetSurplus();
    }
    return hash;
  }

  /** The text with this hash, or null when it is not kept (any more). */
  text(hash: string): string | null {
    const row = this.#database.prepare('SELECT text FROM edition WHERE hash = ?').get(hash);
    if (row === undefined) return null;
    return inflateRawSync(row.text as Uint8Array, { maxOutputLength: 4 * LARGEST_TEXT }).toString('utf8');
  }

  /** Whether the text with this hash is kept. */
  has(hash: string): boolean {
    return this.#database.prepare('SELECT 1 FROM edition WHERE hash = ?').get(hash) !== undefined;
  }

  add(change: NewChange, now: number): number {
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO change (at, who, way, action, object, before, after) VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(now, change.who, change.way, change.action, change.object, change.before, change.after);
    return Number(lastInsertRowid);
  }

  /** Takes the last change back when it was recorded as an edit of the file between these: somebody says it was theirs. */
  retract(before: string, after: string): void {
    this.#database
      .prepare(
        "DELETE FROM change WHERE id = (SELECT max(id) FROM change) AND way = 'file' AND before = ? AND after = ?",
      )
      .run(before, after);
  }

  /** The newest first: `most` of those before the id `before`. */
  list(before: number, most: number): Change[] {
    return this.#database
      .prepare('SELECT * FROM change WHERE id < ? ORDER BY id DESC LIMIT ?')
      .all(before, most) as unknown as Change[];
  }

  of(id: number): Change | null {
    return (this.#database.prepare('SELECT * FROM change WHERE id = ?').get(id) as unknown as Change) ?? null;
  }

  /** The edition that was seen last, or null. */
  latest(): string | null {
    const row = this.#database.prepare('SELECT after FROM change ORDER BY id DESC LIMIT 1').get();
    return (row?.after as string | undefined) ?? null;
  }

  /** Removes changes before `before`, and the oldest beyond `most`. */
  forget(before: number, most: number): void {
    this.#database.prepare('DELETE FROM change WHERE at < ?').run(before);
    this.#database
      .prepare('DELETE FROM change WHERE id <= (SELECT id FROM change ORDER BY id DESC LIMIT 1 OFFSET ?)')
      .run(most);
  }

  #forgetSurplus(): void {
    this.#database
      .prepare(
        `DELETE FROM edition WHERE hash IN (
           SELECT hash FROM (
             SELECT hash, row_number() OVER newest AS place, sum(length(text)) OVER newest AS bytes
             FROM edition WINDOW newest AS (ORDER BY at DESC, hash)
           ) WHERE place > ? OR bytes > ? AND place > 1)`,
      )
      .run(MOST_EDITIONS, MOST_BYTES);
  }
}
