/**
 * Owners of single addresses, by hash: what `AllowedIps` asks before its trie, because a host's own prefix is the
 * longest there can be. Machines mostly have one address each, so most packets end here.
 *
 * Open addressing with linear probing, at most half full. The keys are the operator's addresses, so nobody can choose
 * them to collide.
 */

const NONE = -1;
const FIRST_CAPACITY = 16;

export class HostTable {
  /** 32-bit words in an address: one or four. */
  readonly #words: number;
  #keys: Int32Array;
  #owners = new Int32Array(FIRST_CAPACITY).fill(NONE);
  #mask = FIRST_CAPACITY - 1;
  #size = 0;

  constructor(words: 1 | 4) {
    this.#words = words;
    this.#keys = new Int32Array(FIRST_CAPACITY * words);
  }

  /** The owner of the address of one word, or -1. */
  lookup1(a: number): number {
    const keys = this.#keys;
    const owners = this.#owners;
    const mask = this.#mask;
    for (let slot = hash1(a) & mask; ; slot = (slot + 1) & mask) {
      const owner = owners[slot]!;
      if (owner === NONE || keys[slot] === a) return owner;
    }
  }

  /** The owner of the address of these four words, or -1. */
  lookup4(a: number, b: number, c: number, d: number): number {
    const keys = this.#keys;
    const owners = this.#owners;
    const mask = this.#mask;
    for (let slot = hash4(a, b, c, d) & mask; ; slot = (slot + 1) & mask) {
      const owner = owners[slot]!;
      const at = slot * 4;
      if (owner === NONE) return NONE;
      if (keys[at + 3] === d && keys[at + 2] === c && keys[at + 1] === b && keys[at] === a) return owner;
    }
  }

  /** Gives the address in the words from `at` on to `owner`. */
  set(words: Int32Array, at: number, owner: number): void {
    if (this.#size * 2 >= this.#owners.length) this.#resize(this.#owners.length * 2);
    const slot = this.#slotOf(words, at);
    if (this.#owners[slot] === NONE) this.#size++;
    this.#place(slot, words, at, owner);
  }

  /** Nobody owns the address after this. */
  remove(words: Int32Array, at: number): void {
    const mask = this.#mask;
    let hole = this.#slotOf(words, at);
    if (this.#owners[hole] === NONE) return;
    // Entries behind the hole move into it where probing for them passes it, so there are no tombstones.
    for (let slot = (hole + 1) & mask; this.#owners[slot] !== NONE; slot = (slot + 1) & mask) {
      const home = this.#hash(this.#keys, slot * this.#words) & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      this.#place(hole, this.#keys, slot * this.#words, this.#owners[slot]!);
      hole = slot;
    }
    this.#owners[hole] = NONE;
    this.#size--;
  }

  /** Where the address is, or the free slot where it would be. */
  #slotOf(words: Int32Array, at: number): number {
    let slot = this.#hash(words, at) & this.#mask;
    while (this.#owners[slot] !== NONE && !this.#isAt(slot, words, at)) slot = (slot + 1) & this.#mask;
    return slot;
  }

  #isAt(slot: number, words: Int32Array, at: number): boolean {
    for (let i = 0; i < this.#words; i++) if (this.#keys[slot * this.#words + i] !== words[at + i]) return false;
    return true;
  }

  #place(slot: number, words: Int32Array, at: number, owner: number): void {
    for (let i = 0; i < this.#words; i++) this.#keys[slot * this.#words + i] = words[at + i]!;
    this.#owners[slot] = owner;
  }

  #hash(words: Int32Array, at: number): number {
    return this.#words === 1 ? hash1(words[at]!) : hash4(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!);
  }

  #resize(capacity: number): void {
    const keys = this.#keys;
    const owners = this.#owners;
    this.#keys = new Int32Array(capacity * this.#words);
    this.#owners = new Int32Array(capacity).fill(NONE);
    this.#mask = capacity - 1;
    for (let slot = 0; slot < owners.length; slot++) {
      if (owners[slot] === NONE) continue;
      this.#place(this.#slotOf(keys, slot * this.#words), keys, slot * this.#words, owners[slot]!);
    }
  }
}

/** Addresses in a row differ in their low bits; the product carries them into the high half, and back down. */
function hash1(a: number): number {
  const product = Math.imul(a, 0x9e3779b1);
  return product ^ (product >>> 15);
}

function hash4(a: number, b: number, c: number, d: number): number {
  const product = Math.imul(Math.imul(Math.imul(a, 0x85ebca6b) ^ b, 0xc2b2ae35) ^ c, 0x27d4eb2f) ^ d;
  return hash1(product);
}
