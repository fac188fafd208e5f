/**
 * The key of a router whose file was written by hand: made here, because the router is run here.
 */

import { setPublicKeys } from '../../description/edit/set.ts';
import { formatKey } from '../../net/key.ts';
import { KeyFolder } from '../key-folder.ts';
import { loadPlan } from '../load-plan.ts';
import { editNetworkFile } from '../network-store.ts';
import type { NetworkPaths } from '../paths.ts';

/**
 * Gives each router without a public key one, and keeps its private key. The names of those; none when every router has
 * a key, or when the file has mistakes.
 */
export async function makeRouterKeys(paths: NetworkPaths): Promise<readonly string[]> {
  const keys = new KeyFolder(paths.keys);
  let made: readonly string[] = [];
  const result = await editNetworkFile(paths, ({ text, network, diagnostics }) => {
    if (network === null) return { diagnostics, against: text };
    const lacking = network.routers.filter((router) => router.publicKey === undefined).map(({ name }) => name.value);
    if (lacking.length === 0) return { text };
    made = lacking;
    const publicKeys = lacking.map((name) => ({ name, key: formatKey(keys.makePrivateKey(name)) }));
    return setPublicKeys(text, publicKeys, paths.shown);
  });
  if (result.text === undefined || made.length === 0) return [];
  await loadPlan(paths, { write: true });
  return made;
}
