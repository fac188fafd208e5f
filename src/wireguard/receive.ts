/**
 * Everything that arrives as a batch: data messages are opened and checked here, handshake messages are put in their
 * queue (`handshake/desk.ts`).
 *
 * The order of the checks is the protocol's (Linux `receive.c`): index, age, counter limit, tag, replay, and only what
 * passed all of these may move the endpoint, confirm a keypair or touch a timer. Then the inner packet: version, length
 * in its header, owner of its source.
 */

import { decapsulate } from '../net/ecn.ts';
import { samePath } from '../net/endpoint.ts';
import {
  type Batch,
  COUNTER_HIGH,
  COUNTER_LOW,
  DATA_HEADER_BYTES,
  FROM_PEER,
  INNER_LENGTH,
  KEY_SLOT,
  LENGTH,
  OFFSET,
  REASON,
  ROW_INTS,
  STATUS,
  STATUS_CONSUMED,
  STATUS_DROPPED,
  STATUS_READY,
  TAG_BYTES,
  TOS,
} from './batch.ts';
import { REJECT_AFTER_MESSAGES, REKEY_WHEN_RECEIVING_AFTER_MS } from './constants.ts';
import type { Core } from './core.ts';
import { dropNumber } from './drop.ts';
import type { HandshakeDesk } from './handshake/desk.ts';
import type { Keypair } from './keypair.ts';
import { DATA_COUNTER, DATA_MINIMUM_BYTES, DATA_RECEIVER, readWord, TYPE_DATA } from './message.ts';
import type { Peer } from './peer.ts';
import { sendInitiation, sendStaged } from './send.ts';

const MALFORMED = dropNumber('malformed');
const INDEX_UNKNOWN = dropNumber('index-unknown');
const KEYPAIR_EXPIRED = dropNumber('keypair-expired');
const COUNTER_EXHAUSTED = dropNumber('counter-exhausted');
const REPLAYED = dropNumber('replayed');
const INNER_MALFORMED = dropNumber('inner-malformed');
const SOURCE_NOT_ALLOWED = dropNumber('source-not-allowed');

const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
const SOURCE_4 = 12;
const DESTINATION_4 = 16;
const SOURCE_6 = 8;
const DESTINATION_6 = 24;

export class Receiver {
  readonly #core: Core;
  readonly #desk: HandshakeDesk;
  /** By row of the batch in work: the keypair it is opened with. */
  readonly #keypairs: (Keypair | null)[] = [];

  constructor(core: Core, desk: HandshakeDesk) {
    this.#core = core;
    this.#desk = desk;
  }

  open(batch: Batch, now: number): void {
    const { rows } = batch;
    const { peers } = this.#core;
    const end = batch.count * ROW_INTS;
    for (let row = 0, at = 0; at < end; row++, at += ROW_INTS) {
      this.#keypairs[row] = null;
      if (rows[at + STATUS] === STATUS_READY) this.#sort(batch, row, at, now);
    }
    this.#core.aead.openBatch(batch);
    for (let row = 0, at = 0; at < end; row++, at += ROW_INTS) {
      const keypair = this.#keypairs[row]!;
      if (keypair === null) continue;
      this.#keypairs[row] = null;
      const peer = peers[rows[at + FROM_PEER]!]!;
      if (rows[at + STATUS] === STATUS_READY) {
        const reason = this.#accept(batch, row, at, peer, keypair, now);
        if (reason < 0) continue;
        rows[at + STATUS] = STATUS_DROPPED;
        rows[at + REASON] = reason;
      }
      this.#core.drop(rows[at + REASON]!, peer);
    }
  }

