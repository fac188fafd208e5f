/**
 * The `Aead` for this machine.
 */

import type { Aead } from './aead.ts';
import { NodeCryptoAead } from './node-crypto.ts';

/** Room for packets and keys; see `Aead`. */
export interface AeadRoom {
  readonly arenaBytes: number;
  readonly keyCapacity: number;
}

/** The fastest `Aead` that runs here and passes a test of itself. */
export function chooseAead(room: AeadRoom): Aead {
  return new NodeCryptoAead(room.arenaBytes, room.keyCapacity);
}
