/**
 * Which machines the history knows, and the relay's counters as they were counted last. Counting goes on from there
 * after a restart of control, as long as it is the same relay.
 */

import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Stands for the router itself. */
export const ROUTER_ID = 0;

export interface Counters {
  readonly received: number;
  readonly sent: number;
  readonly drops: Readonly<Record<string, number>>;
}

export interface KnownMachine {
  readonly id: number;
  readonly publicKey: string;
  readonly name: string;
  readonly relayStartedAt: number;
  /** ms since 1970. */
  readonly lookedAt: number;
  readonly counters: Counters;
}

const NOTHING: Counters = { received: 0, sent: 0, drops: {} };

export class Machines {
  readonly #database: DatabaseSync;
  readonly #known = new Map<string, KnownMachine>();
  readonly #count: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#count = database.prepare('UPDATE machine SET relay_started_at = ?, looked_at = ?, counters = ? WHERE id = ?');
    const rows = database
      .prepare('SELECT id, public_key, name, relay_started_at, looked_at, counters FROM machine WHERE gone_at IS NULL')
      .all() as unknown as Row[];
    for (const row of rows) this.#known.set(row.public_key, knownOf(row));
  }

  /** The machine with this key; one that is new was looked at never. The router has the empty key. */
  of(publicKey: string, name: string): KnownMachine {
    const known = this.#known.get(publicKey);
    if (known !== undefined && known.name === name) return known;
    const machine = known === undefined ? this.#made(publicKey, name) : this.#renamed(known, name);
    this.#known.set(publicKey, machine);
    return machine;
  }

  /** Remembers how far `machine` is counted; on disk only with `isWritten`. */
  counted(
    machine: KnownMachine,
    relayStartedAt: number,
    lookedAt: number,
    counters: Counters,
    isWritten: boolean,
  ): void {
    this.#known.set(machine.publicKey, { ...machine, relayStartedAt, lookedAt, counters });
    if (!isWritten) return;
    this.#count.run(relayStartedAt, lookedAt, JSON.stringify(counters), machine.id);
  }

  /**
   * Takes machines that are described no more for gone: whoever comes later under such a name is another. `names` and
   * `keys` are those of the network as it is now; a machine with a new key goes on under its name.
   */
  keep(names: ReadonlySet<string>, keys: ReadonlySet<string>, now: number): void {
    const gone = this.#database.prepare('UPDATE machine SET gone_at = ? WHERE id = ?');
    for (const [key, { id, name }] of this.#known) {
      if (id === ROUTER_ID || keys.has(key) || names.has(name)) continue;
      gone.run(now, id);
      this.#known.delete(key);
    }
  }

  /** The ids under which `name` is or was known, while it was not gone. */
  idsOf(name: string): number[] {
    const rows = this.#database.prepare('SELECT id FROM machine WHERE name = ? AND gone_at IS NULL').all(name);
    return rows.map(({ id }) => id as number);
  }

  /** Those that are not gone, the router apart. */
  present(): { readonly id: number; readonly name: string }[] {
    return [...this.#known.values()].filter(({ id }) => id !== ROUTER_ID).map(({ id, name }) => ({ id, name }));
  }

  /** Every machine with its name, those that are gone among them. */
  all(): { readonly id: number; readonly name: string }[] {
    return this.#database.prepare('SELECT id, name FROM machine').all() as { id: number; name: string }[];
  }

  #made(publicKey: string, name: string): KnownMachine {
    const id = publicKey === '' ? ROUTER_ID : this.#freeId();
    // One that was gone and is there again, with its old key, is itself.
    const row = this.#database
      .prepare(
        `INSERT INTO machine (id, public_key, name, gone_at, relay_started_at, looked_at, counters)
         VALUES (?, ?, ?, NULL, 0, 0, ?)
         ON CONFLICT (public_key) DO UPDATE SET name = excluded.name, gone_at = NULL
         RETURNING id, public_key, name, relay_started_at, looked_at, counters`,
      )
      .get(id, publicKey, name, JSON.stringify(NOTHING)) as unknown as Row;
    return knownOf(row);
  }

  #renamed(known: KnownMachine, name: string): KnownMachine {
    this.#database.prepare('UPDATE machine SET name = ? WHERE id = ?').run(name, known.id);
    return { ...known, name };
  }

  #freeId(): number {
    const row = this.#database.prepare('SELECT coalesce(max(id), 0) + 1 AS id FROM machine').get();
    return (row as { id: number }).id;
  }
}

interface Row {
  readonly id: number;
  readonly public_key: string;
  readonly name: string;
  readonly relay_started_at: number;
  readonly looked_at: number;
  readonly counters: string;
}

function knownOf(row: Row): KnownMachine {
  return {
    id: row.id,
    publicKey: row.public_key,
    name: row.name,
    relayStartedAt: row.relay_started_at,
    lookedAt: row.looked_at,
    counters: JSON.parse(row.counters) as Counters,
  };
}
