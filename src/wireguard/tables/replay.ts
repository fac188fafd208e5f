/**
 * The replay window (whitepaper section 5.4.6; RFC 6479): which counters of a keypair were seen.
 *
 *   8192 bits as a ring of 256 words. Counter c lives at bit c mod 8192. When the greatest counter moves on, the words
 *   it enters are cleared, so up to 63 of the oldest bits may be gone: 8128 counters back are always told apart.
 *
 * Ask only after the tag was right: what is not authenticated must not move the window.
 */

import { REJECT_AFTER_MESSAGES, REPLAY_WINDOW_COUNTERS } from '../constants.ts';

const RING_BITS = 8192;
const WORDS = RING_BITS / 32;

export class ReplayWindow {
  readonly #seen = new Uint32Array(WORDS);
  /** The greatest counter seen and one, so that zero is "none yet". */
  #next = 0;

  /** Whether `counter` is new, and from now on it is not. A counter too old to tell counts as seen. */
  accept(counter: number): boolean {
    if (counter >= REJECT_AFTER_MESSAGES) return false;
    const next = this.#next;
    if (counter >= next) {
      this.#clear(next, counter);
      this.#next = counter + 1;
    } else if (next - counter > REPLAY_WINDOW_COUNTERS + 1) {
      return false;
    }
    // Only the low 13 bits choose the place, so the conversion to 32 bits that `>>>` makes loses nothing.
    const word = (counter >>> 5) & (WORDS - 1);
    const bit = 1 << (counter & 31);
    if ((this.#seen[word]! & bit) !== 0) return false;
    this.#seen[word]! |= bit;
    return true;
  }

  /** Clears the words behind the one of `next - 1` up to the one of `counter`. */
  #clear(next: number, counter: number): void {
    const first = Math.floor((next - 1) / 32) + 1;
    const last = Math.floor(counter / 32);
    if (last - first >= WORDS) {
      this.#seen.fill(0);
      return;
    }
    for (let word = first; word <= last; word++) this.#seen[word % WORDS] = 0;
  }
}
