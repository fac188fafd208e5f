/**
 * Traffic and drops by machine, rolled up: every amount is added to the rows of all steps at once, so that each step is
 * right by itself and nothing has to be rolled up later.
 */

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { spread, stepsBetween } from './spread.ts';

/** Seconds of a step, finest first, and for how long its rows are kept. */
export const STEPS = [
  { seconds: 10, keptMs: 24 * 3_600_000 },
  { seconds: 60, keptMs: 31 * 24 * 3_600_000 },
  { seconds: 3_600, keptMs: 2 * 366 * 24 * 3_600_000 },
] as const;
const COARSEST = 3_600;
export type StepSeconds = (typeof STEPS)[number]['seconds'];

export interface TrafficPoint {
  /** Where the step begins, ms since 1970. */
  readonly at: number;
  readonly received: number;
  readonly sent: number;
}

export interface DropPoint {
  readonly at: number;
  readonly reason: string;
  readonly packets: number;
}

/** A stretch of the history: `from` inclusive, `to` exclusive, ms since 1970. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly step: StepSeconds;
}

/** What was counted of a machine after `from` and until `to`, ms since 1970. */
export interface Counted {
  readonly received: number;
  readonly sent: number;
  readonly drops: Readonly<Record<string, number>>;
  readonly from: number;
  readonly to: number;
}

export class Traffic {
  readonly #database: DatabaseSync;
  readonly #addTraffic: StatementSync;
  readonly #addDrops: StatementSync;
  readonly #forget: readonly StatementSync[];

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#forget = ['traffic', 'dropped'].map((table) =>
      database.prepare(`DELETE FROM ${table} WHERE step = ? AND machine = ? AND at < ?`),
    );
    this.#addTraffic = database.prepare(
      `INSERT INTO traffic (step, machine, at, received, sent) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET received = received + excluded.received, sent = sent + excluded.sent`,
    );
    this.#addDrops = database.prepare(
      `INSERT INTO dropped (step, machine, at, reason, packets) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET packets = packets + excluded.packets`,
    );
  }

  /**
   * Adds what was counted of `machine`. Where nobody looked for more than `mostSteps` steps, the detail of these steps is
   * not known and is left out; the coarsest step has it all.
   */
  add(machine: number, { received, sent, drops, from, to }: Counted, mostSteps: number): void {
    for (const { seconds } of STEPS) {
      const stepMs = seconds * 1000;
      if (seconds !== COARSEST && stepsBetween(from, to, stepMs) > mostSteps) continue;
      for (const { at, amounts } of spread([received, sent], from, to, stepMs)) {
        this.#addTraffic.run(seconds, machine, at, amounts[0]!, amounts[1]!);
      }
      for (const [reason, packets] of Object.entries(drops)) {
        for (const { at, amounts } of spread([packets], from, to, stepMs)) {
          this.#addDrops.run(seconds, machine, at, reason, amounts[0]!);
        }
      }
    }
  }

  /** The traffic of these machines together; steps without any are left out. */
  of(machines: readonly number[], { from, to, step }: Stretch): TrafficPoint[] {
    const sums = new Map<number, { received: number; sent: number }>();
    const statement = this.#database.prepare(
      'SELECT at, received, sent FROM traffic WHERE step = ? AND machine = ? AND at >= ? AND at < ? ORDER BY at',
    );
    for (const machine of machines) {
      for (const row of statement.iterate(step, machine, from, to) as Iterable<Record<string, unknown>>) {
        const sum = sums.get(row.at as number) ?? { received: 0, sent: 0 };
        sum.received += row.received as number;
        sum.sent += row.sent as number;
        sums.set(row.at as number, sum);
      }
    }
    return [...sums].sort(([a], [b]) => a - b).map(([at, sum]) => ({ at, ...sum }));
  }

  /**
   * Bytes received and sent in every step of the stretch, by machine; machines without any are left out. A seek in the
   * primary key for each machine: rows of the same step that are older are not touched.
   */
  totals({ from, to, step }: Stretch, machines: readonly number[]): Map<number, number[]> {
    const steps = Math.ceil((to - from) / (step * 1000));
    const statement = this.#database.prepare(
      'SELECT at, received + sent FROM traffic WHERE step = ? AND machine = ? AND at >= ? AND at < ?',
    );
    statement.setReturnArrays(true);
    const totals = new Map<number, number[]>();
    for (const machine of machines) {
      const rows = statement.all(step, machine, from, to) as unknown as readonly (readonly [number, number])[];
      if (rows.length === 0) continue;
      const bytes = new Array<number>(steps).fill(0);
      for (const [at, amount] of rows) bytes[Math.floor((at - from) / (step * 1000))]! += amount;
      totals.set(machine, bytes);
    }
    return totals;
  }

  /** What was dropped of these machines, by time and then reason. */
  drops(machines: readonly number[], { from, to, step }: Stretch): DropPoint[] {
    const sums = new Map<string, { at: number; reason: string; packets: number }>();
    const statement = this.#database.prepare(
      'SELECT at, reason, packets FROM dropped WHERE step = ? AND machine = ? AND at >= ? AND at < ?',
    );
    for (const machine of machines) {
      for (const row of statement.iterate(step, machine, from, to) as Iterable<Record<string, unknown>>) {
        const [at, reason] = [row.at as number, row.reason as string];
        const sum = sums.get(`${at} ${reason}`) ?? { at, reason, packets: 0 };
        sum.packets += row.packets as number;
        sums.set(`${at} ${reason}`, sum);
      }
    }
    return [...sums.values()].sort((a, b) => a.at - b.at || (a.reason < b.reason ? -1 : 1));
  }

  /** Removes rows of a step of one machine that begin before `before`. */
  forget(step: StepSeconds, machine: number, before: number): void {
    for (const statement of this.#forget) statement.run(step, machine, before);
  }
}
