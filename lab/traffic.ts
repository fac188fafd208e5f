/**
 * Conversations between devices of a lab, by the programs `listen.ts` and `ask.ts`.
 */

import { setTimeout as pause } from 'node:timers/promises';
import type { Namespace } from './namespace.ts';
import type { Running } from './running.ts';

const PORT = '7007';

/** Answers TCP and UDP on `device` from now on. */
export async function listen(device: Namespace): Promise<void> {
  await device.program('listen', PORT).prints(/listening/);
}

export interface TcpAnswer {
  /** The address from which the listener was asked. */
  readonly seenAs: string;
  readonly bytes: number;
  /** The longest time without a byte coming back. */
  readonly longestStallMs: number;
}

/** Sends `bytes` to a listener over TCP and gets every one of them back. */
export async function tcp(from: Namespace, address: string, bytes: number): Promise<TcpAnswer> {
  return answer(from.program('ask', 'tcp', address, PORT, `${bytes}`));
}

/** The same at a steady pace; comes back when the first byte has come back, with the answer to wait for. */
export async function slowTcp(
  from: Namespace,
  address: string,
  bytes: number,
  bytesPerSecond: number,
): Promise<{ readonly answer: Promise<TcpAnswer> }> {
  const asking = from.program('ask', 'tcp', address, PORT, `${bytes}`, `${bytesPerSecond}`);
  await asking.prints(/started/);
  return { answer: answer(asking) };
}

/** What became of a TCP connection: all came back, it never was one, or it was one and nothing came back. */
export type TcpFate = 'ok' | 'lost' | 'connects, then stalls';

/** The fate of a TCP connection that shall carry 20 kB there and back; whatever has not come after `limitMs` is lost. */
export async function tcpFate(from: Namespace, address: string, limitMs = 8_000): Promise<TcpFate> {
  const asking = from.program('ask', 'tcp', address, PORT, '20000');
  await Promise.race([asking.ends(), pause(limitMs, undefined, { ref: false })]);
  const printed = await asking.end('SIGKILL');
  if (printed.includes('"bytes":20000')) return 'ok';
  return printed.includes('connected') ? 'connects, then stalls' : 'lost';
}

export interface UdpAnswer {
  readonly seenAs: string;
  readonly answered: number;
}

/** Sends `count` datagrams of `bytes` to a listener, one after the other was answered or a second has passed. */
export async function udp(from: Namespace, address: string, bytes: number, count: number): Promise<UdpAnswer> {
  return answer(from.program('ask', 'udp', address, PORT, `${bytes}`, `${count}`));
}

async function answer<T>(asking: Running): Promise<T> {
  const printed = await asking.ends();
  const line = /^\{.*\}$/m.exec(printed);
  if (line === null) throw new Error(`no answer:\n${printed}`);
  return JSON.parse(line[0]) as T;
}
