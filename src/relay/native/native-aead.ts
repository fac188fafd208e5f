/**
 * `Aead` in C: a batch is opened, and sealed, by one call. The cipher is our own where the processor has AVX-512, and the
 * OpenSSL's inside Node elsewhere.
 */

import type { Batch } from '../../wireguard/batch.ts';
import { ROW_INTS, STATUS, STATUS_READY, TAG_BYTES } from '../../wireguard/batch.ts';
import type { Aead } from '../../wireguard/crypto/aead.ts';
import { KeySlots } from '../../wireguard/crypto/key-slots.ts';
import { dropNumber } from '../../wireguard/drop.ts';
import type { AeadHandle, NativeModule } from './module.ts';
import { PeerOrder } from './peer-order.ts';

const KEY_BYTES = 32;
const WRONG_TAG = dropNumber('tag');

export class NativeAead implements Aead {
  readonly name: string;
  readonly arena: Uint8Array;
  readonly keyCapacity: number;
  readonly #module: NativeModule;
  readonly #handle: AeadHandle;
  readonly #slots: KeySlots;
  readonly #peerOrder = new PeerOrder();
  /** For batches whose packets stay where they are. */
  #rowOrder = new Int32Array(0);

  /** `wantsOwn` is for tests: false leaves our own cipher out. */
  constructor(module: NativeModule, arenaBytes: number, keyCapacity: number, wantsOwn = true) {
    this.arena = new Uint8Array(arenaBytes);
    this.keyCapacity = keyCapacity;
    this.#module = module;
    this.#handle = module.aeadNew(this.arena, keyCapacity, wantsOwn);
    this.name = module.aeadIsOwn(this.#handle) ? 'avx512' : 'openssl';
    this.#slots = new KeySlots(keyCapacity);
  }

  addKey(key: Uint8Array): number {
    if (key.length !== KEY_BYTES) throw new RangeError(`a key has ${KEY_BYTES} bytes, not ${key.length}`);
    const slot = this.#slots.take();
    if (slot >= 0) this.#module.aeadSetKey(this.#handle, slot, key);
    return slot;
  }

  removeKey(slot: number): void {
    if (this.#slots.give(slot)) this.#module.aeadSetKey(this.#handle, slot, null);
  }

  seal(slot: number, counter: number, offset: number, length: number): void {
    this.#module.aeadSeal(this.#handle, slot, counter, offset, length);
  }

  open(slot: number, counter: number, offset: number, length: number): boolean {
    return length >= TAG_BYTES && this.#module.aeadOpen(this.#handle, slot, counter, offset, length) === 1;
  }

  sealBatch(batch: Batch): void {
    const { rows, count, outgoing } = batch;
    if (outgoing === null) {
      const order = this.#readyRows(rows, count);
      this.#module.aeadSealRows(this.#handle, rows, order, order.length, -1, 0);
      return;
    }
    outgoing.count = this.#peerOrder.write(rows, count, outgoing.order);
    const { order, from, end } = outgoing;
    this.#module.aeadSealRows(this.#handle, rows, order, outgoing.count, from, end);
  }

  openBatch({ rows, count }: Batch): void {
    this.#module.aeadOpenRows(this.#handle, rows, count, WRONG_TAG);
  }

  #readyRows(rows: Int32Array, count: number): Int32Array {
    if (this.#rowOrder.length < count) this.#rowOrder = new Int32Array(count);
    let ready = 0;
    for (let row = 0; row < count; row++) {
      if (rows[row * ROW_INTS + STATUS] === STATUS_READY) this.#rowOrder[ready++] = row;
    }
    return this.#rowOrder.subarray(0, ready);
  }
}
