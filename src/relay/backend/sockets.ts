/**
 * What the relay asks of its UDP port, whoever is behind it (`portable-sockets.ts`, `../native/native-sockets.ts`): an IPv4
 * and an IPv6 socket on one port, datagrams in as batches, batches out.
 */

import type { Family } from '../../net/address.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import type { Batch } from '../../wireguard/batch.ts';

export interface Sockets {
  readonly port: number;
  has(family: Family): boolean;
  /** What it listens on, as text: `0.0.0.0:51820`, `[::]:51820`. */
  readonly listening: string[];
  /** What a person should know: no IPv6, small buffers. */
  readonly notes: string[];
  /** Sends every READY row to its endpoint. */
  send(batch: Batch): void;
  /** Sends one datagram from bytes that the caller uses again as soon as this returns; it overtakes batches that wait. */
  sendCopy(datagram: Uint8Array, endpoint: Endpoint, tos: number): void;
  /** Ends both sockets; what waited to be sent is lost. */
  close(): Promise<void>;
}

export interface SocketEvents {
  /** A batch to work on; `send` is called with it, if at all, before this returns. */
  readonly batch: (batch: Batch) => void;
  /** The system refused to send a datagram, or there was no room to wait. */
  readonly sendFailed: () => void;
  /** A datagram was refused before it became a row. */
  readonly malformed: () => void;
}

/** What is asked of the kernel, as wireguard-go does; with less than the second, bursts are lost and a note says so. */
export const BUFFER_BYTES = 7 * 1024 * 1024;
const BUFFER_BYTES_GOOD = 4 * 1024 * 1024 - 1;
export const REOPEN_AFTER_MS = 1_000;
const BINDING_TRIES = 100;

/** A port could not be had; `code` is the system's (`EADDRINUSE`, `EACCES`). */
export class BindError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BindError';
    this.code = code;
  }
}

/**
 * Both families on one port, or IPv4 alone where there is no IPv6. Port 0 finds one that is free on both. `bind` rejects
 * with a `BindError`, and so does this.
 */
export async function bindBoth<Bound extends { readonly port: number; close(): unknown }>(
  port: number,
  bind: (family: Family, port: number) => Bound | Promise<Bound>,
): Promise<[four: Bound, six: Bound | null]> {
  for (let tries = 1; ; tries++) {
    const four = await bind(4, port);
    try {
      return [four, await bind(6, four.port)];
    } catch (error) {
      if (isWithoutIpv6(error)) return [four, null];
      await four.close();
      if (port !== 0 || tries === BINDING_TRIES || (error as BindError).code !== 'EADDRINUSE') throw error;
    }
  }
}

/** Notes on what was had: `receiveBytes` is what the kernel granted. */
export function socketNotes(hasIpv6: boolean, receiveBytes: number): string[] {
  const notes = hasIpv6 ? [] : ['this machine has no IPv6: listening on IPv4 alone'];
  if (receiveBytes < BUFFER_BYTES_GOOD) {
    notes.push(
      `the system gives the port a receive buffer of ${Math.round(receiveBytes / 1024)} KiB, so bursts may be lost: ` +
        'set net.core.rmem_max and net.core.wmem_max to 7340032',
    );
  }
  return notes;
}

function isWithoutIpv6(error: unknown): boolean {
  const code = (error as { code?: string }).code;
  return code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL' || code === 'EPROTONOSUPPORT';
}
