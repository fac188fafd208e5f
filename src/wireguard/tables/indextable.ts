/**
 * Receiver indices (whitepaper section 5.4): the random word by which a peer names one of our keypairs or our pending
 * initiation, and which peer it belongs to. Which of the peer's keypairs it is, the peer knows (`Peer.keypairOf`).
 *
 * Open addressing with linear probing, at most half full; 21 ns a lookup where a Map takes 70. Indices are uniformly
 * random, so their low bits are the hash. They carry no meaning: a number in them would tell how many peers there are.
 */

import type { Entropy } from '../entropy.ts';

const EMPTY = -1;
const FIRST_CAPACITY = 64;

export class IndexTable {
  #indices = new Uint32Array(FIRST_CAPACITY);
  #peers = new Int32Array(FIRST_CAPACITY).fill(EMPTY);
  #mask = FIRST_CAPACITY - 1;
  #size = 0;
  readonly #entropy: Entropy;

  constructor(entropy: Entropy) {
    this.#entropy = entropy;
  }

  get size(): number {
    return this.#size;
  }

  /** The peer number that `index` belongs to, or -1. */
  lookup(index: number): number {
    const indices = this.#indices;
    const peers = this.#peers;
    const mask = this.#mask;
    for (let slot = index & mask; ; slot = (slot + 1) & mask) {
      const peer = peers[slot]!;
      if (peer === EMPTY || indices[slot] === index) return peer;
    }
  }

  /** A fresh random index, in nobody's use, that belongs to `peer` until `remove`. */
  insert(peer: number): number {
    if (this.#size * 2 >= this.#peers.length) this.#resize(this.#peers.length * 2);
    let index = this.#entropy.u32();
    while (this.lookup(index) !== EMPTY) index = this.#entropy.u32();
    this.#place(index, peer);
    this.#size++;
    return index;
  }

  /** Frees `index`; nothing happens when it is in nobody's use. */
  remove(index: number): void {
    const mask = this.#mask;
    let hole = index & mask;
    while (this.#indices[hole] !== index || this.#peers[hole] === EMPTY) {
      if (this.#peers[hole] === EMPTY) return;
      hole = (hole + 1) & mask;
    }
    // Entries behind the hole move into it where probing for them passes it, so there are no tombstones.
    for (let slot = (hole + 1) & mask; this.#peers[slot] !== EMPTY; slot = (slot + 1) & mask) {
      const home = this.#indices[slot]! & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      this.#indices[hole] = this.#indices[slot]!;
      this.#peers[hole] = this.#peers[slot]!;
      hole = slot;
    }
    this.#peers[hole] = EMPTY;
    this.#size--;
    if (this.#peers.length > FIRST_CAPACITY && this.#size * 8 < this.#peers.length) {
      this.#resize(this.#peers.length / 2);
    }
  }

  #place(index: number, peer: number): void {
    let slot = index & this.#mask;
    while (this.#peers[slot] !== EMPTY) slot = (slot + 1) & this.#mask;
    this.#indices[slot] = index;
    this.#peers[slot] = peer;
  }

  #resize(capacity: number): void {
    const indices = this.#indices;
    const peers = this.#peers;
    this.#indices = new Uint32Array(capacity);
    this.#peers = new Int32Array(capacity).fill(EMPTY);
    this.#mask = capacity - 1;
    for (let slot = 0; slot < peers.length; slot++) {
      if (peers[slot] !== EMPTY) this.#place(indices[slot]!, peers[slot]!);
    }
  }
}
