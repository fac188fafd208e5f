/**
 * Removing something, with what is kept under its name: whoever is added under that name later is somebody else.
 */

import { remove } from '../../description/edit/remove.ts';
import { readHandedOut, rememberHandedOut } from '../handed-out.ts';
import { KeyFolder } from '../key-folder.ts';
import type { NetworkPaths } from '../paths.ts';
import { type ChangeResult, changeNetwork } from './edit.ts';

export type RemoveResult = ChangeResult & {
  /** Whether keys were removed with it. */
  readonly hadKeys: boolean;
};

/** Takes `name` out of the network file, then its keys and its entry of the record. */
export async function removeFromNetwork(
  paths: NetworkPaths,
  name: string,
  options: { readonly onWait?: (pid: number) => void } = {},
): Promise<RemoveResult> {
  const result = await changeNetwork(paths, (text, file) => remove(text, name, file), options);
  if (!result.isChanged) return { ...result, hadKeys: false };
  const hadKeys = new KeyFolder(paths.keys).remove(name);
  const isKnown = readHandedOut(paths).some((entry) => entry.name === name);
  await rememberHandedOut(paths, [], { forget: isKnown ? [name] : [] });
  return { ...result, hadKeys };
}
