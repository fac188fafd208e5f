/**
 * The relay's UDP port over the native module: many datagrams a system call, trains of them where the kernel joins them.
 *
 * A batch is worked on from its messages to its sending before the next one is received, so all of the arena is used
 * again at once. When the kernel has no room for what leaves, nothing more is received until it has: what comes then
 * waits in the sockets' buffers, and what the device sends of itself (handshakes, keepalives) goes first.
 *
 * A reply leaves from the address that was called, the outer TOS is read and set, and datagrams may be fragmented.
 */

import { constants } from 'node:os';
import type { Family } from '../../net/address.ts';
import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts';
import { Batch, ROW_INTS, STATUS, STATUS_DROPPED } from '../../wireguard/batch.ts';
import {
  BUFFER_BYTES,
  bindBoth,
  REOPEN_AFTER_MS,
  type SocketEvents,
  type Sockets,
  socketNotes,
} from '../backend/sockets.ts';
import { type BoundSocket, type BoundSockets, bindSocket } from './bound-socket.ts';
import { Departures } from './departures.ts';
import { MESSAGE_FIRST_ROW, MESSAGE_INTS, MESSAGE_PLACE, MESSAGE_ROWS, MESSAGE_SEGMENT } from './message-table.ts';
import { MESSAGES, type NativeModule, READABLE, type UdpHandle, WRITABLE } from './module.ts';
import { BATCH_BYTES, COPY_OFFSET, OUTGOING_OFFSET, ROWS, TRAINS } from './native-arena.ts';
import type { Offload } from './offload.ts';
import { PLACE_FAMILY, Places } from './place.ts';

/** Batches before other work has its turn. */
const BATCHES_A_TURN = 8;
/** Sources that are remembered. */
const PLACES = 4_096;

const { EAGAIN } = constants.errno;

export class NativeSockets implements Sockets {
  readonly port: number;
  readonly #module: NativeModule;
  readonly #udp: UdpHandle;
  readonly #events: SocketEvents;
  readonly #wantsJoined: boolean;
  readonly #sockets: BoundSockets;
  readonly #departures: Departures;
  readonly #batch: Batch;
  /** A row for each message that came. */
  readonly #came = new Int32Array(MESSAGES * MESSAGE_INTS);
  readonly #places: Places;
  /** Messages to ask for. */
  #most = MESSAGES;
  #isClosed = false;

  /**
   * Binds the port on both families. The first `NATIVE_ARENA_BYTES` of `arena` are for it. Rejects with a `BindError`.
   */
  static async open(
    port: number,
    module: NativeModule,
    arena: Uint8Array,
    offload: Offload,
    events: SocketEvents,
  ): Promise<NativeSockets> {
    let made: NativeSockets | null = null;
    const ready = (family: Family, happened: number) => {
      if (made !== null) made.#ready(family, happened);
    };
    const [four, six] = await bindBoth(port, (family, port) =>
      bindSocket(module, family, port, offload.receive, (happened) => ready(family, happened)),
    );
    made = new NativeSockets(module, arena, offload, events, four, six);
    return made;
  }

