/**
 * Examinations for whoever asks over the API: one at a time, each in a thread of its own with less than the command may
 * take, a bounded number waiting.
 */

import { MachineError } from '../machine-error.ts';
import { type ExaminationLimits, examineApart } from './examination.ts';
import type { ExamineOptions } from './examine.ts';
import type { GivenFiles } from './given-files.ts';
import type { DoctorReport } from './report.ts';

/** The router runs on the same machine. */
const LIMITS: ExaminationLimits = { memoryMb: 512, timeMs: 30_000 };
const MOST_WAITING = 4;

/** Too many wait already. */
export class ExaminerBusy extends Error {}

export class Examiner {
  readonly #limits: ExaminationLimits;
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(limits: ExaminationLimits = LIMITS) {
    this.#limits = limits;
  }

  /**
   * The report. Rejects with `ExaminerBusy`, or with a `MachineError` (`examination-ended`, `examination-failed`). What an
   * examination throws may quote what it read, so nothing of its words goes on.
   */
  async examine(given: GivenFiles, options: Pick<ExamineOptions, 'adoptAs'> = {}): Promise<DoctorReport> {
    if (this.#waiting >= MOST_WAITING) throw new ExaminerBusy();
    this.#waiting++;
    const report = this.#turn.then(() => examineApart(given, { colour: false, ...options }, this.#limits));
    this.#turn = report.catch(() => {});
    try {
      return await report;
    } catch (error) {
      if (error instanceof MachineError) throw error;
      throw new MachineError('examination-failed', 'Cannot examine the files: this is a mistake in wg-router', {
        help: ['`wg-router doctor` on the same files says where'],
      });
    } finally {
      this.#waiting--;
    }
  }
}
