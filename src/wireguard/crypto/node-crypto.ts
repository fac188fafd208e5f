/**
 * `Aead` over node:crypto: for a machine whose processor has no WebAssembly SIMD, and the twin of the WebAssembly one
 * in tests.
 *
 * A cipher object a packet is what node:crypto offers, so this costs ten times as much CPU on full packets and fifty
 * times as much on short ones (`bench/RESULTS.md`).
 */

import { createCipheriv, createDecipheriv } from 'node:crypto';
import { type Batch, TAG_BYTES } from '../batch.ts';
import type { Aead } from './aead.ts';
import { openRows, sealRows } from './batch-rows.ts';
import { KeySlots } from './key-slots.ts';

const KEY_BYTES = 32;
const ALGORITHM = 'chacha20-poly1305';
const OPTIONS = { authTagLength: TAG_BYTES } as const;

export class NodeCryptoAead implements Aead {
  readonly name = 'node-crypto';
  readonly arena: Uint8Array;
  readonly keyCapacity: number;
  readonly #slots: KeySlots;
  /** By slot. */
  readonly #keys: Uint8Array[] = [];
  readonly #nonce = new Uint8Array(12);
  readonly #nonceWords = new DataView(this.#nonce.buffer);

  constructor(arenaBytes: number, keyCapacity: number) {
    this.arena = new Uint8Array(arenaBytes);
    this.keyCapacity = keyCapacity;
    this.#slots = new KeySlots(keyCapacity);
  }

  addKey(key: Uint8Array): number {
    if (key.length !== KEY_BYTES) throw new RangeError(`a key has ${KEY_BYTES} bytes, not ${key.length}`);
    const slot = this.#slots.take();
    if (slot >= 0) this.#keys[slot] = Uint8Array.from(key);
    return slot;
  }

  removeKey(slot: number): void {
    if (this.#slots.give(slot)) this.#keys[slot]!.fill(0);
  }

  seal(slot: number, counter: number, offset: number, length: number): void {
    this.#mustHold(offset, length + TAG_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key(slot), this.#nonceOf(counter), OPTIONS);
    this.arena.set(cipher.update(this.arena.subarray(offset, offset + length)), offset);
    cipher.final();
    this.arena.set(cipher.getAuthTag(), offset + length);
  }

  open(slot: number, counter: number, offset: number, length: number): boolean {
    const end = offset + length - TAG_BYTES;
    if (end < offset) return false;
    this.#mustHold(offset, length);
    const decipher = createDecipheriv(ALGORITHM, this.#key(slot), this.#nonceOf(counter), OPTIONS);
    decipher.setAuthTag(this.arena.subarray(end, end + TAG_BYTES));
    // `update` writes to a buffer of its own, so the packet is as it was when `final` refuses.
    const plaintext = decipher.update(this.arena.subarray(offset, end));
    try {
      decipher.final();
    } catch {
      plaintext.fill(0);
      return false;
    }
    this.arena.set(plaintext, offset);
    return true;
  }

  sealBatch(batch: Batch): void {
    sealRows(this, batch);
  }

  openBatch(batch: Batch): void {
    openRows(this, batch);
  }

  #key(slot: number): Uint8Array {
    if (!this.#slots.has(slot)) throw new RangeError(`key slot ${slot} is empty`);
    return this.#keys[slot]!;
  }

  #mustHold(offset: number, length: number): void {
    if (offset < 0 || length < TAG_BYTES || offset + length > this.arena.length) {
      throw new RangeError(`${length} bytes at ${offset} are not in the arena`);
    }
  }

  #nonceOf(counter: number): Uint8Array {
    this.#nonceWords.setUint32(4, counter >>> 0, true);
    this.#nonceWords.setUint32(8, Math.floor(counter / 2 ** 32), true);
    return this.#nonce;
  }
}
