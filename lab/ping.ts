/**
 * Ping: a question answered now, and a stream whose losses are counted.
 */

import type { Namespace } from './namespace.ts';
import type { Running } from './running.ts';

/**
 * How many of `count` echo requests to `address` were answered; further options as of ping(8).
 *
 * The last answer may take 8 s: a handshake message that was lost on the way is sent again after 5, and what waited for it
 * arrives then.
 */
export async function answered(from: Namespace, address: string, count = 3, ...options: string[]): Promise<number> {
  const { stdout } = await from.try('ping', '-c', `${count}`, '-i', '0.2', '-W', '8', ...options, address);
  return Number(/(\d+) received/.exec(stdout)?.[1] ?? 0);
}

/** Which of `count` echo requests were answered, each within 2 s: for places where all is up and a loss is what is looked for. */
export async function answeredInTurn(from: Namespace, address: string, count = 3): Promise<boolean[]> {
  const { stdout } = await from.try('ping', '-c', `${count}`, '-i', '0.3', '-W', '2', address);
  const numbers = numbersAnswered(stdout);
  return Array.from({ length: count }, (_, i) => numbers.includes(i + 1));
}

/** Everything one ping prints, errors that routers sent included. */
export async function pingOutput(from: Namespace, address: string, ...options: string[]): Promise<string> {
  const { stdout, stderr } = await from.try('ping', '-c', '1', '-W', '3', ...options, address);
  return stdout + stderr;
}

/** Echo requests at a steady pace until it is ended. */
export class PingStream {
  readonly #running: Running;
  readonly intervalMs: number;

  constructor(from: Namespace, address: string, intervalMs: number) {
    this.intervalMs = intervalMs;
    this.#running = from.start(['ping', '-i', `${intervalMs / 1000}`, '-O', address]);
  }

  /** Answers that have come so far. */
  get answers(): number {
    return numbersAnswered(this.#running.printed).length;
  }

  /** Ends it. Those still under way are neither answered nor lost. */
  async end(): Promise<PingLosses> {
    const numbers = numbersAnswered(await this.#running.end('SIGINT'));
    const sent = Math.max(0, ...numbers);
    const here = new Set(numbers);
    const lost = Array.from({ length: sent }, (_, i) => i + 1).filter((number) => !here.has(number));
    let longest = 0;
    for (let i = 0, row = 0; i < lost.length; i++) {
      row = i > 0 && lost[i] === lost[i - 1]! + 1 ? row + 1 : 1;
      longest = Math.max(longest, row);
    }
    return { answered: here.size, lost: lost.length, longestGapMs: longest * this.intervalMs };
  }
}

export interface PingLosses {
  readonly answered: number;
  /** Not answered although a later one was. */
  readonly lost: number;
  /** The longest row of lost ones, as time. */
  readonly longestGapMs: number;
}

function numbersAnswered(printed: string): number[] {
  return [...printed.matchAll(/bytes from .*icmp_seq=(\d+)/g)].map((match) => Number(match[1]));
}
