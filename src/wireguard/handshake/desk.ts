/**
 * The desk where handshake messages wait and are admitted, cheapest check first (whitepaper section 5.3; Linux
 * `receive.c`):
 *
 *   on arrival     size and type · room in the queue · mac1, or a known index for a cookie reply
 *   in its turn    under load: mac2, else a cookie reply · rate of its source · then the curve
 *
 * The queue is worked off after data, so that a flood of handshakes costs handshakes and not packets. mac1 is checked
 * before the queue (Linux: after), so that junk cannot fill it.
 */

import type { Endpoint } from '../../net/endpoint.ts';
import { sameKey } from '../../net/key.ts';
import {
  HANDSHAKE_QUEUE,
  MIN_INITIATION_GAP_MS,
  UNDER_LOAD_CPU_SHARE,
  UNDER_LOAD_QUEUE_SHARE,
  UNDER_LOAD_STICKY_MS,
} from '../constants.ts';
import type { Core, Identity } from '../core.ts';
import { dropNumber } from '../drop.ts';
import { Keypair } from '../keypair.ts';
import {
  COOKIE_BYTES,
  COOKIE_RECEIVER,
  INITIATION_BYTES,
  INITIATION_EPHEMERAL,
  INITIATION_MAC1,
  INITIATION_SENDER,
  RESPONSE_BYTES,
  RESPONSE_EPHEMERAL,
  RESPONSE_MAC1,
  RESPONSE_RECEIVER,
  RESPONSE_SENDER,
  readWord,
  TYPE_COOKIE,
  TYPE_INITIATION,
  TYPE_RESPONSE,
  writeWord,
} from '../message.ts';
import type { Peer } from '../peer.ts';
import { handshakeSent, sendKeepalive, sendStaged } from '../send.ts';
import { addMacs, consumeCookieReply, sourceBytes } from './cookie.ts';
import {
  createResponse,
  type OpenedInitiation,
  openInitiation,
  openInitiationPayload,
  openResponse,
  type SymmetricState,
} from './noise.ts';
import { RateLimiter } from './ratelimiter.ts';
import { compareTimestamps, timestampDistanceMs } from './tai64n.ts';

const MALFORMED = dropNumber('malformed');
const QUEUE_FULL = dropNumber('handshake-queue-full');
const MAC1_WRONG = dropNumber('mac1-wrong');
const COOKIE_REQUIRED = dropNumber('cookie-required');
const RATE_LIMITED = dropNumber('rate-limited');
const HANDSHAKE_INVALID = dropNumber('handshake-invalid');
const PEER_UNKNOWN = dropNumber('peer-unknown');
const PEER_EXPIRED = dropNumber('peer-expired');
const TIMESTAMP_REPLAYED = dropNumber('timestamp-replayed');
const INITIATION_TOO_SOON = dropNumber('initiation-too-soon');
const INDEX_UNKNOWN = dropNumber('index-unknown');
const RESPONSE_UNEXPECTED = dropNumber('response-unexpected');
const COOKIE_REPLY_INVALID = dropNumber('cookie-reply-invalid');
const KEY_SLOTS_FULL = dropNumber('key-slots-full');

const GOOD = -1;

export class HandshakeDesk {
  readonly #core: Core;
  readonly #capacity: number;
  /** A ring of messages in places of `INITIATION_BYTES`, with their lengths and sources. */
  #messages = new Uint8Array(0);
  readonly #lengths: Uint8Array;
  readonly #sources: (Endpoint | null)[];
  #first = 0;
  #count = 0;
  #loadSeenAt = Number.NEGATIVE_INFINITY;
  readonly #rateLimiter = new RateLimiter();
  /** The response under construction; sent before anything else can be. */
  readonly #response = new Uint8Array(RESPONSE_BYTES);

  constructor(core: Core, capacity: number = HANDSHAKE_QUEUE) {
    this.#core = core;
    this.#capacity = capacity;
    this.#lengths = new Uint8Array(capacity);
    this.#sources = new Array<Endpoint | null>(capacity).fill(null);
  }

  get waiting(): number {
    return this.#count;
  }

