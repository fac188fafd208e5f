/**
 * The five timers of a peer (whitepaper section 6; Linux `timers.c`), and one of our own for peers that expire.
 *
 *   retransmit handshake   5 s + jitter    an initiation had no answer
 *   send keepalive         10 s            data came and nothing was sent since
 *   new handshake          15 s + jitter   data was sent and nothing came since
 *   zero key material      540 s           no new keypair
 *   persistent keepalive   N s             nothing was sent or came, where a person asked for it
 *   expiry                                 the moment at which the peer is refused
 *
 * The functions here say what happened and are named for when to call them; what a timer does when it fires is in
 * `expirations.ts`. All timers of all peers lie in one `Wheel`.
 */

import {
  KEEPALIVE_TIMEOUT_MS,
  NEW_HANDSHAKE_TIMEOUT_MS,
  REKEY_TIMEOUT_JITTER_MS,
  REKEY_TIMEOUT_MS,
  ZERO_KEY_MATERIAL_AFTER_MS,
} from './constants.ts';
import type { Entropy } from './entropy.ts';
import type { Peer } from './peer.ts';
import { Wheel } from './tables/wheel.ts';

export const RETRANSMIT_HANDSHAKE = 0;
export const SEND_KEEPALIVE = 1;
export const NEW_HANDSHAKE = 2;
export const ZERO_KEY_MATERIAL = 3;
export const PERSISTENT_KEEPALIVE = 4;
export const EXPIRY = 5;
export const TIMERS_PER_PEER = 6;

export class Timers {
  readonly #wheel = new Wheel();
  #jitterState: number;

  constructor(entropy: Entropy) {
    this.#jitterState = entropy.u32() | 1;
  }

  /** Before the first timer of a peer. */
  peerAdded(peer: Peer, now: number): void {
    this.#wheel.start(now);
    this.#wheel.grow((peer.id + 1) * TIMERS_PER_PEER);
  }

  peerRemoved(peer: Peer): void {
    for (let timer = 0; timer < TIMERS_PER_PEER; timer++) this.cancel(peer, timer);
  }

  /** After an authenticated data packet with something in it was sent. */
  dataSent(peer: Peer, now: number): void {
    const entry = entryOf(peer, NEW_HANDSHAKE);
    if (this.#wheel.isArmed(entry)) return;
    this.#wheel.arm(entry, now + NEW_HANDSHAKE_TIMEOUT_MS + this.#jitter());
  }

  /** After an authenticated data packet with something in it was received. */
  dataReceived(peer: Peer, now: number): void {
    const entry = entryOf(peer, SEND_KEEPALIVE);
    if (this.#wheel.isArmed(entry)) peer.needsAnotherKeepalive = true;
    else this.#wheel.arm(entry, now + KEEPALIVE_TIMEOUT_MS);
  }

  /** After anything authenticated was sent: keepalive, data or handshake. */
  anyAuthenticatedPacketSent(peer: Peer): void {
    this.#wheel.cancel(entryOf(peer, SEND_KEEPALIVE));
  }

  /** After anything authenticated was received: keepalive, data or handshake. */
  anyAuthenticatedPacketReceived(peer: Peer): void {
    this.#wheel.cancel(entryOf(peer, NEW_HANDSHAKE));
  }

  /** Before anything authenticated is sent, and after it was received. */
  anyAuthenticatedPacketTraversal(peer: Peer, now: number): void {
    if (peer.keepaliveSeconds === 0) return;
    this.#wheel.arm(entryOf(peer, PERSISTENT_KEEPALIVE), now + peer.keepaliveSeconds * 1000);
  }

  /** After an initiation was sent. */
  handshakeInitiated(peer: Peer, now: number): void {
    this.#wheel.arm(entryOf(peer, RETRANSMIT_HANDSHAKE), now + REKEY_TIMEOUT_MS + this.#jitter());
  }

  /** After a response was accepted, or the first packet came on a keypair that we answered for. */
  handshakeComplete(peer: Peer, now: number): void {
    this.#wheel.cancel(entryOf(peer, RETRANSMIT_HANDSHAKE));
    peer.retries = 0;
    peer.handshakeAttempts = 0;
    peer.lastHandshakeAt = now;
  }

  /** After a keypair was made. */
  sessionDerived(peer: Peer, now: number): void {
    this.#wheel.arm(entryOf(peer, ZERO_KEY_MATERIAL), now + ZERO_KEY_MATERIAL_AFTER_MS);
  }

  arm(peer: Peer, timer: number, deadlineMs: number): void {
    this.#wheel.arm(entryOf(peer, timer), deadlineMs);
  }

  cancel(peer: Peer, timer: number): void {
    this.#wheel.cancel(entryOf(peer, timer));
  }

  isArmed(peer: Peer, timer: number): boolean {
    return this.#wheel.isArmed(entryOf(peer, timer));
  }

  /** Fires what is due: `fire` gets the peer's number and the timer's. */
  advance(now: number, fire: (peer: number, timer: number) => void): void {
    this.#wheel.advance(now, (entry) => fire(Math.floor(entry / TIMERS_PER_PEER), entry % TIMERS_PER_PEER));
  }

  nextDeadline(): number {
    return this.#wheel.nextDeadline();
  }

  /**
   * Jitter keeps peers that lost the same router apart, and two peers from initiating at each other for ever. It needs
   * to be unequal, not unpredictable, and is drawn on the data path: an xorshift from a random start.
   */
  #jitter(): number {
    let state = this.#jitterState;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#jitterState = state;
    return (state >>> 0) % REKEY_TIMEOUT_JITTER_MS;
  }
}

function entryOf(peer: Peer, timer: number): number {
  return peer.id * TIMERS_PER_PEER + timer;
}
