/**
 * Randomness as an argument, so that a simulated network replays from a seed.
 */

export interface Entropy {
  /** `length` fresh random bytes. */
  bytes(length: number): Uint8Array;
  /** A uniform integer in [0, 2^32). */
  u32(): number;
  /** A fresh X25519 pair, 32 bytes each (clamping is the curve's matter). */
  keyPair(): { readonly privateKey: Uint8Array; readonly publicKey: Uint8Array };
}
