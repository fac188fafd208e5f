/**
 * Keypairs (whitepaper section 6.3): two transport keys made by one handshake, and the three that a peer may have.
 *
 *   previous   received on, while packets that were under way arrive
 *   current    sent and received on
 *   next       we answered a handshake and wait for the first packet, which confirms that the other side has the keys
 *
 * A keypair that leaves this table is handed back to the caller, who wipes its keys (`Core.end`).
 */

import { REJECT_AFTER_MESSAGES, REJECT_AFTER_TIME_MS } from './constants.ts';
import { ReplayWindow } from './tables/replay.ts';

export class Keypair {
  readonly isInitiator: boolean;
  /** Random index by which the peer names this keypair, and the peer's by which we name it. */
  readonly localIndex: number;
  readonly remoteIndex: number;
  /** Key slots of the `Aead`. */
  readonly sendSlot: number;
  readonly receiveSlot: number;
  readonly createdAt: number;
  readonly window = new ReplayWindow();
  /** The counter of the next packet. */
  sendCounter = 0;
  /** False when our private key changed: receive what is under way, send nothing more. */
  maySend = true;

  constructor(
    isInitiator: boolean,
    indices: { readonly local: number; readonly remote: number },
    slots: { readonly send: number; readonly receive: number },
    now: number,
  ) {
    this.isInitiator = isInitiator;
    this.localIndex = indices.local;
    this.remoteIndex = indices.remote;
    this.sendSlot = slots.send;
    this.receiveSlot = slots.receive;
    this.createdAt = now;
  }

  isTooOld(now: number): boolean {
    return now - this.createdAt >= REJECT_AFTER_TIME_MS;
  }

  canSend(now: number): boolean {
    return this.maySend && this.sendCounter < REJECT_AFTER_MESSAGES && !this.isTooOld(now);
  }
}

export class Keypairs {
  previous: Keypair | null = null;
  current: Keypair | null = null;
  next: Keypair | null = null;

  /** The keypair that the peer names by `index`, or null. */
  byIndex(index: number): Keypair | null {
    if (this.current !== null && this.current.localIndex === index) return this.current;
    if (this.next !== null && this.next.localIndex === index) return this.next;
    if (this.previous !== null && this.previous.localIndex === index) return this.previous;
    return null;
  }

  /**
   * Takes a new keypair in and returns those that ended by it.
   *
   * The initiator sends on it at once: the response proved that the other side has the keys. A `next` that was waiting
   * becomes previous, because the other side may be sending on it; otherwise current does. The responder keeps sending
   * on current until the first packet comes (`confirm`).
   */
  add(keypair: Keypair): Keypair[] {
    const ended: (Keypair | null)[] = [this.previous];
    if (keypair.isInitiator) {
      if (this.next !== null) ended.push(this.current);
      this.previous = this.next ?? this.current;
      this.next = null;
      this.current = keypair;
    } else {
      ended.push(this.next);
      this.previous = null;
      this.next = keypair;
    }
    return ended.filter((one) => one !== null);
  }

  /** The first packet came on `next`: it becomes current. No keypair ends by it: beside a next there is no previous. */
  confirm(): void {
    this.previous = this.current;
    this.current = this.next;
    this.next = null;
  }

  /** Empties the table and returns what was in it. */
  clear(): Keypair[] {
    const ended = [this.previous, this.current, this.next].filter((keypair) => keypair !== null);
    this.previous = null;
    this.current = null;
    this.next = null;
    return ended;
  }
}
