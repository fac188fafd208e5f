/**
 * The examination of files in a thread of its own, within limits of memory and time.
 */

import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { MachineError } from '../machine-error.ts';
import type { ExamineOptions } from './examine.ts';
import type { GivenFiles } from './given-files.ts';
import type { DoctorReport } from './report.ts';

export interface ExaminationLimits {
  readonly memoryMb: number;
  readonly timeMs: number;
}

/** Ten times what 1000 machines in one network need. */
export const LIMITS: ExaminationLimits = { memoryMb: 1024, timeMs: 60_000 };

/** TypeScript in a checkout, JavaScript in a package. */
const WORKER = new URL(`./examination-worker${extname(import.meta.filename)}`, import.meta.url);

/** The report on `given`. Throws a `MachineError` (`examination-ended`) when a limit is reached. */
export async function examineApart(
  given: GivenFiles,
  options: ExamineOptions,
  { memoryMb, timeMs }: ExaminationLimits = LIMITS,
): Promise<DoctorReport> {
  const worker = new Worker(WORKER, {
    workerData: { given, options },
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    env: {},
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<DoctorReport>((resolve, reject) => {
      timer = setTimeout(() => reject(ended(`it took longer than ${timeMs / 1000} seconds`)), timeMs);
      worker.once('message', resolve);
      worker.once('error', (error) => reject(reasonOf(error, memoryMb)));
      worker.once('exit', () => reject(ended('its thread ended without an answer')));
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}

function reasonOf(error: Error, memoryMb: number): Error {
  const isMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return isMemory ? ended(`it took more than ${memoryMb} MB of memory`) : error;
}

function ended(reason: string): MachineError {
  return new MachineError('examination-ended', `Cannot examine the files: ${reason}`, {
    help: ['hand over fewer files: those of the machines between the two that do not reach each other'],
  });
}
