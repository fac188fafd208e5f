/**
 * A program that runs in every device of a twin: answers TCP and UDP as `listen.ts` does, and when told to, speaks to
 * others and says what became of it. One process for a device, since hundreds of conversations want more than a program
 * each.
 *
 *   station.ts PORT        over an IPC channel: `Order` in, `Report` out; ends when the channel does
 */

import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, isIPv6 } from 'node:net';
import type { Fate, Trial } from '../twin/trials/observation.ts';
import './listen.ts';

export interface Order {
  readonly id: number;
  readonly address: string;
  readonly trials: readonly Trial[];
  /** Bytes of the largest packet, its IP header counted. */
  readonly largeBytes: number;
  /** How long an answer may take; with TCP, how long nothing may come. */
  readonly limitMs: number;
}

export interface Report {
  readonly id: number;
  readonly fates: Readonly<Partial<Record<Trial, Fate>>>;
  readonly seenAs: string | null;
}

interface Heard {
  readonly fate: Fate;
  readonly seenAs: string | null;
}

/** Bytes of a TCP conversation, which go there and come back: enough for segments as large as can be. */
const TCP_BYTES = 50_000;
const UDP_BYTES = 100;
/** Between repetitions of what may be lost. */
const AGAIN_MS = 400;

const TRYING: Readonly<Record<Trial, (address: string, limitMs: number, largeBytes: number) => Promise<Heard>>> = {
  ping: (address, limitMs) => ping(address, limitMs, []),
  large: (address, limitMs, bytes) => {
    const payload = bytes - (isIPv6(address) ? 48 : 28);
    return ping(address, limitMs, ['-M', 'do', '-s', `${payload}`]);
  },
  tcp,
  udp,
};

const port = Number(process.argv[2]);
process.on('message', (order: Order) => void carryOut(order));
process.on('disconnect', () => process.exit());

async function carryOut({ id, address, trials, largeBytes, limitMs }: Order): Promise<void> {
  const heard = await Promise.all(trials.map((trial) => TRYING[trial](address, limitMs, largeBytes)));
  const report: Report = {
    id,
    fates: Object.fromEntries(trials.map((trial, i) => [trial, heard[i]!.fate])),
    seenAs: heard.find(({ seenAs }) => seenAs !== null)?.seenAs ?? null,
  };
  process.send!(report);
}

/** Sends until one is answered or time is up; an error that comes meanwhile is no answer. */
function ping(address: string, limitMs: number, options: readonly string[]): Promise<Heard> {
  const often = ['-n', '-q', '-c', '1', '-i', `${AGAIN_MS / 1000}`, '-w', `${Math.ceil(limitMs / 1000)}`];
  return new Promise((resolve) => {
    execFile('ping', [...often, ...options, address], { timeout: limitMs }, (error) => {
      resolve({ fate: error === null ? 'works' : 'fails', seenAs: null });
    });
  });
}

/** The listener first says whom it sees, then sends everything back. As long as something comes it does not stall. */
async function tcp(address: string, limitMs: number): Promise<Heard> {
  const connection = connect({ host: address, port });
  const sent = Buffer.from(Uint8Array.from({ length: TCP_BYTES }, (_, i) => i % 251));
  let isConnected = false;
  let received = Buffer.alloc(0);
  connection.setTimeout(limitMs, () => connection.destroy(new Error('time is up')));
  try {
    await once(connection, 'connect');
    isConnected = true;
    connection.write(sent);
    for await (const chunk of connection as AsyncIterable<Buffer>) {
      received = Buffer.concat([received, chunk]);
      const line = received.indexOf('\n');
      if (line < 0 || received.length < line + 1 + TCP_BYTES) continue;
      const isWhole = received.subarray(line + 1).equals(sent);
      return { fate: isWhole ? 'works' : 'stalls', seenAs: seenIn(received) };
    }
  } catch {
    // What it means is said by how far it came.
  } finally {
    connection.destroy();
  }
  return { fate: isConnected ? 'stalls' : 'fails', seenAs: seenIn(received) };
}

function seenIn(received: Buffer): string | null {
  const line = received.indexOf('\n');
  return line < 0 ? null : received.toString('latin1', 0, line);
}

async function udp(address: string, limitMs: number): Promise<Heard> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  const datagram = Buffer.alloc(UDP_BYTES, 'wg-router');
  // A refusal by ICMP is no answer, and the next datagram may have one.
  socket.on('error', () => {});
  const send = () => socket.send(datagram, () => {});
  const again = setInterval(send, AGAIN_MS);
  try {
    socket.connect(port, address);
    await once(socket, 'connect');
    send();
    const [reply] = (await once(socket, 'message', { signal: AbortSignal.timeout(limitMs) })) as [Buffer];
    const space = reply.indexOf(' ');
    const isWhole = reply.subarray(space + 1).equals(datagram);
    return { fate: isWhole ? 'works' : 'fails', seenAs: reply.toString('latin1', 0, space) };
  } catch {
    return { fate: 'fails', seenAs: null };
  } finally {
    clearInterval(again);
    socket.close();
  }
}
