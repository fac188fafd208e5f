/**
 * Placeholders for keys, and their replacement. Renderers write placeholders only; whoever holds the keys (the key
 * folder, a browser) fills them in last, so no key passes through a plan or a renderer.
 *
 * A placeholder stands alone as the value of its line. No tool takes it for a key: `<` and `>` are not base64.
 */

import { parseKey } from '../net/key.ts';

/** What stands for the private key of `machine`. */
export function privateKeyPlaceholder(machine: string): string {
  return `<private-key-of-${machine}>`;
}

/** What stands for the preshared key between `machine` and its router. */
export function presharedKeyPlaceholder(machine: string): string {
  return `<preshared-key-of-${machine}>`;
}

export interface MachineKeys {
  /** Base64; null when it lives on the machine only: the placeholder stays for the person there to replace. */
  readonly privateKey: string | null;
  /** Base64; null when the pair has none: its line goes. */
  readonly presharedKey: string | null;
}

/**
 * `text` with the keys of `machine` in place of their placeholders.
 *
 * A key that is not 44 characters of canonical base64 is a broken assertion: it could carry a line of its own into the
 * file.
 */
export function fillKeys(text: string, machine: string, keys: MachineKeys): string {
  const privateKey = privateKeyPlaceholder(machine);
  const presharedKey = presharedKeyPlaceholder(machine);
  const lines = text.split('\n').flatMap((line) => {
    if (line.endsWith(privateKey) && keys.privateKey !== null)
      return [line.replace(privateKey, () => checked(keys.privateKey!))];
    if (line.endsWith(presharedKey)) {
      return keys.presharedKey === null ? [] : [line.replace(presharedKey, () => checked(keys.presharedKey!))];
    }
    return [line];
  });
  return lines.join('\n');
}

function checked(key: string): string {
  if (parseKey(key) === null) throw new TypeError('a key is 44 characters of base64');
  return key;
}