  private constructor(
    module: NativeModule,
    arena: Uint8Array,
    offload: Offload,
    events: SocketEvents,
    four: BoundSocket,
    six: BoundSocket | null,
  ) {
    this.port = four.port;
    this.#module = module;
    this.#udp = module.udpNew(arena);
    this.#events = events;
    this.#wantsJoined = offload.receive;
    this.#sockets = { 4: four, 6: six };
    this.#departures = new Departures(module, this.#udp, arena, this.#sockets, offload.send, {
      sendFailed: events.sendFailed,
      blocked: (family) => this.#watch((other) => (other === family ? WRITABLE : 0)),
      unblocked: () => this.#receiveAgain(),
    });
    this.#places = new Places(PLACES, module);
    const outgoing = { from: OUTGOING_OFFSET, end: COPY_OFFSET, order: new Int32Array(ROWS), count: 0 };
    this.#batch = new Batch(arena, new Int32Array(ROWS * ROW_INTS), 0, outgoing);
    this.#watch(() => READABLE);
  }

  has(family: Family): boolean {
    return this.#sockets[family] !== null;
  }

  get listening(): string[] {
    const hosts = [...(this.has(4) ? ['0.0.0.0'] : []), ...(this.has(6) ? ['::'] : [])];
    return hosts.map((host) => formatEndpoint({ host, port: this.port }));
  }

  get notes(): string[] {
    return socketNotes(this.has(6), this.#sockets[4]?.receiveBytes ?? BUFFER_BYTES);
  }

  send(batch: Batch): void {
    if (!this.#isClosed) this.#departures.send(batch);
  }

  sendCopy(datagram: Uint8Array, endpoint: Endpoint, tos: number): void {
    if (this.#isClosed) this.#events.sendFailed();
    else this.#departures.sendCopy(datagram, endpoint, tos);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#departures.close();
    for (const family of [4, 6] as const) {
      this.#sockets[family]?.close();
      this.#sockets[family] = null;
    }
  }

  #ready(family: Family, happened: number): void {
    if (this.#isClosed) return;
    if (happened < 0) this.#reopen(family);
    else if (!this.#departures.isBlocked) this.#receive(family);
    else if ((happened & WRITABLE) !== 0) this.#departures.resume();
  }

  /** Works on what came to the socket, for some batches. */
  #receive(family: Family): void {
    for (let batches = 0; batches < BATCHES_A_TURN; batches++) {
      const socket = this.#sockets[family];
      if (socket === null || this.#departures.isBlocked) return;
      const asked = this.#most;
      const { rows } = this.#batch;
      const messages = this.#module.udpReceive(this.#udp, socket.handle, asked, BATCH_BYTES, rows, this.#came);
      if (messages <= 0) {
        if (messages !== -EAGAIN) this.#reopen(family);
        return;
      }
      this.#handOver(messages);
      if (this.#isClosed) return;
      // Fewer than were asked for is all there was, unless some of them wait for room, and nobody tells of those again.
      if (messages < asked && !this.#hasWaiting()) return;
    }
    if (this.#hasWaiting()) setImmediate(() => this.#receive(family));
  }

  /** Whether messages came that found no room in the batch. The next `udpReceive` brings them, of whichever socket. */
  #hasWaiting(): boolean {
    return this.#module.udpWaiting(this.#udp) > 0;
  }

  #handOver(messages: number): void {
    const came = this.#came;
    const { rows, endpoints } = this.#batch;
    let count = 0;
    let hasTrains = false;
    for (let at = 0; at < messages * MESSAGE_INTS; at += MESSAGE_INTS) {
      const first = came[at + MESSAGE_FIRST_ROW]!;
      count = first + came[at + MESSAGE_ROWS]!;
      if (came[at + MESSAGE_SEGMENT] !== 0) hasTrains = true;
      const place = this.#places.find(came, at + MESSAGE_PLACE);
      // Nobody can be answered at port 0.
      const isGood = place.port !== 0 && place.columns[PLACE_FAMILY] !== 0;
      for (let row = first; row < count; row++) {
        endpoints[row] = place;
        if (isGood) continue;
        rows[row * ROW_INTS + STATUS] = STATUS_DROPPED;
        this.#events.malformed();
      }
    }
    this.#most = hasTrains ? TRAINS : MESSAGES;
    this.#batch.count = count;
    this.#events.batch(this.#batch);
    this.#batch.count = 0;
  }

  #receiveAgain(): void {
    this.#watch(() => READABLE);
    const family = this.has(4) ? 4 : 6;
    if (this.#hasWaiting()) setImmediate(() => this.#receive(family));
  }

  #watch(events: (family: Family) => number): void {
    for (const family of [4, 6] as const) {
      const socket = this.#sockets[family];
      if (socket !== null) this.#module.udpWatch(socket.handle, events(family));
    }
  }

  /** A socket that cannot receive any more (the machine slept, the network went) is replaced. */
  #reopen(family: Family): void {
    this.#sockets[family]?.close();
    this.#sockets[family] = null;
    this.#openAgain(family);
  }

  #openAgain(family: Family): void {
    if (this.#isClosed) return;
    try {
      const socket = bindSocket(this.#module, family, this.port, this.#wantsJoined, (happened) =>
        this.#ready(family, happened),
      );
      this.#sockets[family] = socket;
      this.#module.udpWatch(socket.handle, this.#departures.isBlocked ? 0 : READABLE);
    } catch {
      setTimeout(() => this.#openAgain(family), REOPEN_AFTER_MS).unref();
    }
  }
}
