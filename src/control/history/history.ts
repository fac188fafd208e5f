/**
 * What was observed of a network: traffic, drops, where machines were, changes of the file, who did what.
 *
 * Observations only. The network file holds what is wanted, and the router runs without this: what fails here is told
 * by throwing a `MachineError`, and the caller goes on.
 */

import type { DatabaseSync } from 'node:sqlite';
import type { Status } from '../../relay/messages.ts';
import { Changes } from './changes.ts';
import { begunAnew, databaseError, inTransaction, isDamage, openDatabase } from './database.ts';
import { Journal } from './journal.ts';
import { type Counters, type KnownMachine, Machines } from './machines.ts';
import { Stays } from './stays.ts';
import { STEPS, Traffic } from './traffic.ts';

export interface HistoryOptions {
  /** ms since 1970. */
  readonly now?: () => number;
  /** Bytes of the file at most, about. */
  readonly mostBytes?: number;
}

const MOST_BYTES = 1024 * 1024 * 1024;
/** The finest step: looking more often would not show more. */
const OBSERVE_MS = 10_000;
/** Machines that are silent are written that often: after a kill, what comes next is spread over this at most. */
const ALL_MS = 60_000;
const FORGET_MS = 10 * 60_000;
const DAY_MS = 24 * 3_600_000;
const STAYS_KEPT_MS = 400 * DAY_MS;
const JOURNAL_KEPT_MS = 2 * 366 * DAY_MS;
const MOST_STAYS = 1_000_000;
const MOST_ENTRIES = 100_000;
/** A clock that was set, or a machine that slept: beyond this, nobody knows when it happened. */
const LONGEST_STRETCH_MS = 7 * DAY_MS;

interface Parts {
  readonly database: DatabaseSync;
  readonly machines: Machines;
  readonly traffic: Traffic;
  readonly stays: Stays;
  readonly changes: Changes;
  readonly journal: Journal;
}

export class History {
  readonly #path: string;
  readonly #now: () => number;
  readonly #mostBytes: number;
  #parts: Parts;
  /** What a person should know of the opening. */
  readonly notes: readonly string[];
  #observedAt = Number.NEGATIVE_INFINITY;
  #wroteAllAt = Number.NEGATIVE_INFINITY;
  #forgotAt = Number.NEGATIVE_INFINITY;

  /** Opens the history in `path`. Throws a `MachineError`. */
  constructor(path: string, { now = Date.now, mostBytes = MOST_BYTES }: HistoryOptions = {}) {
    this.#path = path;
    this.#now = now;
    this.#mostBytes = mostBytes;
    const { database, notes } = openDatabase(path, now());
    try {
      this.#parts = partsOf(database);
      this.notes = notes;
    } catch (error) {
      database.close();
      if (!isDamage(error)) throw databaseError('read', path, error);
      const anew = begunAnew(path, now());
      this.#parts = partsOf(anew.database);
      this.notes = anew.notes;
    }
  }

  get machines(): Machines {
    return this.#parts.machines;
  }

  get traffic(): Traffic {
    return this.#parts.traffic;
  }

  get stays(): Stays {
    return this.#parts.stays;
  }

  get changes(): Changes {
    return this.#parts.changes;
  }

  get journal(): Journal {
    return this.#parts.journal;
  }

