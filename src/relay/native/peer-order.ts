/**
 * Rows sorted by the peer they go to: peers in the order of their first row, each peer's rows in the order in which they
 * came. So what goes to one peer is sealed into one piece of the arena, from where it can leave as a train, also when it
 * came as single datagrams between those of others.
 */

import { ROW_INTS, STATUS, STATUS_READY, TO_PEER } from '../../wireguard/batch.ts';

const NONE = -1;

export class PeerOrder {
  /** By peer number: its first and last row so far, NONE between calls. Grows with the numbers that occur. */
  #first = new Int32Array(0);
  #last = new Int32Array(0);
  /** By row: the next of the same peer. */
  #next = new Int32Array(0);
  /** Peers in order; `write` is not called from within itself. */
  #peers = new Int32Array(0);

  /** Writes the numbers of the READY rows among the first `count` to `order` and returns how many there are. */
  write(rows: Int32Array, count: number, order: Int32Array): number {
    if (this.#next.length < count) {
      this.#next = new Int32Array(count);
      this.#peers = new Int32Array(count);
    }
    let peers = 0;
    let lastPeer = NONE;
    let lastRow = NONE;
    for (let row = 0, at = 0; row < count; row++, at += ROW_INTS) {
      if (rows[at + STATUS] !== STATUS_READY) continue;
      const peer = rows[at + TO_PEER]!;
      this.#next[row] = NONE;
      if (peer === lastPeer) {
        this.#next[lastRow] = row;
      } else {
        if (lastPeer !== NONE) this.#last[lastPeer] = lastRow;
        if (peer >= this.#first.length) this.#grow(peer);
        if (this.#first[peer] === NONE) {
          this.#first[peer] = row;
          this.#peers[peers++] = peer;
        } else {
          this.#next[this.#last[peer]!] = row;
        }
        lastPeer = peer;
      }
      lastRow = row;
    }
    let written = 0;
    for (let i = 0; i < peers; i++) {
      const peer = this.#peers[i]!;
      for (let row = this.#first[peer]!; row !== NONE; row = this.#next[row]!) order[written++] = row;
      this.#first[peer] = NONE;
    }
    return written;
  }

  #grow(peer: number): void {
    const length = Math.max(64, 2 ** Math.ceil(Math.log2(peer + 1)));
    const first = new Int32Array(length).fill(NONE);
    first.set(this.#first);
    const last = new Int32Array(length);
    last.set(this.#last);
    this.#first = first;
    this.#last = last;
  }
}
