/**
 * The system's randomness as an `Entropy`. The only source outside tests.
 */

import { randomBytes, randomFillSync } from 'node:crypto';
import type { Entropy } from '../entropy.ts';
import { PrivateKey } from './x25519.ts';

/** Words drawn at once: a call for one costs 2 µs. */
const words = new Uint32Array(256);
let wordsUsed = words.length;

export const systemEntropy: Entropy = {
  bytes(length) {
    const bytes = randomBytes(length);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, length);
  },
  u32() {
    if (wordsUsed === words.length) {
      randomFillSync(words);
      wordsUsed = 0;
    }
    const word = words[wordsUsed]!;
    words[wordsUsed++] = 0;
    return word;
  },
  keyPair() {
    const privateKey = PrivateKey.generate();
    return { privateKey, publicKey: privateKey.publicKey };
  },
};
