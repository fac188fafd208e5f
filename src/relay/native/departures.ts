/**
 * What leaves by the native backend: the messages of one batch, and datagrams of the device's own, which go first.
 *
 * When the kernel has no room, what is left waits (`isBlocked`) until the socket can be written to: `resume`. The owner
 * gives no other batch meanwhile. A kernel that takes nothing for a while gets nothing of what waited.
 */

import { constants } from 'node:os';
import type { Family } from '../../net/address.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import { type Batch, SLOT_BYTES } from '../../wireguard/batch.ts';
import type { BoundSockets } from './bound-socket.ts';
import {
  MESSAGE_INTS,
  MESSAGE_LENGTH,
  MESSAGE_OFFSET,
  MESSAGE_SEGMENT,
  MESSAGE_TOS,
  writeMessage,
  writeMessages,
} from './message-table.ts';
import type { NativeModule, UdpHandle } from './module.ts';
import { COPY_OFFSET, ROWS } from './native-arena.ts';
import { Place, placeOf } from './place.ts';

/** The device's own datagrams that wait for the kernel at most. */
const QUEUE_BYTES = 4 * 1024 * 1024;
const BLOCKED_MS = 200;
/** After a train did not get through to a place, this long datagrams go there one by one. */
const SINGLE_MS = 600_000;

const { EADDRNOTAVAIL, EAGAIN, EINVAL, EIO, EMSGSIZE, ENETUNREACH } = constants.errno;

export interface DepartureEvents {
  /** A datagram was refused by the system, or had no room to wait. */
  readonly sendFailed: () => void;
  /** Nothing can leave until the socket of this family can be written to. */
  readonly blocked: (family: Family) => void;
  readonly unblocked: () => void;
}

interface Waiting {
  readonly datagram: Uint8Array;
  readonly place: Place;
  readonly tos: number;
}

export class Departures {
  readonly #module: NativeModule;
  readonly #udp: UdpHandle;
  readonly #arena: Uint8Array;
  readonly #sockets: BoundSockets;
  readonly #events: DepartureEvents;
  /** By family: whether the socket takes trains. */
  readonly #joins: { 4: boolean; 6: boolean };
  /** Places of endpoints that did not come from the sockets: configured, or found by name. */
  readonly #foreign = new WeakMap<Endpoint, Place>();

  /** Messages of the batch that leaves; those from `#next` to `#count` have not yet. */
  readonly #messages = new Int32Array(ROWS * MESSAGE_INTS);
  readonly #places: Place[] = [];
  #next = 0;
  #count = 0;
  readonly #single = new Int32Array(MESSAGE_INTS);
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #isBlocked = false;
  /** Rings when nothing has left for too long; set while something waits. */
  #timer: NodeJS.Timeout | null = null;

  /** Sends by what is in `sockets` at the moment. */
  constructor(
    module: NativeModule,
    udp: UdpHandle,
    arena: Uint8Array,
    sockets: BoundSockets,
    mayJoin: boolean,
    events: DepartureEvents,
  ) {
    this.#module = module;
    this.#udp = udp;
    this.#arena = arena;
    this.#sockets = sockets;
    this.#joins = { 4: mayJoin, 6: mayJoin };
    this.#events = events;
  }

  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Sends every row in `batch.outgoing.order` to its endpoint. */
  send(batch: Batch): void {
    const ofRows = this.#destinations(batch);
    const to = { ofRows, ofMessages: this.#places, joins: this.#joins, now: performance.now() };
    this.#next = 0;
    this.#count = writeMessages(batch, to, this.#messages);
    this.#flush();
  }

  sendCopy(datagram: Uint8Array, endpoint: Endpoint, tos: number): void {
    const place = this.#placeOf(endpoint);
    if (place === null || this.#sockets[place.family] === null || datagram.length > SLOT_BYTES) {
      this.#events.sendFailed();
      return;
    }
    if (this.isBlocked) {
      this.#wait(datagram, place, tos);
      return;
    }
    this.#arena.set(datagram, COPY_OFFSET);
    if (!this.#sendOne(COPY_OFFSET, datagram.length, place, tos)) this.#wait(datagram, place, tos);
  }

  /** The socket can be written to again. */
  resume(): void {
    this.#isBlocked = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const { datagram, place, tos } of waiting) this.sendCopy(datagram, place, tos);
    this.#flush();
    if (this.#isBlocked) return;
    this.#stopTimer();
    this.#events.unblocked();
  }

  /** What waits is lost. */
  close(): void {
    this.#stopTimer();
    this.#waiting = [];
    this.#count = 0;
  }

  /** By row: its place. Rows that have none, or one that no socket leads to, are taken out of the order. */
  #destinations({ outgoing, endpoints }: Batch): readonly Place[] {
    const { order, count } = outgoing!;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const row = order[i]!;
      const place = this.#placeOf(endpoints[row]!);
      if (place === null) {
        this.#events.sendFailed();
        continue;
      }
      endpoints[row] = place;
      order[kept++] = row;
    }
    outgoing!.count = kept;
    return endpoints as Place[];
  }

  #placeOf(endpoint: Endpoint): Place | null {
    if (endpoint instanceof Place) return endpoint;
    const known = this.#foreign.get(endpoint);
    if (known !== undefined) return known;
    const place = placeOf(endpoint, this.#module);
    if (place !== null) this.#foreign.set(endpoint, place);
    return place;
  }

  /** Sends what is left of the batch, as far as the kernel takes it. */
  #flush(): void {
    while (this.#next < this.#count && !this.isBlocked) {
      const { family } = this.#places[this.#next]!;
      const end = this.#endOfFamily(family);
      const socket = this.#sockets[family];
      if (socket === null) {
        while (this.#next < end) this.#countFailed(this.#next++);
        continue;
      }
      const sent = this.#module.udpSend(this.#udp, socket.handle, this.#messages, this.#next, end);
      if (sent > 0) this.#left(sent);
      else if (sent === -EAGAIN) this.#block(family);
      else this.#refused(this.#next++, -sent);
    }
  }

  #left(messages: number): void {
    this.#next += messages;
    this.#timer?.refresh();
  }

