/**
 * Which key slots are taken. Both `Aead`s number their keys with it.
 */

export class KeySlots {
  readonly capacity: number;
  /** One byte a slot; pages that nothing touches take no memory. */
  readonly #taken: Uint8Array;
  /** Given back; used again before slots that never were. */
  readonly #free: number[] = [];
  #used = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#taken = new Uint8Array(capacity);
  }

  /** A free slot, or -1 when all are taken. */
  take(): number {
    const slot = this.#free.pop() ?? (this.#used < this.capacity ? this.#used++ : -1);
    if (slot >= 0) this.#taken[slot] = 1;
    return slot;
  }

  /** Frees the slot. False when it was not taken: two keypairs must never get the same slot. */
  give(slot: number): boolean {
    if (!this.has(slot)) return false;
    this.#taken[slot] = 0;
    this.#free.push(slot);
    return true;
  }

  has(slot: number): boolean {
    return this.#taken[slot] === 1;
  }
}
