/**
 * Where the benches take place: two machines with the hub between them, in network namespaces, and the load generator
 * compiled.
 *
 *   a ── 10.99.1.0/24 ── hub ── 10.99.2.0/24 ── b
 *
 * The hub has CPU 0 to itself; generator, sink and this process share the others.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { connect, Lab } from '../lab/namespace.ts';
import { run } from '../lab/running.ts';
import type { Place } from './hubs.ts';

export const HUB_PORT = 51820;
export const MACHINE_PORT = 10001;
export const A = { netns: 'a', address: '10.99.1.2', hub: '10.99.1.1' };
export const B = { netns: 'b', address: '10.99.2.2', hub: '10.99.2.1' };
export type Side = typeof A;

/** Addresses of B beside its own, for benches with many machines there. */
export const manyAddress = (i: number): string => `10.99.2.${10 + i}`;

/** Room for an inner packet of 1,424 bytes, which makes a UDP payload of 1,456. */
export const MTU_BYTES = 1424;
export const HUB_PLACE: Place = { netns: 'hub', cpu: 0, port: HUB_PORT, mtu: MTU_BYTES };
const OTHER_CPUS = availableParallelism() > 1 ? `1-${availableParallelism() - 1}` : '0';
export const LOAD = '/run/wg-router-bench-load';

/** Makes all of it inside private namespaces, with which it goes away. */
export async function layOut(many = 0): Promise<void> {
  execFileSync('cc', ['-O2', '-o', LOAD, `${import.meta.dirname}/load.c`]);
  execFileSync('taskset', ['-cp', OTHER_CPUS, String(process.pid)], { stdio: 'ignore' });
  const lab = new Lab();
  const [a, hub, b] = [await lab.device(A.netns), await lab.device('hub'), await lab.device(B.netns)];
  await connect(hub, 'to-a', a, 'eth0');
  await connect(hub, 'to-b', b, 'eth0');
  await hub.address('to-a', `${A.hub}/24`);
  await hub.address('to-b', `${B.hub}/24`);
  await a.address('eth0', `${A.address}/24`);
  await b.address('eth0', `${B.address}/24`);
  for (let i = 0; i < many; i++) await b.address('eth0', `${manyAddress(i)}/24`);
  await run(['ip', 'netns', 'exec', 'a', 'ping', '-c', '1', '-W', '2', A.hub]);
  await run(['ip', 'netns', 'exec', 'b', 'ping', '-c', '1', '-W', '2', B.hub]);
}

/** Datagrams between this process and the hub, from a machine's address. */
export class Line {
  readonly #child: ChildProcess;
  #waiting: Buffer = Buffer.alloc(0);
  #receive: ((datagram: Uint8Array) => void) | null = null;

  constructor(side: Side) {
    const args = ['pipe', side.netns, side.address, String(MACHINE_PORT), side.hub, String(HUB_PORT)];
    this.#child = spawn(LOAD, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout!.on('data', (bytes: Buffer) => {
      this.#waiting = Buffer.concat([this.#waiting, bytes]);
      while (this.#waiting.length >= 2) {
        const end = 2 + this.#waiting.readUInt16LE(0);
        if (this.#waiting.length < end) return;
        this.#receive?.(Uint8Array.from(this.#waiting.subarray(2, end)));
        this.#waiting = this.#waiting.subarray(end);
      }
    });
  }

  send(datagram: Uint8Array): void {
    this.#child.stdin!.write(Buffer.from([datagram.length & 255, datagram.length >> 8]));
    this.#child.stdin!.write(datagram);
  }

  onDatagram(receive: (datagram: Uint8Array) => void): void {
    this.#receive = receive;
  }

  /** Sends `datagram` until `isAnswer` likes what comes back, at most ten times. */
  async ask(datagram: () => Uint8Array, isAnswer: (answer: Uint8Array) => boolean): Promise<Uint8Array> {
    for (let tries = 0; tries < 10; tries++) {
      const answer = new Promise<Uint8Array | null>((resolve) => {
        this.onDatagram((answer) => isAnswer(answer) && resolve(answer));
        setTimeout(() => resolve(null), 1000);
      });
      this.send(datagram());
      const got = await answer;
      if (got !== null) return got;
    }
    throw new Error('the hub does not answer');
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.stdin!.end();
    await ended;
  }
}

export interface Flow {
  readonly from: Side;
  readonly to: Side;
  readonly file: string;
  readonly datagramBytes: number;
  /** Message type of what comes out. */
  readonly type: number;
  /** Datagrams under way at most; 0 for no bound. */
  readonly window: number;
  /** Datagrams a second at most; 0 is as fast as the window allows. */
  readonly rate: number;
  /** Datagrams before the clock starts. */
  readonly warm: number;
  readonly samples: string;
  /** Datagrams that leave as one message; 1 unless given. */
  readonly train?: number;
}

export interface Flowed {
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  readonly seconds: number;
}

/** Sends the flow; `atStart` runs when the hub is warm, just before what is measured. */
export async function flow(flow: Flow, atStart: () => void): Promise<Flowed> {
  const side = ({ netns, address }: Side) => [netns, address, String(MACHINE_PORT)];
  const numbers = [flow.datagramBytes, flow.type, flow.window, flow.rate, flow.warm].map(String);
  const args = ['run', ...side(flow.from), ...side(flow.to), flow.from.hub, String(HUB_PORT), flow.file, ...numbers];
  const child = spawn('taskset', ['-c', OTHER_CPUS, LOAD, ...args, flow.samples, String(flow.train ?? 1)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const part of child.stdout!.setEncoding('utf8')) {
    const isWarm = text === '';
    text += part;
    if (isWarm) {
      atStart();
      child.stdin!.write('\n');
    }
  }
  const result = /^warm\n(\d+) (\d+) (-?\d+) ([\d.]+)\n$/.exec(text);
  if (result === null) throw new Error(`the load generator said: ${text}`);
  const [sent, received, lost, seconds] = result.slice(1).map(Number);
  return { sent: sent!, received: received!, lost: lost!, seconds: seconds! };
}
