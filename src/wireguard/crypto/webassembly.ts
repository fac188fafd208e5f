/**
 * `Aead` in WebAssembly SIMD: keys and packets in one memory, nothing copied, about 1.1 µs for a full packet
 * (`bench/RESULTS.md`).
 *
 *   memory  | the module's own | keys, 32 bytes each … | arena …                        |
 *           0                  ^ keysAt                ^ arenaAt
 *
 * A loop over rows in TypeScript and one call a packet: the call is about 10 ns.
 */

import { type Batch, TAG_BYTES } from '../batch.ts';
import type { Aead } from './aead.ts';
import { openRows, sealRows } from './batch-rows.ts';
import { KeySlots } from './key-slots.ts';
import { instantiate, type WasmExports, type WasmInstance } from './wasm-instance.ts';

const KEY_BYTES = 32;
/** So that the arena begins on a cache line of its own. */
const LINE_BYTES = 64;

export class WebAssemblyAead implements Aead {
  readonly name = 'webassembly-simd';
  readonly arena: Uint8Array;
  readonly keyCapacity: number;
  readonly #exports: WasmExports;
  readonly #memory: Uint8Array;
  readonly #slots: KeySlots;
  readonly #keysAt: number;
  readonly #arenaAt: number;
  readonly #arenaBytes: number;

  private constructor(instance: WasmInstance, arenaBytes: number, keyCapacity: number) {
    this.keyCapacity = keyCapacity;
    this.#exports = instance.exports;
    this.#memory = new Uint8Array(instance.memory);
    this.#slots = new KeySlots(keyCapacity);
    this.#keysAt = instance.freeFrom;
    this.#arenaAt = instance.freeFrom + keyTableBytes(keyCapacity);
    this.#arenaBytes = arenaBytes;
    this.arena = this.#memory.subarray(this.#arenaAt, this.#arenaAt + arenaBytes);
  }

  /** An `Aead` of this size, or null where the machine has no WebAssembly SIMD. `make` is for other builds of the module. */
  static create(
    arenaBytes: number,
    keyCapacity: number,
    make: (bytes: number) => WasmInstance | null = instantiate,
  ): WebAssemblyAead | null {
    const instance = make(keyTableBytes(keyCapacity) + arenaBytes + TAG_BYTES);
    return instance === null ? null : new WebAssemblyAead(instance, arenaBytes, keyCapacity);
  }

  addKey(key: Uint8Array): number {
    if (key.length !== KEY_BYTES) throw new RangeError(`a key has ${KEY_BYTES} bytes, not ${key.length}`);
    const slot = this.#slots.take();
    if (slot >= 0) this.#memory.set(key, this.#keysAt + slot * KEY_BYTES);
    return slot;
  }

  removeKey(slot: number): void {
    if (!this.#slots.give(slot)) return;
    const at = this.#keysAt + slot * KEY_BYTES;
    this.#memory.fill(0, at, at + KEY_BYTES);
  }

  seal(slot: number, counter: number, offset: number, length: number): void {
    const key = this.#keyAt(slot);
    const text = this.#textAt(offset, length);
    this.#exports.seal(key, 0, counter >>> 0, highWord(counter), 0, 0, text, length);
  }

  open(slot: number, counter: number, offset: number, length: number): boolean {
    const bytes = length - TAG_BYTES;
    if (bytes < 0) return false;
    const key = this.#keyAt(slot);
    const text = this.#textAt(offset, bytes);
    return this.#exports.open(key, 0, counter >>> 0, highWord(counter), 0, 0, text, bytes) === 1;
  }

  sealBatch(batch: Batch): void {
    sealRows(this, batch);
  }

  openBatch(batch: Batch): void {
    openRows(this, batch);
  }

  #keyAt(slot: number): number {
    if (!this.#slots.has(slot)) throw new RangeError(`key slot ${slot} is empty`);
    return this.#keysAt + slot * KEY_BYTES;
  }

  /** Before the arena lie the keys, and WebAssembly itself would not mind. */
  #textAt(offset: number, length: number): number {
    if (offset < 0 || length < 0 || offset + length + TAG_BYTES > this.#arenaBytes) {
      throw new RangeError(`${length} bytes and a tag at ${offset} are not in the arena`);
    }
    return this.#arenaAt + offset;
  }
}

function keyTableBytes(keyCapacity: number): number {
  return Math.ceil((keyCapacity * KEY_BYTES) / LINE_BYTES) * LINE_BYTES;
}

function highWord(counter: number): number {
  return counter < 2 ** 32 ? 0 : Math.floor(counter / 2 ** 32);
}
