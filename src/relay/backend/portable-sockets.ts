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
 * addresses may not be the one that was called; the outer TOS (ECN, DSCP) is neither seen nor set; datagrams leave with
 * don't-fragment as the system's default has it. `../native/native-sockets.ts` has none of these limits.
 */

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { Family } from '../../net/address.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import { formatEndpoint } from '../../net/endpoint.ts';
import {
  BATCH_PACKETS,
  Batch,
  LENGTH,
  OFFSET,
  ROW_INTS,
  SLOT_BYTES,
  STATUS,
  STATUS_READY,
} from '../../wireguard/batch.ts';
import {
  BindError,
  BUFFER_BYTES,
  bindBoth,
  REOPEN_AFTER_MS,
  type SocketEvents,
  type Sockets,
  socketNotes,
} from './sockets.ts';

/** Arena bytes that two batches take. */
export const SOCKETS_ARENA_BYTES = 2 * BATCH_PACKETS * SLOT_BYTES;

/** Copies that wait for the kernel at most; beyond, datagrams are dropped, as a full network card would. */
const QUEUE_BYTES = 4 * 1024 * 1024;
interface HeldBatch {
  readonly batch: Batch;
  /** Sends that have not called back. */
  outstanding: number;
  readonly sent: (error: Error | null) => void;
}

export class PortableSockets implements Sockets {
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
    const [four, six] = await bindBoth(port, async (family, port) => boundAs(await bound(family, port)));
    return new PortableSockets(four.socket, six?.socket ?? null, arena, events);
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

  get listening(): string[] {
    return [this.#sockets[4], this.#sockets[6]]
      .filter((socket) => socket !== null)
      .map((socket) => formatEndpoint({ host: socket.address().address, port: socket.address().port }));
  }

  get notes(): string[] {
    return socketNotes(this.has(6), grantedBytes(this.#sockets[4]!.getRecvBufferSize()));
  }

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

function boundAs(socket: Socket) {
  return { socket, port: socket.address().port, close: () => closed(socket) };
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

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    try {
      socket.close(() => resolve());
    } catch {
      resolve();
    }
  });
}