  /** The first message after `#next` that goes out by the other socket. */
  #endOfFamily(family: Family): number {
    let end = this.#next + 1;
    while (end < this.#count && this.#places[end]!.family === family) end++;
    return end;
  }

  /**
   * A message that the kernel does not take. A train may be larger than the path allows (EMSGSIZE; EINVAL before Linux
   * 6.14), or the network card may take none at all (EIO): then its datagrams go one by one, as fragments if they must,
   * and so do the next ones for a while.
   */
  #refused(message: number, error: number): void {
    const at = message * MESSAGE_INTS;
    const place = this.#places[message]!;
    const length = this.#messages[at + MESSAGE_LENGTH]!;
    const segment = this.#messages[at + MESSAGE_SEGMENT]!;
    const isTrain = segment > 0;
    if (isTrain && error === EIO) this.#joins[place.family] = false;
    else if (isTrain && (error === EMSGSIZE || error === EINVAL)) place.singleUntil = performance.now() + SINGLE_MS;
    else if (!mayBeLocal(place, error)) {
      this.#countFailed(message);
      return;
    }
    const offset = this.#messages[at + MESSAGE_OFFSET]!;
    const tos = this.#messages[at + MESSAGE_TOS]!;
    const step = isTrain ? segment : length;
    for (let from = offset; from < offset + length; from += step) {
      const bytes = Math.min(step, offset + length - from);
      if (this.isBlocked || !this.#sendOne(from, bytes, place, tos)) {
        this.#wait(this.#arena.subarray(from, from + bytes), place, tos);
      }
    }
  }

  /** Sends a datagram that lies in the arena. False where the kernel has no room now; other refusals are counted. */
  #sendOne(offset: number, length: number, place: Place, tos: number): boolean {
    const socket = this.#sockets[place.family];
    if (socket === null) {
      this.#events.sendFailed();
      return true;
    }
    for (;;) {
      writeMessage(this.#single, 0, offset, length, tos, place);
      const sent = this.#module.udpSend(this.#udp, socket.handle, this.#single, 0, 1);
      if (sent === -EAGAIN) return false;
      if (sent === 1) return true;
      if (!mayBeLocal(place, -sent)) {
        this.#events.sendFailed();
        return true;
      }
      // The address that was called is not ours any more; trains are not to blame then.
      place.forgetLocal();
      place.singleUntil = 0;
    }
  }

  #countFailed(message: number): void {
    const at = message * MESSAGE_INTS;
    const segment = this.#messages[at + MESSAGE_SEGMENT]!;
    const datagrams = segment === 0 ? 1 : Math.ceil(this.#messages[at + MESSAGE_LENGTH]! / segment);
    for (let i = 0; i < datagrams; i++) this.#events.sendFailed();
  }

  #wait(datagram: Uint8Array, place: Place, tos: number): void {
    if (this.#waitingBytes + datagram.length > QUEUE_BYTES) {
      this.#events.sendFailed();
      return;
    }
    this.#waiting.push({ datagram: Uint8Array.from(datagram), place, tos });
    this.#waitingBytes += datagram.length;
    this.#block(place.family);
  }

  #block(family: Family): void {
    if (this.#isBlocked) return;
    this.#isBlocked = true;
    this.#timer ??= setTimeout(() => this.#timeOut(), BLOCKED_MS);
    this.#events.blocked(family);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#isBlocked = false;
  }

  /** Timers come before sockets: after a pause of the whole process it may be that the kernel has had room for long. */
  #timeOut(): void {
    const before = this.#next + this.#waiting.length;
    this.resume();
    if (!this.#isBlocked) return;
    if (this.#next + this.#waiting.length === before) this.#giveUp();
    else this.#timer?.refresh();
  }

  #giveUp(): void {
    while (this.#next < this.#count) this.#countFailed(this.#next++);
    for (let i = 0; i < this.#waiting.length; i++) this.#events.sendFailed();
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#stopTimer();
    this.#events.unblocked();
  }
}

/** Whether the reason may be that the address to send from is not ours any more: IPv4 says ENETUNREACH then. */
function mayBeLocal(place: Place, error: number): boolean {
  return place.local !== undefined && (error === EINVAL || error === ENETUNREACH || error === EADDRNOTAVAIL);
}
