/**
 * The thread in which strangers' files are read: whoever starts it bounds its memory and time, and a file that takes too
 * much of either ends this thread and nothing else.
 */

import { parentPort, workerData } from 'node:worker_threads';
import { type ExamineOptions, examine } from './examine.ts';
import type { GivenFiles } from './given-files.ts';

const { given, options } = workerData as { given: GivenFiles; options: ExamineOptions };
parentPort!.postMessage(examine(given, options));
