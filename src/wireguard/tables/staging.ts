/**
 * Packets that wait for a keypair: one bounded pool for all peers, a queue of at most 128 packets for each.
 *
 * The pool is made of 512-byte blocks in segments of 1 MiB that are added as they are needed, never beyond the bound,
 * so that a flood towards a peer that is away costs neither memory without end nor garbage. A packet is a chain of
 * blocks; a queue is a chain of packets by their first blocks.
 *
 *   queue: head ─▶ [packet 1, 1420 bytes] ─link─▶ [packet 2, 64 bytes] ─link─▶ end
 *                    └chain─▶ block ─▶ block
 */

import { STAGED_PACKETS_PER_PEER } from '../constants.ts';

const BLOCK_BYTES = 512;
const SEGMENT_BLOCKS = 2048;
const NONE = -1;

/** The staged packets of one peer: a queue inside a `Staging`, empty when made. */
export class StagedQueue {
  head = NONE;
  tail = NONE;
  count = 0;
}

export class Staging {
  readonly #blocksAtMost: number;
  readonly #segments: Uint8Array[] = [];
  /** By block: the next block of the packet, or of the free list. */
  #chain = new Int32Array(0);
  /** By first block: the next packet of the queue, and the bytes of this one. */
  #link = new Int32Array(0);
  #length = new Int32Array(0);
  #free = NONE;
  #usedBlocks = 0;

  constructor(bytes: number) {
    this.#blocksAtMost = Math.floor(bytes / BLOCK_BYTES);
  }

  /** Bytes of the pool in use. */
  get usedBytes(): number {
    return this.#usedBlocks * BLOCK_BYTES;
  }

  /**
   * Puts a copy of the packet at the queue's end and returns how many packets were lost for it: the oldest of the same
   * queue when it holds 128 or the pool is full, and the new one itself when the pool is full of others'.
   */
  add(queue: StagedQueue, bytes: Uint8Array, at: number, length: number): number {
    let lost = 0;
    if (queue.count >= STAGED_PACKETS_PER_PEER) {
      this.#dropOldest(queue);
      lost++;
    }
    const blocks = Math.max(1, Math.ceil(length / BLOCK_BYTES));
    while (!this.#hasRoom(blocks)) {
      if (queue.count === 0) return lost + 1;
      this.#dropOldest(queue);
      lost++;
    }
    const first = this.#write(bytes, at, length, blocks);
    if (queue.count === 0) queue.head = first;
    else this.#link[queue.tail] = first;
    queue.tail = first;
    queue.count++;
    return lost;
  }

  /** Takes the oldest packet out and copies it to `at`; returns its bytes, or -1 from an empty queue. */
  shift(queue: StagedQueue, bytes: Uint8Array, at: number): number {
    if (queue.count === 0) return -1;
    const length = this.#length[queue.head]!;
    let block = queue.head;
    for (let done = 0; done < length; done += BLOCK_BYTES) {
      const start = (block % SEGMENT_BLOCKS) * BLOCK_BYTES;
      const segment = this.#segments[Math.floor(block / SEGMENT_BLOCKS)]!;
      bytes.set(segment.subarray(start, start + Math.min(BLOCK_BYTES, length - done)), at + done);
      block = this.#chain[block]!;
    }
    this.#dropOldest(queue);
    return length;
  }

  /** Empties the queue and returns how many packets were in it. */
  clear(queue: StagedQueue): number {
    const count = queue.count;
    while (queue.count > 0) this.#dropOldest(queue);
    return count;
  }

  #write(bytes: Uint8Array, at: number, length: number, blocks: number): number {
    const first = this.#free;
    let block = first;
    for (let i = 0; i < blocks; i++) {
      const start = at + i * BLOCK_BYTES;
      const piece = bytes.subarray(start, Math.min(start + BLOCK_BYTES, at + length));
      this.#segments[Math.floor(block / SEGMENT_BLOCKS)]!.set(piece, (block % SEGMENT_BLOCKS) * BLOCK_BYTES);
      if (i === blocks - 1) {
        this.#free = this.#chain[block]!;
        this.#chain[block] = NONE;
      } else {
        block = this.#chain[block]!;
      }
    }
    this.#usedBlocks += blocks;
    this.#length[first] = length;
    this.#link[first] = NONE;
    return first;
  }

  #dropOldest(queue: StagedQueue): void {
    const first = queue.head;
    queue.head = this.#link[first]!;
    queue.count--;
    if (queue.count === 0) queue.tail = NONE;
    for (let block = first; block !== NONE; ) {
      const next = this.#chain[block]!;
      this.#chain[block] = this.#free;
      this.#free = block;
      this.#usedBlocks--;
      block = next;
    }
  }

  #hasRoom(blocks: number): boolean {
    if (this.#usedBlocks + blocks > this.#blocksAtMost) return false;
    while (this.#segments.length * SEGMENT_BLOCKS < this.#usedBlocks + blocks) this.#addSegment();
    return true;
  }

  #addSegment(): void {
    const first = this.#segments.length * SEGMENT_BLOCKS;
    const size = first + SEGMENT_BLOCKS;
    this.#segments.push(new Uint8Array(SEGMENT_BLOCKS * BLOCK_BYTES));
    this.#chain = grown(this.#chain, size);
    this.#link = grown(this.#link, size);
    this.#length = grown(this.#length, size);
    for (let block = size - 1; block >= first; block--) {
      this.#chain[block] = this.#free;
      this.#free = block;
    }
  }
}

function grown(array: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(size);
  larger.set(array);
  return larger;
}
