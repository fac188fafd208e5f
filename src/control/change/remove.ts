/**
 * Removing something, with what is kept under its name: whoever is added under that name later is somebody else.
 */

import { remove } from '../../description/edit/remove.ts';
import type { Network } from '../../description/network.ts';
import { readHandedOut, rememberHandedOut } from '../handed-out.ts';
import { KeyFolder } from '../key-folder.ts';
import { loadPlan } from '../load-plan.ts';
import { readNetworkFile } from '../network-store.ts';
import type { NetworkPaths } from '../paths.ts';
import { type ChangeOptions, type ChangeResult, changeNetwork } from './edit.ts';

export type RemoveResult = ChangeResult & {
  /** Whether keys were removed with it. */
  readonly hadKeys: boolean;
};

/**
 * Takes `name` out of the network file, then its keys and its entry of the record.
 *
 * A name that only the record or the key folder knows, because an editor took it out of the file, is forgotten there:
 * otherwise the next machine of that name would get the key of a device that may be lost.
 */
export async function removeFromNetwork(
  paths: NetworkPaths,
  name: string,
  options: ChangeOptions = {},
): Promise<RemoveResult> {
  const result = isLeftOver(paths, name)
    ? { isChanged: true as const, loaded: await loadPlan(paths, { write: false }), newDiagnostics: [] }
    : await changeNetwork(paths, (text, file) => remove(text, name, file), options);
  if (!result.isChanged) return { ...result, hadKeys: false };
  if (options.isTrial === true) return { ...result, hadKeys: new KeyFolder(paths.keys).names().includes(name) };
  const hadKeys = new KeyFolder(paths.keys).remove(name);
  const isKnown = readHandedOut(paths).some((entry) => entry.name === name);
  await rememberHandedOut(paths, [], { forget: isKnown ? [name] : [] });
  return { ...result, hadKeys };
}

/** Whether `name` is in no network file any more, but in the record or the key folder. */
export function isLeftOver(paths: NetworkPaths, name: string): boolean {
  const { network } = readNetworkFile(paths);
  if (network === null || namesOf(network).has(name)) return false;
  return readHandedOut(paths).some((entry) => entry.name === name) || new KeyFolder(paths.keys).names().includes(name);
}

function namesOf({ routers, machines, lans, groups }: Network): ReadonlySet<string> {
  const named = [...routers, ...machines, ...lans, ...groups, ...lans.flatMap((lan) => lan.hosts)];
  return new Set(named.map(({ name }) => name.value));
}
