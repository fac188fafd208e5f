/**
 * Mistakes between the network file and the key folder: a private key whose public key is not the one in the file.
 */

import type { Diagnostic, Sourced } from '../description/diagnostic.ts';
import type { Network } from '../description/network.ts';
import { sameKey } from '../net/key.ts';
import { publicKeyOf } from '../wireguard/crypto/x25519.ts';
import type { KeyFolder } from './key-folder.ts';

/** `key-mismatch` for every device whose private key is here and is another's. */
export function keyMistakes(network: Network, keys: KeyFolder): Diagnostic[] {
  const here = new Set(keys.names());
  return [...network.routers, ...network.machines].flatMap(({ name, publicKey }) => {
    if (publicKey === undefined || !here.has(name.value)) return [];
    const own = publicKeyOf(keys.privateKey(name.value)!);
    return sameKey(own, publicKey.value) ? [] : [mismatch(name.value, publicKey)];
  });
}

function mismatch(name: string, publicKey: Sourced<Uint8Array>): Diagnostic {
  return {
    code: 'key-mismatch',
    severity: 'error',
    place: publicKey.place,
    message: `Cannot use this public key of "${name}": it does not belong to the private key in ${name}.key`,
    notes: [],
    help: [
      `if the device made a new key itself: move ${name}.key out of the key folder`,
      `if the file is wrong: write what \`wg pubkey < ${name}.key\` prints in the key folder`,
    ],
  };
}