  /** Before the tag: a data message gets its keypair, a handshake message goes to its queue, the rest is dropped. */
  #sort(batch: Batch, row: number, at: number, now: number): void {
    const { rows, arena } = batch;
    const offset = rows[at + OFFSET]!;
    const length = rows[at + LENGTH]!;
    if (length < DATA_MINIMUM_BYTES) {
      this.#drop(rows, at, MALFORMED, null);
      return;
    }
    const type = readWord(arena, offset);
    if (type !== TYPE_DATA) {
      const reason = this.#desk.receive(arena, offset, length, batch.endpoints[row]!);
      if (reason < 0) rows[at + STATUS] = STATUS_CONSUMED;
      else this.#drop(rows, at, reason, null);
      return;
    }
    const index = readWord(arena, offset + DATA_RECEIVER);
    const id = this.#core.indexTable.lookup(index);
    const peer = id < 0 ? null : this.#core.peers[id]!;
    // An index may also be that of our pending initiation, for which there can be no data.
    const keypair = peer === null ? null : peer.keypairs.byIndex(index);
    if (peer === null || keypair === null) {
      this.#drop(rows, at, INDEX_UNKNOWN, peer);
      return;
    }
    if (keypair.isTooOld(now)) {
      this.#drop(rows, at, KEYPAIR_EXPIRED, peer);
      return;
    }
    const low = readWord(arena, offset + DATA_COUNTER);
    const high = readWord(arena, offset + DATA_COUNTER + 4);
    if (high * 2 ** 32 + low >= REJECT_AFTER_MESSAGES) {
      this.#drop(rows, at, COUNTER_EXHAUSTED, peer);
      return;
    }
    rows[at + FROM_PEER] = id;
    rows[at + KEY_SLOT] = keypair.receiveSlot;
    rows[at + COUNTER_LOW] = low;
    rows[at + COUNTER_HIGH] = high;
    this.#keypairs[row] = keypair;
  }

  /** After the tag. The drop number of what is wrong, or -1 when the row is passed on or consumed. */
  #accept(batch: Batch, row: number, at: number, peer: Peer, keypair: Keypair, now: number): number {
    const { rows } = batch;
    const core = this.#core;
    const counter = (rows[at + COUNTER_HIGH]! >>> 0) * 2 ** 32 + (rows[at + COUNTER_LOW]! >>> 0);
    if (!keypair.window.accept(counter)) return REPLAYED;

    const endpoint = batch.endpoints[row]!;
    const known = peer.endpoint;
    if (known !== endpoint && (known === null || !samePath(known, endpoint))) peer.endpoint = endpoint;
    peer.lastReceivedAt = now;
    if (keypair === peer.keypairs.next) this.#confirm(peer, now);
    this.#keepFresh(peer, now);
    core.timers.anyAuthenticatedPacketReceived(peer);
    core.timers.anyAuthenticatedPacketTraversal(peer, now);

    const length = rows[at + LENGTH]! - DATA_HEADER_BYTES - TAG_BYTES;
    if (length === 0) {
      peer.receivedBytes += DATA_MINIMUM_BYTES;
      rows[at + STATUS] = STATUS_CONSUMED;
      return -1;
    }
    core.timers.dataReceived(peer, now);
    const inner = rows[at + OFFSET]! + DATA_HEADER_BYTES;
    const innerLength = innerLengthOf(batch.arena, inner, length);
    if (innerLength < 0) return INNER_MALFORMED;
    if (!this.#maySend(peer.id, batch.arena, inner)) return SOURCE_NOT_ALLOWED;
    peer.receivedBytes += length + DATA_MINIMUM_BYTES;
    rows[at + INNER_LENGTH] = innerLength;
    if (rows[at + TOS] !== 0) decapsulate(batch.arena, inner, rows[at + TOS]!);
    return -1;
  }

  /** Whether the source of the packet at `inner` is the peer's, or one that it may bring from outside. */
  #maySend(peer: number, arena: Uint8Array, inner: number): boolean {
    const { allowedIps, exits } = this.#core;
    if (arena[inner]! >> 4 === 4) {
      const owner = allowedIps.lookup4(arena, inner + SOURCE_4);
      return owner === peer || (owner < 0 && exits.lookup4(arena, inner + DESTINATION_4, inner + SOURCE_4) === peer);
    }
    const owner = allowedIps.lookup6(arena, inner + SOURCE_6);
    return owner === peer || (owner < 0 && exits.lookup6(arena, inner + DESTINATION_6, inner + SOURCE_6) === peer);
  }

  /** The first packet on a keypair that we answered for: the other side has the keys, so we send on it from now on. */
  #confirm(peer: Peer, now: number): void {
    peer.keypairs.confirm();
    this.#core.timers.handshakeComplete(peer, now);
    sendStaged(this.#core, peer, now);
  }

  /** The initiator of a keypair that is about to end makes a new one also where it only receives. */
  #keepFresh(peer: Peer, now: number): void {
    const keypair = peer.keypairs.current;
    if (keypair === null || !keypair.isInitiator || !keypair.maySend) return;
    if (now - keypair.createdAt >= REKEY_WHEN_RECEIVING_AFTER_MS) sendInitiation(this.#core, peer, now);
  }

  #drop(rows: Int32Array, at: number, reason: number, peer: Peer | null): void {
    rows[at + STATUS] = STATUS_DROPPED;
    rows[at + REASON] = reason;
    this.#core.drop(reason, peer);
  }
}

/**
 * The bytes of the inner packet by its own header, at most `length`, or -1 when header and length cannot be true. The
 * rest up to `length` is padding.
 */
function innerLengthOf(arena: Uint8Array, at: number, length: number): number {
  const version = arena[at]! >> 4;
  if (version === 4) {
    if (length < IPV4_HEADER_BYTES) return -1;
    const headerBytes = (arena[at]! & 15) * 4;
    const total = (arena[at + 2]! << 8) | arena[at + 3]!;
    return headerBytes < IPV4_HEADER_BYTES || total < headerBytes || total > length ? -1 : total;
  }
  if (version === 6) {
    if (length < IPV6_HEADER_BYTES) return -1;
    // A number of more than 16 bits: in 16, a payload of 65,496 and more would wrap round to a short packet.
    const total = IPV6_HEADER_BYTES + ((arena[at + 4]! << 8) | arena[at + 5]!);
    return total > length ? -1 : total;
  }
  return -1;
}
