/**
 * The relay's UDP port over `node:dgram`: an IPv4 and an IPv6 socket on one port, datagrams in as batches, batches out.
 *
 * One system call a datagram is what dgram offers. A turn of the event loop delivers up to 32 datagrams of a socket;
 * they become one batch, handed over when the turn ends or the batch is full.
 *
 * Buffers. libuv tries to send at once and, where the kernel's buffer is full, keeps the pointer until there is room.
 * So a batch is filled again only when every one of its sends has called back, and there are two of them: while one is
 * held, the other goes on and its sends are copied, up to a bound.
 *
 * Known limits of dgram: a reply leaves from the address that the system chooses, which on a machine with several
 * addresses may not be the one that was called; the outer TOS (ECN, DSCP) is neither seen nor set.
 */

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { Family } from '../net/address.ts';
import type { Endpoint } from '../net/endpoint.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import {
  BATCH_PACKETS,
  Batch,
  LENGTH,
  OFFSET,
  ROW_INTS,
  SLOT_BYTES,
  STATUS,
  STATUS_READY,
} from '../wireguard/batch.ts';

/** Arena bytes that two batches take. */
export const SOCKETS_ARENA_BYTES = 2 * BATCH_PACKETS * SLOT_BYTES;

/** What is asked of the kernel, as wireguard-go does; with less than the second, bursts are lost and a note says so. */
const BUFFER_BYTES = 7 * 1024 * 1024;
const BUFFER_BYTES_GOOD = 4 * 1024 * 1024 - 1;
/** Copies that wait for the kernel at most; beyond, datagrams are dropped, as a full network card would. */
const QUEUE_BYTES = 4 * 1024 * 1024;
const BINDING_TRIES = 100;
const REOPEN_AFTER_MS = 1_000;

export interface SocketEvents {
  /** A batch to work on; `send` is called with it, if at all, before this returns. */
  readonly batch: (batch: Batch) => void;
  /** The system refused to send a datagram, or there was no room to wait. */
  readonly sendFailed: () => void;
  /** A datagram was refused before it became a row. */
  readonly malformed: () => void;
}

/** A port could not be had; `code` is the system's (`EADDRINUSE`, `EACCES`). */
export class BindError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BindError';
    this.code = code;
  }
}

interface HeldBatch {
  readonly batch: Batch;
  /** Sends that have not called back. */
  outstanding: number;
  readonly sent: (error: Error | null) => void;
}