  /**
   * Takes how the relay is. The relay counts, so looks may be missed: nothing is done when the last one was just now,
   * unless `isLast`.
   */
  observe(status: Status, { isLast = false } = {}): void {
    const now = this.#now();
    // A clock that was set back begins anew.
    if (!isLast && now >= this.#observedAt && now < this.#observedAt + OBSERVE_MS) return;
    this.#observedAt = now;
    this.write(() => {
      const { machines, stays } = this.#parts;
      const all = { received: 0, sent: 0 };
      for (const peer of status.peers) {
        const machine = machines.of(peer.publicKey, peer.name);
        const { receivedBytes: received, sentBytes: sent, drops } = peer;
        const added = this.#count(machine, status.startedAt, now, { received, sent, drops });
        all.received += added.received;
        all.sent += added.sent;
        stays.look(machine.id, peer);
      }
      // For the router, drops of its own, and everybody's traffic.
      const router = machines.of('', '');
      const { counters } = router;
      this.#count(router, status.startedAt, now, {
        received: isContinued(router, status.startedAt) ? counters.received + all.received : all.received,
        sent: isContinued(router, status.startedAt) ? counters.sent + all.sent : all.sent,
        drops: status.drops,
      });
      if (now >= this.#wroteAllAt + ALL_MS) this.#wroteAllAt = now;
    });
    if (now >= this.#forgotAt && now < this.#forgotAt + FORGET_MS) return;
    this.#forgotAt = now;
    this.forget();
  }

  /** Runs `work` whole or not at all; a damaged file is moved aside and the next write finds a new one. */
  write<T>(work: () => T): T {
    try {
      return inTransaction(this.#parts.database, work);
    } catch (error) {
      if (isDamage(error)) this.#beginAnew();
      // What is remembered of the rows must be what is in them.
      else if (this.#parts.database.isOpen) this.#parts = partsOf(this.#parts.database);
      throw databaseError('write', this.#path, error);
    }
  }

  /** Removes what is older than it is kept, and more when the file is too large. */
  forget(): void {
    const now = this.#now();
    for (let scale = 1; scale > 1 / 1024; scale /= 2) {
      this.write(() => {
        const { machines, traffic, stays, changes, journal, database } = this.#parts;
        const all = machines.all();
        for (const { id } of all) {
          for (const { seconds, keptMs } of STEPS) traffic.forget(seconds, id, now - keptMs * scale);
        }
        stays.forget(now - STAYS_KEPT_MS * scale, Math.floor(MOST_STAYS * scale));
        changes.forget(now - JOURNAL_KEPT_MS, MOST_ENTRIES);
        journal.forget(now - JOURNAL_KEPT_MS, MOST_ENTRIES);
        database
          .prepare('DELETE FROM machine WHERE gone_at < ? AND id <> 0')
          .run(now - STEPS[STEPS.length - 1]!.keptMs);
      });
      if (this.bytes() <= this.#mostBytes) break;
    }
    this.#parts.database.exec('PRAGMA incremental_vacuum(2000)');
  }

  /** Bytes in use; what was removed and not yet given back does not count. */
  bytes(): number {
    const pragma = (name: string) => this.#parts.database.prepare(`PRAGMA ${name}`).get()![name] as number;
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
  }

  close(): void {
    if (this.#parts.database.isOpen) this.#parts.database.close();
  }

  /** Adds what was counted since; returns it. */
  #count(machine: KnownMachine, relayStartedAt: number, now: number, counters: Counters) {
    const isSame = isContinued(machine, relayStartedAt);
    const since = isSame ? machine.lookedAt : Math.max(relayStartedAt, machine.lookedAt);
    const from = Math.max(Math.min(since, now - 1), now - LONGEST_STRETCH_MS);
    const added = (after: number, before: number) => (isSame && after >= before ? after - before : after);
    const { traffic, machines } = this.#parts;
    const received = added(counters.received, machine.counters.received);
    const sent = added(counters.sent, machine.counters.sent);
    let isChanged = received + sent > 0;
    if (isChanged) traffic.add(machine.id, received, sent, from, now);
    for (const [reason, count] of Object.entries(counters.drops)) {
      const packets = added(count, machine.counters.drops[reason] ?? 0);
      if (packets === 0) continue;
      traffic.addDrops(machine.id, reason, packets, from, now);
      isChanged = true;
    }
    machines.counted(machine, relayStartedAt, now, counters, isChanged || !isSame || now >= this.#wroteAllAt + ALL_MS);
    return { received, sent };
  }

  #beginAnew(): void {
    this.close();
    const { database } = begunAnew(this.#path, this.#now());
    this.#parts = partsOf(database);
  }
}

function isContinued(machine: KnownMachine, relayStartedAt: number): boolean {
  return machine.relayStartedAt === relayStartedAt;
}

function partsOf(database: DatabaseSync): Parts {
  return {
    database,
    machines: new Machines(database),
    traffic: new Traffic(database),
    stays: new Stays(database),
    changes: new Changes(database),
    journal: new Journal(database),
  };
}
