/**
 * The `Aead` for this machine: WebAssembly SIMD where it runs and gives right answers, node:crypto otherwise.
 *
 * A self-test at the start, because a wrong AEAD would not be noticed as such: two routers with the same fault agree.
 */

import type { Aead } from './aead.ts';
import { NodeCryptoAead } from './node-crypto.ts';
import { WebAssemblyAead } from './webassembly.ts';

/** The fastest `Aead` with this room that passes `isRight`. */
export function chooseAead(arenaBytes: number, keyCapacity: number): Aead {
  const fast = WebAssemblyAead.create(arenaBytes, keyCapacity);
  if (fast !== null && isRight(fast)) return fast;
  return new NodeCryptoAead(arenaBytes, keyCapacity);
}

/** Empty, less than a block, one vector, the first chunk's end, two chunks and a rest. */
const LENGTHS = [0, 15, 16, 192, 193, 705];

/**
 * Whether `aead` seals as node:crypto does, opens what it sealed, and refuses a flipped bit without touching the
 * packet. Uses the arena's first kilobyte and a key slot, and leaves both zero.
 */
export function isRight(aead: Aead): boolean {
  const twin = new NodeCryptoAead(1024, 1);
  const key = Uint8Array.from({ length: 32 }, (_, i) => 7 * i + 1);
  const slot = aead.addKey(key);
  const twinSlot = twin.addKey(key);
  const packet = aead.arena.subarray(0, 1024);
  const isSame = () => packet.every((byte, i) => byte === twin.arena[i]);
  let right = slot >= 0;
  for (const length of right ? LENGTHS : []) {
    const counter = 2 ** 32 + length;
    for (let i = 0; i < 1024; i++) packet[i] = twin.arena[i] = (i * i + length) & 255;
    aead.seal(slot, counter, 0, length);
    twin.seal(twinSlot, counter, 0, length);
    right &&= isSame();
    packet[length + 15]! ^= 128;
    twin.arena[length + 15]! ^= 128;
    right &&= !aead.open(slot, counter, 0, length + 16) && isSame();
    packet[length + 15]! ^= 128;
    right &&= aead.open(slot, counter, 0, length + 16);
    for (let i = 0; i < length; i++) right &&= packet[i] === ((i * i + length) & 255);
  }
  packet.fill(0);
  aead.removeKey(slot);
  return right;
}