export class PortableSockets {
  readonly port: number;
  readonly #events: SocketEvents;
  readonly #sockets: { 4: Socket | null; 6: Socket | null };
  readonly #held: readonly [HeldBatch, HeldBatch];
  #filling: HeldBatch;
  #isFlushPlanned = false;
  #isClosed = false;
  /** The last source of each family, so that a stream of datagrams does not make an object each. */
  readonly #lastSource: { 4: Endpoint; 6: Endpoint } = {
    4: { family: 4, address: '', port: 0 },
    6: { family: 6, address: '', port: 0 },
  };
  readonly #flush = () => {
    this.#isFlushPlanned = false;
    this.#handOver();
  };
  readonly #copySent = (error: Error | null) => {
    if (error !== null) this.#events.sendFailed();
  };

  /**
   * Binds the port on both families, or on IPv4 alone where there is no IPv6. Port 0 finds one that is free on both.
   * Batches lie in `arena`, whose first `SOCKETS_ARENA_BYTES` are theirs. Rejects with a `BindError`.
   */
  static async open(port: number, arena: Uint8Array, events: SocketEvents): Promise<PortableSockets> {
    for (let tries = 1; ; tries++) {
      const four = await bound(4, port);
      const chosen = four.address().port;
      try {
        return new PortableSockets(four, await bound(6, chosen), arena, events);
      } catch (error) {
        if (isWithoutIpv6(error)) return new PortableSockets(four, null, arena, events);
        await closed(four);
        if (port !== 0 || tries === BINDING_TRIES || (error as BindError).code !== 'EADDRINUSE') throw error;
      }
    }
  }

  private constructor(four: Socket, six: Socket | null, arena: Uint8Array, events: SocketEvents) {
    this.port = four.address().port;
    this.#events = events;
    this.#sockets = { 4: four, 6: six };
    this.#held = [this.#holding(new Batch(arena)), this.#holding(new Batch(arena, undefined, SOCKETS_ARENA_BYTES / 2))];
    this.#filling = this.#held[0];
    this.#listen(four, 4);
    if (six !== null) this.#listen(six, 6);
  }

  has(family: Family): boolean {
    return this.#sockets[family] !== null;
  }

  /** What it listens on, as text: `0.0.0.0:51820`, `[::]:51820`. */
  get listening(): string[] {
    return [this.#sockets[4], this.#sockets[6]]
      .filter((socket) => socket !== null)
      .map((socket) => formatEndpoint({ host: socket.address().address, port: socket.address().port }));
  }

  /** What a person should know: no IPv6, small buffers. */
  get notes(): string[] {
    const notes = this.has(6) ? [] : ['this machine has no IPv6: listening on IPv4 alone'];
    const receive = grantedBytes(this.#sockets[4]!.getRecvBufferSize());
    if (receive < BUFFER_BYTES_GOOD) {
      notes.push(
        `the system gives the port a receive buffer of ${Math.round(receive / 1024)} KiB, so bursts may be lost: ` +
          'set net.core.rmem_max and net.core.wmem_max to 7340032',
      );
    }
    return notes;
  }

  /** Sends every READY row to its endpoint. */
  send(batch: Batch): void {
    const held = batch === this.#held[0].batch ? this.#held[0] : this.#held[1];
    const other = held === this.#held[0] ? this.#held[1] : this.#held[0];
    const mustCopy = other.outstanding > 0;
    const { rows, endpoints, arena } = batch;
    const end = batch.count * ROW_INTS;
    for (let row = 0, at = 0; at < end; row++, at += ROW_INTS) {
      if (rows[at + STATUS] !== STATUS_READY) continue;
      const offset = rows[at + OFFSET]!;
      const length = rows[at + LENGTH]!;
      const endpoint = endpoints[row]!;
      if (mustCopy) {
        this.sendCopy(arena.subarray(offset, offset + length), endpoint);
        continue;
      }
      const socket = this.#sockets[endpoint.family];
      if (socket === null) {
        this.#events.sendFailed();
        continue;
      }
      held.outstanding++;
      try {
        socket.send(arena, offset, length, endpoint.port, endpoint.address, held.sent);
      } catch {
        held.outstanding--;
        this.#events.sendFailed();
      }
    }
  }

  /** Sends one datagram from bytes that the caller uses again as soon as this returns. */
  sendCopy(datagram: Uint8Array, endpoint: Endpoint): void {
    const socket = this.#sockets[endpoint.family];
    if (socket === null || this.#isClosed || socket.getSendQueueSize() > QUEUE_BYTES) {
      this.#events.sendFailed();
      return;
    }
    try {
      socket.send(new Uint8Array(datagram), endpoint.port, endpoint.address, this.#copySent);
    } catch {
      this.#events.sendFailed();
    }
  }

  /** Ends both sockets; what waited to be sent is lost. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const open = [this.#sockets[4], this.#sockets[6]].filter((socket) => socket !== null);
    this.#sockets[4] = null;
    this.#sockets[6] = null;
    await Promise.all(open.map(closed));
  }

  #holding(batch: Batch): HeldBatch {
    const held: HeldBatch = {
      batch,
      outstanding: 0,
      sent: (error) => {
        held.outstanding--;
        if (error !== null) this.#events.sendFailed();
      },
    };
    return held;
  }

  #listen(socket: Socket, family: Family): void {
    socket.on('message', (datagram, source) => this.#receive(datagram, source, family));
    // A socket that cannot receive any more (the machine slept, the network went) is replaced.
    socket.on('error', () => this.#reopen(socket, family));
  }

  #receive(datagram: Uint8Array, source: RemoteInfo, family: Family): void {
    // Nobody can be answered at port 0, and dgram throws when one tries.
    if (this.#isClosed || source.port === 0) {
      this.#events.malformed();
      return;
    }
    const filling = this.#filling;
    if (filling.batch.count === 0 && filling.outstanding > 0) {
      const other = filling === this.#held[0] ? this.#held[1] : this.#held[0];
      if (other.outstanding === 0) {
        this.#filling = other;
        this.#receive(datagram, source, family);
        return;
      }
    }
    if (filling.batch.add(datagram, this.#sourceOf(source, family)) < 0) {
      this.#events.malformed();
      return;
    }
    if (filling.batch.count === BATCH_PACKETS) {
      this.#handOver();
    } else if (!this.#isFlushPlanned) {
      this.#isFlushPlanned = true;
      setImmediate(this.#flush);
    }
  }

  #handOver(): void {
    const { batch } = this.#filling;
    if (batch.count === 0 || this.#isClosed) return;
    this.#events.batch(batch);
    batch.clear();
  }

  #sourceOf(source: RemoteInfo, family: Family): Endpoint {
    const last = this.#lastSource[family];
    if (last.port === source.port && last.address === source.address) return last;
    const endpoint: Endpoint = { family, address: source.address, port: source.port };
    this.#lastSource[family] = endpoint;
    return endpoint;
  }

  #reopen(socket: Socket, family: Family): void {
    if (this.#isClosed || this.#sockets[family] !== socket) return;
    this.#sockets[family] = null;
    closed(socket).then(() => this.#openAgain(family));
  }

  #openAgain(family: Family): void {
    if (this.#isClosed) return;
    bound(family, this.port).then(
      (socket) => {
        if (this.#isClosed) {
          socket.close();
          return;
        }
        this.#sockets[family] = socket;
        this.#listen(socket, family);
      },
      () => setTimeout(() => this.#openAgain(family), REOPEN_AFTER_MS).unref(),
    );
  }
}

/** A socket bound to every address of the family. Rejects with a `BindError`. */
function bound(family: Family, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // Names never come here, and an address that resolves in the same moment is sent to in the same moment.
    const lookup = (host: string, _options: unknown, callback: LookupCallback) => callback(null, host, family);
    const socket = createSocket({ type: family === 4 ? 'udp4' : 'udp6', ipv6Only: family === 6, lookup });
    socket.once('error', (cause: NodeJS.ErrnoException) => {
      const code = cause.code ?? 'UNKNOWN';
      socket.close();
      reject(new BindError(code, `Cannot listen on UDP port ${port} (IPv${family}): ${cause.message}`, { cause }));
    });
    socket.bind({ port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      enlarge((bytes) => socket.setRecvBufferSize(bytes));
      enlarge((bytes) => socket.setSendBufferSize(bytes));
      resolve(socket);
    });
  });
}

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string, family: number) => void;

/** Sets a buffer's size to what the system takes: Linux gives less without a word, others refuse. */
function enlarge(set: (bytes: number) => void): void {
  for (let bytes = BUFFER_BYTES; bytes > 256 * 1024; bytes = Math.floor(bytes / 2)) {
    try {
      set(bytes);
      return;
    } catch {
      // The next size may do; the system's own always does.
    }
  }
}

/** Linux doubles what it was asked for, for its own bookkeeping, and says the double. */
function grantedBytes(reported: number): number {
  return process.platform === 'linux' ? reported / 2 : reported;
}

function isWithoutIpv6(error: unknown): boolean {
  const code = (error as { code?: string }).code;
  return code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL' || code === 'EPROTONOSUPPORT';
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    try {
      socket.close(() => resolve());
    } catch {
      resolve();
    }
  });
}
