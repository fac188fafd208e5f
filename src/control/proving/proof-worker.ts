/**
 * The worker that answers questions about reachability: one at a time, each a message with a number.
 */

import { parentPort } from 'node:worker_threads';
import { type ProofTask, proofAnswer } from './proof-task.ts';

parentPort?.on('message', ({ number, task }: { readonly number: number; readonly task: ProofTask }) => {
  parentPort?.postMessage({ number, answer: proofAnswer(task) });
});
