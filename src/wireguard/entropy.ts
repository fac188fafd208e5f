/**
 * Randomness as an argument, so that a simulated network replays from a seed.
 */

import type { PrivateKey } from './crypto/x25519.ts';

export interface Entropy {
  /** `length` fresh random bytes. */
  bytes(length: number): Uint8Array;
  /** A uniform integer in [0, 2^32). */
  u32(): number;
  /**
   * A fresh X25519 pair. The private half is an imported key and not bytes: importing costs more than a shared secret,
   * and the system's source then never shows it to JavaScript. A seeded source uses `PrivateKey.from(bytes)`.
   */
  keyPair(): { readonly privateKey: PrivateKey; readonly publicKey: Uint8Array };
}
