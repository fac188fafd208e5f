/**
 * Where machines were: one row for each stay of a machine at one endpoint, with the handshakes seen meanwhile.
 */

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { PeerStatus } from '../../relay/messages.ts';

export interface Stay {
  readonly machine: number;
  readonly endpoint: string;
  /** ms since 1970, as all moments here. */
  readonly beganAt: number;
  readonly lastAt: number;
  /** The last one seen. */
  readonly handshakeAt: number;
  /** Those that were seen; of two between two looks, one. */
  readonly handshakes: number;
}

interface OpenStay extends Stay {
  readonly id: number;
}

/** A machine that was silent for longer was away. */
export const SILENCE_MS = 10 * 60_000;
/** The relay's clock and ours are compared anew at each look: the same handshake may move by a millisecond. */
const SAME_MOMENT_MS = 1_000;

const COLUMNS =
  'id, machine, endpoint, began_at AS beganAt, last_at AS lastAt, handshake_at AS handshakeAt, handshakes';

export class Stays {
  readonly #database: DatabaseSync;
  readonly #open = new Map<number, OpenStay>();
  readonly #prolong: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#prolong = database.prepare('UPDATE stay SET last_at = ?, handshake_at = ?, handshakes = ? WHERE id = ?');
    const rows = database
      .prepare(`SELECT ${COLUMNS} FROM stay WHERE id IN (SELECT max(id) FROM stay GROUP BY machine)`)
      .all();
    for (const row of rows as unknown as OpenStay[]) this.#open.set(row.machine, row);
  }

  /** Takes how `peer` is now. */
  look(machine: number, peer: PeerStatus): void {
    const { endpoint, lastHandshakeAt } = peer;
    // An endpoint that nobody has shown yet is one that was written down, or remembered.
    if (endpoint === null || lastHandshakeAt === null) return;
    const lastAt = Math.max(lastHandshakeAt, peer.lastReceivedAt ?? 0);
    const open = this.#open.get(machine);
    if (open === undefined || open.endpoint !== endpoint || lastAt - open.lastAt > SILENCE_MS) {
      // A relay that is asked again after a restart of control tells the same stay once more.
      if (open !== undefined && lastAt <= open.lastAt + SAME_MOMENT_MS) return;
      const isNew = open === undefined || lastHandshakeAt > open.handshakeAt + SAME_MOMENT_MS;
      this.#begin(
        machine,
        endpoint,
        isNew ? Math.min(lastHandshakeAt, lastAt) : lastAt,
        lastAt,
        lastHandshakeAt,
        isNew,
      );
      return;
    }
    if (lastAt <= open.lastAt + SAME_MOMENT_MS) return;
    const isNew = lastHandshakeAt > open.handshakeAt + SAME_MOMENT_MS;
    const stay = {
      ...open,
      lastAt,
      handshakeAt: isNew ? lastHandshakeAt : open.handshakeAt,
      handshakes: open.handshakes + Number(isNew),
    };
    this.#prolong.run(stay.lastAt, stay.handshakeAt, stay.handshakes, stay.id);
    this.#open.set(machine, stay);
  }

  /** Stays of these machines, the newest first, `most` at most, that ended at `from` or later and began before `to`. */
  of(machines: readonly number[], from: number, to: number, most: number): Stay[] {
    const statement = this.#database.prepare(
      `SELECT ${COLUMNS} FROM stay WHERE machine = ? AND began_at < ? AND last_at >= ? ORDER BY began_at DESC LIMIT ?`,
    );
    return machines
      .flatMap((machine) => statement.all(machine, to, from, most) as unknown as OpenStay[])
      .sort((a, b) => b.beganAt - a.beganAt)
      .slice(0, most);
  }

  /** Removes stays that ended before `before`, and the oldest beyond `most`. */
  forget(before: number, most: number): void {
    this.#database.prepare('DELETE FROM stay WHERE last_at < ?').run(before);
    this.#database
      .prepare('DELETE FROM stay WHERE id <= (SELECT id FROM stay ORDER BY id DESC LIMIT 1 OFFSET ?)')
      .run(most);
  }

  #begin(machine: number, endpoint: string, beganAt: number, lastAt: number, handshakeAt: number, isNew: boolean) {
    const handshakes = Number(isNew);
    const { lastInsertRowid } = this.#database
      .prepare(
        'INSERT INTO stay (machine, endpoint, began_at, last_at, handshake_at, handshakes) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(machine, endpoint, beganAt, lastAt, handshakeAt, handshakes);
    const id = Number(lastInsertRowid);
    this.#open.set(machine, { id, machine, endpoint, beganAt, lastAt, handshakeAt, handshakes });
  }
}
