/**
 * What the data path needs of ChaCha20-Poly1305 (RFC 8439): keys in slots, packets in place in one arena.
 *
 * The WireGuard nonce is four zero bytes and the counter, little-endian; the additional data is empty. Backends differ
 * only in where the arena lives and who computes. Implementations never throw on what is in a packet.
 */

import type { Batch } from '../batch.ts';

export interface Aead {
  /** The name `status` prints: `webassembly-simd`, `node-crypto`. */
  readonly name: string;
  /** The packet arena; one allocation for the life of the process, never detached. */
  readonly arena: Uint8Array;
  /** Keys that `addKey` can hold at once. */
  readonly keyCapacity: number;
  /** Copies a 32-byte key into a free slot and returns its number, or -1 when all are taken. */
  addKey(key: Uint8Array): number;
  /** Overwrites the slot with zeros and frees it. */
  removeKey(slot: number): void;
  /** Encrypts `length` bytes at `offset` in place and writes the 16-byte tag after them. Counters are below 2^53. */
  seal(slot: number, counter: number, offset: number, length: number): void;
  /** Checks the tag in the last 16 of `length` bytes and decrypts in place. On a wrong tag: false, and the bytes are as they were. */
  open(slot: number, counter: number, offset: number, length: number): boolean;
  /** `seal` for every packet of the batch whose status is READY; see `batch.ts`. */
  sealBatch(batch: Batch): void;
  /** `open` for every packet of the batch whose status is READY; a wrong tag becomes status DROPPED with reason `tag`. */
  openBatch(batch: Batch): void;
}
