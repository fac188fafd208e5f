/**
 * Questions about reachability, answered beside the event loop: in a worker with limits on memory and time, one question
 * after the other, with a bounded queue.
 */

import { Worker } from 'node:worker_threads';
import type { ProofAnswer, ProofTask } from './proof-task.ts';

/** No answer: it took too long, needed too much memory, or too many wait. */
export class ProofRefused extends Error {
  readonly why: 'time' | 'memory' | 'busy';

  constructor(why: 'time' | 'memory' | 'busy') {
    super(`the proof was given up: ${why}`);
    this.name = 'ProofRefused';
    this.why = why;
  }
}

export interface ProverOptions {
  readonly limitMs?: number;
  readonly memoryMb?: number;
}

const LIMIT_MS = 30_000;
const MEMORY_MB = 1_024;
const MOST_WAITING = 16;
/** A worker that has nothing to do for this long is ended: it holds tens of megabytes. */
const IDLE_MS = 60_000;
/** Answers kept, by question: the same map is looked at again and again. */
const MOST_KEPT = 8;

/** Compiled, it lies beside as JavaScript. */
const ENTRY = new URL(`./proof-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

export class Prover {
  readonly #limitMs: number;
  readonly #memoryMb: number;
  readonly #kept = new Map<string, Promise<ProofAnswer>>();
  #worker: Worker | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #number = 0;
  #idle: NodeJS.Timeout | null = null;

  constructor({ limitMs = LIMIT_MS, memoryMb = MEMORY_MB }: ProverOptions = {}) {
    this.#limitMs = limitMs;
    this.#memoryMb = memoryMb;
  }

  /** The answer. Rejects with `ProofRefused`. */
  ask(task: ProofTask): Promise<ProofAnswer> {
    const question = JSON.stringify(task);
    const known = this.#kept.get(question);
    if (known !== undefined) return known;
    if (this.#waiting >= MOST_WAITING) return Promise.reject(new ProofRefused('busy'));
    this.#waiting++;
    const answer = this.#turn
      .then(() => this.#answer(task))
      .finally(() => {
        this.#waiting--;
      });
    this.#turn = answer.catch(() => {});
    this.#kept.set(question, answer);
    // What failed may not fail again.
    answer.catch(() => this.#kept.delete(question));
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    return answer;
  }

  close(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    void this.#worker?.terminate();
    this.#worker = null;
  }

  #answer(task: ProofTask): Promise<ProofAnswer> {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#worker ??= this.#begun();
    const worker = this.#worker;
    const number = ++this.#number;
    return new Promise<ProofAnswer>((resolve, reject) => {
      const end = (how: () => void) => {
        clearTimeout(timer);
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        how();
      };
      const fail = (error: Error) => {
        if (this.#worker === worker) this.#worker = null;
        void worker.terminate();
        end(() => reject(error));
      };
      const onMessage = (message: { readonly number: number; readonly answer: ProofAnswer }) => {
        if (message.number === number) end(() => resolve(message.answer));
      };
      const onError = (error: NodeJS.ErrnoException) =>
        fail(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new ProofRefused('memory') : error);
      const onExit = () => fail(new Error('the worker ended'));
      const timer = setTimeout(() => fail(new ProofRefused('time')), this.#limitMs);
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      worker.postMessage({ number, task });
    }).finally(() => {
      this.#idle = setTimeout(() => this.close(), IDLE_MS);
      this.#idle.unref();
    });
  }

  #begun(): Worker {
    const worker = new Worker(ENTRY, {
      resourceLimits: { maxOldGenerationSizeMb: this.#memoryMb },
      env: {},
      execArgv: [],
    });
    // Nobody waits for it at the end.
    worker.unref();
    return worker;
  }
}
