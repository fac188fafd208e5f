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
/** A relay that began within this is counted from its beginning. */
const NEW_MS = 10 * 60_000;
/** Rows of one step that one look makes, about: the event loop waits for them. */
const MOST_ROWS = 100_000;
/** What a look a minute falls into. */
const LEAST_STEPS = 8;
const NOTHING: Counters = { received: 0, sent: 0, drops: {} };
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
      const router = machines.of('', '');
      const isFollowed = router.relayStartedAt === status.startedAt;
      // What a relay counted long before anybody looked belongs to no time that is known.
      const isNew = now - status.startedAt < NEW_MS;
      const firstSince = isFollowed ? router.lookedAt : isNew ? status.startedAt : null;
      const all = { received: 0, sent: 0 };
      for (const peer of status.peers) {
        const machine = machines.of(peer.publicKey, peer.name);
        const { receivedBytes: received, sentBytes: sent, drops } = peer;
        const added = this.#count(machine, status, now, { received, sent, drops }, firstSince);
        all.received += added.received;
        all.sent += added.sent;
        stays.look(machine.id, peer);
      }
      // For the router, drops of its own, and everybody's traffic.
      const { received, sent } = isFollowed ? router.counters : NOTHING;
      const together = { received: received + all.received, sent: sent + all.sent, drops: status.drops };
      this.#count(router, status, now, together, isNew ? status.startedAt : null);
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

  /**
   * Adds what was counted since; returns it. `firstSince`: since when it counts of a machine that is seen for the first
   * time; null begins with what comes next.
   */
  #count(machine: KnownMachine, status: Status, now: number, counters: Counters, firstSince: number | null) {
    const { startedAt, peers } = status;
    const isSame = machine.relayStartedAt === startedAt;
    const isFirst = machine.lookedAt === 0;
    const since = isFirst ? firstSince : isSame ? machine.lookedAt : Math.max(startedAt, machine.lookedAt);
    const before = isSame && !isFirst ? machine.counters : NOTHING;
    const added = (after: number, then: number) => (after >= then ? after - then : after);
    const received = since === null ? 0 : added(counters.received, before.received);
    const sent = since === null ? 0 : added(counters.sent, before.sent);
    const drops: Record<string, number> = {};
    for (const [reason, count] of Object.entries(since === null ? {} : counters.drops)) {
      const packets = added(count, before.drops[reason] ?? 0);
      if (packets > 0) drops[reason] = packets;
    }
    const isChanged = received + sent > 0 || Object.keys(drops).length > 0;
    if (isChanged && since !== null) {
      const from = Math.max(Math.min(since, now - 1), now - LONGEST_STRETCH_MS);
      const mostSteps = Math.max(LEAST_STEPS, Math.floor(MOST_ROWS / (peers.length + 1)));
      this.#parts.traffic.add(machine.id, { received, sent, drops, from, to: now }, mostSteps);
    }
    const isWritten = isChanged || isFirst || !isSame || now >= this.#wroteAllAt + ALL_MS;
    this.#parts.machines.counted(machine, startedAt, now, counters, isWritten);
    return { received, sent };
  }

  #beginAnew(): void {
    this.close();
    const { database } = begunAnew(this.#path, this.#now());
    this.#parts = partsOf(database);
  }
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
