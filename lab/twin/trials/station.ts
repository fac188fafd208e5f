/**
 * The program `station.ts` in a device of a twin, and orders given to it.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { extname } from 'node:path';
import type { Namespace } from '../../namespace.ts';
import type { Order, Report } from '../../programs/station.ts';

/** Where everybody in a twin listens, for TCP and UDP. */
export const STATION_PORT = 7007;

/** A checkout runs TypeScript, a published package JavaScript. */
const PROGRAM = `${import.meta.dirname}/../../programs/station${extname(import.meta.filename)}`;

export class Station {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (report: Report) => void; reject: (error: Error) => void }>();
  #orders = 0;
  #printed = '';

  private constructor(name: string, child: ChildProcess) {
    this.#name = name;
    this.#child = child;
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#printed += text;
      });
    }
    child.on('message', (report: Report) => {
      this.#waiting.get(report.id)?.resolve(report);
      this.#waiting.delete(report.id);
    });
    child.on('error', (error) => this.#lost(error.message));
    child.on('exit', (code, signal) => this.#lost(`it ended (${signal ?? code})`));
  }

  /** A station in `device`, listening. */
  static async in(device: Namespace): Promise<Station> {
    const [file, ...args] = device.commandLine(process.execPath, PROGRAM, `${STATION_PORT}`);
    const child = spawn(file!, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    const station = new Station(device.name, child);
    await new Promise<void>((resolve, reject) => {
      child.stdout!.on('data', () => {
        if (station.#printed.includes('listening')) resolve();
      });
      child.on('exit', () => reject(station.#error('it ended at once')));
    });
    return station;
  }

  /** What became of one order; rejects when the station ends before it answers. */
  carryOut(order: Omit<Order, 'id'>): Promise<Report> {
    const id = this.#orders++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ ...order, id }, (error) => {
        if (error !== null) this.#lost(error.message);
      });
    });
  }

  #lost(reason: string): void {
    for (const { reject } of this.#waiting.values()) reject(this.#error(reason));
    this.#waiting.clear();
  }

  #error(reason: string): Error {
    return new Error(`the station in "${this.#name}" is lost: ${reason}\n${this.#printed}`);
  }
}
