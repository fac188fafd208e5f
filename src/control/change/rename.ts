/**
 * Renaming something, with what is kept under its name: key files and the record of what was handed out.
 */

import { rename } from '../../description/edit/rename.ts';
import type { Network } from '../../description/network.ts';
import type { Plan } from '../../plan/plan.ts';
import { configurationHash, type HandedOut, readHandedOut, rememberHandedOut } from '../handed-out.ts';
import { KeyFolder } from '../key-folder.ts';
import { loadPlan, plannedAs } from '../load-plan.ts';
import { MachineError } from '../machine-error.ts';
import type { NetworkPaths } from '../paths.ts';
import { type ChangeOptions, type ChangeResult, changeNetwork } from './edit.ts';

/**
 * Calls `from` `to`. Keys are copied, the file is replaced, then the old keys go: whoever reads the file in between
 * finds the keys of either name. Throws a `MachineError` ("key-file-exists") when keys lie under the new name.
 */
export async function renameInNetwork(
  paths: NetworkPaths,
  from: string,
  to: string,
  options: ChangeOptions = {},
): Promise<ChangeResult> {
  const before = await loadPlan(paths, { write: false });
  const isDevice = before.network !== null && hasDevice(before.network, from) && from !== to;
  const keys = new KeyFolder(paths.keys);
  // The text is tried first: a name that cannot be has no business in the key folder.
  const isPossible = isDevice && rename(before.text, from, to, paths.shown).text !== undefined;
  if (isPossible) requireNoKeys(keys, from, to);
  if (options.isTrial === true) return await triedRenaming(paths, from, to, before.plan, options);
  if (isPossible) keys.copy(from, to);
  let result: ChangeResult | null = null;
  try {
    result = await changeNetwork(paths, (text, file) => rename(text, from, to, file), options);
  } finally {
    if (isPossible && result?.isChanged !== true) keys.remove(to);
  }
  if (!isDevice || !result.isChanged) return result;
  const known = readHandedOut(paths).find((entry) => entry.name === from);
  if (known !== undefined) {
    const entry = renamed(known, to, before.plan, result.loaded.plan);
    await rememberHandedOut(paths, [entry], { forget: [from] });
  }
  keys.remove(from);
  // With the record as it is now.
  return { ...result, loaded: await loadPlan(paths, { write: false }) };
}

/** As it would be, with the record under the new name. */
async function triedRenaming(
  paths: NetworkPaths,
  from: string,
  to: string,
  before: Plan | null,
  options: ChangeOptions,
): Promise<ChangeResult> {
  const result = await changeNetwork(paths, (text, file) => rename(text, from, to, file), options);
  if (!result.isChanged) return result;
  const { loaded } = result;
  const record = loaded.handedOut.map((entry) =>
    entry.name === from ? renamed(entry, to, before, loaded.plan) : entry,
  );
  return { ...result, loaded: plannedAs(paths, loaded.text, record) };
}

function hasDevice(network: Network, name: string): boolean {
  return [...network.routers, ...network.machines].some((device) => device.name.value === name);
}

function requireNoKeys(keys: KeyFolder, from: string, to: string): void {
  if (keys.privateKey(to) === null && keys.presharedKey(to) === null) return;
  throw new MachineError('key-file-exists', `Cannot call "${from}" "${to}": there are keys of that name already`, {
    help: [`move ${to}.key and ${to}.psk out of the key folder, if no device uses them`],
  });
}

/** A configuration that was up to date stays so: the name is no part of what the machine was given. */
function renamed(known: HandedOut, to: string, before: Plan | null, after: Plan | null): HandedOut {
  const wasCurrent =
    known.configurationHash !== null &&
    before !== null &&
    configurationHash(before, known.name) === known.configurationHash;
  return {
    ...known,
    name: to,
    configurationHash: wasCurrent && after !== null ? configurationHash(after, to) : known.configurationHash,
  };
}
