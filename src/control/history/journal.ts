/**
 * Who did what: the audit log, and the sign-ins. Nothing in it is a secret: no key, no token, no password.
 */

import type { DatabaseSync } from 'node:sqlite';
import type { Way } from './changes.ts';

export interface NewAuditEntry {
  readonly who: string | null;
  readonly way: Way;
  /** A stable word: `configuration-handed-out`. */
  readonly action: string;
  readonly object: string | null;
  /** `done`, or the code of the refusal. */
  readonly outcome: string;
  /** From where, where that is known. */
  readonly address: string | null;
}

export interface AuditEntry extends NewAuditEntry {
  readonly id: number;
  /** ms since 1970. */
  readonly at: number;
}

export interface NewSignIn {
  readonly who: string | null;
  readonly way: 'link' | 'password' | 'passkey';
  readonly outcome: string;
  readonly address: string | null;
  readonly agent: string | null;
}

export interface SignIn extends NewSignIn {
  readonly id: number;
  readonly at: number;
}

/** Characters of what others send us. */
const LONGEST = 200;

export class Journal {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  audit(entry: NewAuditEntry, now: number): number {
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO audit (at, who, way, action, object, outcome, address) VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(now, entry.who, entry.way, entry.action, cut(entry.object), entry.outcome, entry.address);
    return Number(lastInsertRowid);
  }

  signIn(entry: NewSignIn, now: number): void {
    this.#database
      .prepare('INSERT INTO sign_in (at, who, way, outcome, address, agent) VALUES (?, ?, ?, ?, ?, ?)')
      .run(now, cut(entry.who), entry.way, entry.outcome, entry.address, cut(entry.agent));
  }

  /** The newest first: `most` of those before the id `before`. */
  entries(before: number, most: number): AuditEntry[] {
    const statement = this.#database.prepare('SELECT * FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?');
    return statement.all(before, most) as unknown as AuditEntry[];
  }

  signIns(before: number, most: number): SignIn[] {
    const statement = this.#database.prepare('SELECT * FROM sign_in WHERE id < ? ORDER BY id DESC LIMIT ?');
    return statement.all(before, most) as unknown as SignIn[];
  }

  /** Removes entries before `before`, and of each log the oldest beyond `most`. */
  forget(before: number, most: number): void {
    for (const table of ['audit', 'sign_in'] as const) {
      this.#database.prepare(`DELETE FROM ${table} WHERE at < ?`).run(before);
      this.#database
        .prepare(`DELETE FROM ${table} WHERE id <= (SELECT id FROM ${table} ORDER BY id DESC LIMIT 1 OFFSET ?)`)
        .run(most);
    }
  }
}

function cut(text: string | null): string | null {
  return text === null ? null : text.slice(0, LONGEST);
}