  /** Whether initiations and responses must carry a cookie now. */
  isUnderLoad(now: number): boolean {
    if (this.#count >= this.#capacity * UNDER_LOAD_QUEUE_SHARE) this.#loadSeenAt = now;
    return now - this.#loadSeenAt < UNDER_LOAD_STICKY_MS;
  }

  /** `share` of the CPU time went into handshakes lately. */
  reportShare(share: number, now: number): void {
    if (share > UNDER_LOAD_CPU_SHARE) this.#loadSeenAt = now;
  }

  /** Takes a message that is not data into the queue. The drop number of why not, or -1. */
  receive(arena: Uint8Array, offset: number, length: number, source: Endpoint): number {
    const type = readWord(arena, offset);
    const isReply = type === TYPE_COOKIE && length === COOKIE_BYTES;
    const isHandshake =
      (type === TYPE_INITIATION && length === INITIATION_BYTES) ||
      (type === TYPE_RESPONSE && length === RESPONSE_BYTES);
    if (!isReply && !isHandshake) return MALFORMED;
    if (this.#count >= this.#capacity) return QUEUE_FULL;
    const message = arena.subarray(offset, offset + length);
    if (isReply) {
      if (this.#core.indexTable.lookup(readWord(message, COOKIE_RECEIVER)) < 0) return INDEX_UNKNOWN;
    } else if (this.#core.identity?.cookies.hasMac1(message) !== true) {
      return MAC1_WRONG;
    }
    if (this.#messages.length === 0) this.#messages = new Uint8Array(this.#capacity * INITIATION_BYTES);
    const place = (this.#first + this.#count) % this.#capacity;
    this.#messages.set(message, place * INITIATION_BYTES);
    this.#lengths[place] = length;
    this.#sources[place] = source;
    this.#count++;
    return GOOD;
  }

  /** Works off up to `most` messages and returns how many are left. */
  work(most: number, now: number): number {
    for (let done = 0; done < most && this.#count > 0; done++) {
      const isUnderLoad = this.isUnderLoad(now);
      const place = this.#first;
      const at = place * INITIATION_BYTES;
      const message = this.#messages.subarray(at, at + this.#lengths[place]!);
      const source = this.#sources[place]!;
      this.#sources[place] = null;
      this.#first = (place + 1) % this.#capacity;
      this.#count--;
      this.#admit(message, source, isUnderLoad, now);
    }
    return this.#count;
  }

  #admit(message: Uint8Array, source: Endpoint, isUnderLoad: boolean, now: number): void {
    const { identity } = this.#core;
    if (identity === null) return;
    const type = readWord(message, 0);
    if (type === TYPE_COOKIE) {
      this.#consumeCookieReply(message, now);
      return;
    }
    if (isUnderLoad && !this.#mayEnter(identity, message, source, now)) return;
    if (type === TYPE_INITIATION) this.#consumeInitiation(identity, message, source, now);
    else this.#consumeResponse(identity, message, source, now);
  }

  /** Under load: whether the sender showed that it receives at its address, and keeps to its rate there. */
  #mayEnter(identity: Identity, message: Uint8Array, source: Endpoint, now: number): boolean {
    const bytes = sourceBytes(source);
    if (!identity.cookies.hasMac2(message, bytes, now)) {
      this.#core.drop(COOKIE_REQUIRED, null);
      const sender = readWord(message, INITIATION_SENDER);
      this.#core.output(identity.cookies.reply(message, sender, bytes, now), source, 'cookie', 0);
      return false;
    }
    if (this.#rateLimiter.allow(source.family, bytes, now)) return true;
    this.#core.drop(RATE_LIMITED, null);
    return false;
  }

  /** A reply never moves the endpoint: it is authenticated by what we sent, which others on the path have seen. */
  #consumeCookieReply(message: Uint8Array, now: number): void {
    const id = this.#core.indexTable.lookup(readWord(message, COOKIE_RECEIVER));
    if (id < 0) {
      this.#core.drop(INDEX_UNKNOWN, null);
      return;
    }
    const peer = this.#core.peers[id]!;
    if (!consumeCookieReply(message, peer, now)) this.#core.drop(COOKIE_REPLY_INVALID, peer);
  }

  #consumeInitiation(identity: Identity, message: Uint8Array, source: Endpoint, now: number): void {
    const core = this.#core;
    const noise = message.subarray(INITIATION_EPHEMERAL, INITIATION_MAC1);
    const opened = openInitiation(identity.start, identity.privateKey, noise);
    if (opened === null) {
      core.drop(HANDSHAKE_INVALID, null);
      return;
    }
    const peer = sameKey(opened.initiator, identity.publicKey) ? null : core.peerByKey(opened.initiator);
    const staticStatic = peer === null ? null : core.staticStatic(peer);
    if (peer === null || staticStatic === null) {
      opened.state.wipe();
      core.drop(PEER_UNKNOWN, peer);
      return;
    }
    const timestamp = openInitiationPayload(opened, staticStatic);
    const reason = timestamp === null ? HANDSHAKE_INVALID : this.#whyNot(peer, timestamp, now);
    if (timestamp === null || reason !== GOOD) {
      opened.state.wipe();
      core.drop(reason, peer);
      return;
    }
    // The initiation is the peer's and new. One of ours that is pending stays so, where Linux would forget it: when both
    // sides initiate at one moment, as after a restart, each gets its response now and not after another 5 s.
    peer.receivedTimestamp.set(timestamp);
    peer.timestampBehindMs = null;
    peer.lastInitiationAt = now;
    peer.endpoint = source;
    this.#respond(peer, opened, readWord(message, INITIATION_SENDER), now);
    this.#received(peer, message.length, now);
  }

  /** What is wrong with an initiation that is authentic: the drop number, or -1. */
  #whyNot(peer: Peer, timestamp: Uint8Array, now: number): number {
    const { expires } = peer;
    if (peer.isExpired || (expires !== null && this.#core.wallClock() >= expires)) return PEER_EXPIRED;
    if (compareTimestamps(timestamp, peer.receivedTimestamp) <= 0) {
      peer.timestampBehindMs = timestampDistanceMs(peer.receivedTimestamp, timestamp);
      return TIMESTAMP_REPLAYED;
    }
    return now - peer.lastInitiationAt < MIN_INITIATION_GAP_MS ? INITIATION_TOO_SOON : GOOD;
  }

  #respond(peer: Peer, opened: OpenedInitiation, remoteIndex: number, now: number): void {
    const core = this.#core;
    // A response counts as a handshake message sent, or the two sides could take turns for ever.
    peer.lastSentHandshakeAt = now;
    const noise = createResponse(opened, core.entropy.keyPair(), peer.presharedKey);
    if (noise === null) {
      core.drop(HANDSHAKE_INVALID, peer);
      return;
    }
    const localIndex = core.indexTable.insert(peer.id);
    if (!this.#begin(peer, opened.state, false, localIndex, remoteIndex, now)) return;
    const response = this.#response;
    writeWord(response, 0, TYPE_RESPONSE);
    writeWord(response, RESPONSE_SENDER, localIndex);
    writeWord(response, RESPONSE_RECEIVER, remoteIndex);
    response.set(noise, RESPONSE_EPHEMERAL);
    addMacs(response, peer, now);
    handshakeSent(core, peer, response, now);
  }

  #consumeResponse(identity: Identity, message: Uint8Array, source: Endpoint, now: number): void {
    const core = this.#core;
    const index = readWord(message, RESPONSE_RECEIVER);
    const id = core.indexTable.lookup(index);
    if (id < 0) {
      core.drop(INDEX_UNKNOWN, null);
      return;
    }
    const peer = core.peers[id]!;
    const { pending } = peer;
    if (pending === null || pending.localIndex !== index) {
      core.drop(RESPONSE_UNEXPECTED, peer);
      return;
    }
    const noise = message.subarray(RESPONSE_EPHEMERAL, RESPONSE_MAC1);
    const opened = openResponse(pending, identity.privateKey, peer.presharedKey, noise);
    if (opened === null) {
      core.drop(HANDSHAKE_INVALID, peer);
      return;
    }
    peer.endpoint = source;
    // The index goes on as the keypair's.
    pending.state.wipe();
    peer.pending = null;
    if (!this.#begin(peer, opened.state, true, index, readWord(message, RESPONSE_SENDER), now)) return;
    core.timers.handshakeComplete(peer, now);
    // The responder sends nothing on the new keypair before it hears from us on it.
    if (!sendStaged(core, peer, now)) sendKeepalive(core, peer, now);
    this.#received(peer, message.length, now);
  }

  /** Makes the keypair of a finished handshake. Without room for its keys the handshake was for nothing: false. */
  #begin(
    peer: Peer,
    state: SymmetricState,
    isInitiator: boolean,
    localIndex: number,
    remoteIndex: number,
    now: number,
  ): boolean {
    const core = this.#core;
    const [first, second] = state.split();
    const send = core.aead.addKey(isInitiator ? first : second);
    const receive = send < 0 ? -1 : core.aead.addKey(isInitiator ? second : first);
    first.fill(0);
    second.fill(0);
    if (receive < 0) {
      if (send >= 0) core.aead.removeKey(send);
      core.indexTable.remove(localIndex);
      core.drop(KEY_SLOTS_FULL, peer);
      return false;
    }
    const indices = { local: localIndex, remote: remoteIndex };
    for (const ended of peer.keypairs.add(new Keypair(isInitiator, indices, { send, receive }, now))) core.end(ended);
    core.timers.sessionDerived(peer, now);
    return true;
  }

  #received(peer: Peer, bytes: number, now: number): void {
    peer.receivedBytes += bytes;
    peer.lastReceivedAt = now;
    this.#core.timers.anyAuthenticatedPacketReceived(peer);
    this.#core.timers.anyAuthenticatedPacketTraversal(peer, now);
  }
}
