/**
 * Handing a machine its configuration: keys are made, values are written into the network file, what was handed out is
 * remembered, and the text with its keys comes back.
 */

import { setPublicKey } from '../../description/edit/set.ts';
import { formatKey } from '../../net/key.ts';
import type { Device, Plan } from '../../plan/plan.ts';
import { fillKeys } from '../../render/fill-keys.ts';
import { formatFor } from '../../render/formats.ts';
import type { Refusal } from '../../render/refusal.ts';
import { renderWgQuick } from '../../render/wg-quick.ts';
import { entryOf, rememberHandedOut } from '../handed-out.ts';
import { KeyFolder } from '../key-folder.ts';
import { type LoadedPlan, loadPlan } from '../load-plan.ts';
import { editNetworkFile } from '../network-store.ts';
import type { NetworkPaths } from '../paths.ts';

export interface Configuration {
  readonly machine: string;
  readonly platform: Device['platform']['value'];
  /** With its keys, where they are here; comments and all. */
  readonly text: string;
  /** The same without comments, for a QR code. */
  readonly shortText: string;
  /** The private key is on the machine alone: `text` has a placeholder for it. */
  readonly hasPlaceholder: boolean;
  readonly isNewKey: boolean;
  readonly isNewPresharedKey: boolean;
  /** What the person should know, one line each. */
  readonly notes: readonly string[];
}

export type HandOutResult =
  | {
      readonly configurations: readonly Configuration[];
      /** What they were made from. */
      readonly plan: Plan;
      readonly notes: readonly string[];
    }
  | { readonly refusals: readonly Refusal[] }
  /** The network cannot be planned. */
  | { readonly mistaken: LoadedPlan };

/**
 * The configurations of `machines`, ready to be handed out; all of them or none. Not remembered yet: that is
 * `rememberConfigurations`, right before or after they leave.
 *
 * A machine without `public-key` gets a private key, made here. A machine with one and without a private key here keeps
 * its own: nobody makes another. A preshared key is made with the first configuration that is handed out, and is left
 * alone afterwards: a machine that has a configuration without one would be cut off.
 */
export async function prepareConfigurations(
  paths: NetworkPaths,
  machines: readonly string[] | 'all',
): Promise<HandOutResult> {
  const first = await loadPlan(paths, { write: true });
  if (first.plan === null) return { mistaken: first };
  const firstPlan = first.plan;
  const names = machines === 'all' ? machineNames(firstPlan) : machines;
  // Before any key is made.
  const refusals = refusalsOf(firstPlan, names);
  if (refusals.length > 0) return { refusals };

  const keys = new KeyFolder(paths.keys);
  const withoutKey = names.filter((name) => publicKeyOf(firstPlan, name) === null);
  if (withoutKey.length > 0) await makeKeys(paths, keys, withoutKey);
  const loaded = withoutKey.length > 0 ? await loadPlan(paths, { write: true }) : first;
  const { plan, handedOut } = loaded;
  if (plan === null) return { mistaken: loaded };
  // The file may have been edited meanwhile.
  const newRefusals = refusalsOf(plan, names);
  if (newRefusals.length > 0) return { refusals: newRefusals };
  const known = new Set(handedOut.filter((entry) => entry.configurationHash !== null).map(({ name }) => name));
  const configurations = names.map((name) => {
    const isNewPresharedKey = keys.presharedKey(name) === null && !known.has(name);
    if (isNewPresharedKey) keys.makePresharedKey(name);
    return configuration(plan, name, keys, { isNewKey: withoutKey.includes(name), isNewPresharedKey });
  });
  return { configurations, plan, notes: [...new Set([...first.notes, ...loaded.notes])] };
}

/** Remembers that these configurations were handed out, as they are now. */
export async function rememberConfigurations(
  paths: NetworkPaths,
  plan: Plan,
  machines: readonly string[],
): Promise<void> {
  const now = Date.now();
  await rememberHandedOut(
    paths,
    machines.map((name) => entryOf(plan, name, now, true)),
  );
}

/** The configuration of `machine` with placeholders for all keys: to look at. Makes and remembers nothing. */
export function previewConfiguration(
  plan: Plan,
  machine: string,
): { readonly text: string } | { readonly refusals: readonly Refusal[] } {
  return renderWgQuick(plan, machine);
}

export function machineNames(plan: Plan): string[] {
  return plan.devices.filter((device) => device.kind === 'machine').map((device) => device.name);
}

function refusalsOf(plan: Plan, names: readonly string[]): readonly Refusal[] {
  return names.flatMap((name) => {
    const rendered = renderWgQuick(plan, name);
    return 'refusals' in rendered ? rendered.refusals : [];
  });
}

function publicKeyOf(plan: Plan, name: string): Uint8Array | null {
  const device = plan.devices.find((each) => each.name === name)!;
  return device.interfaces.find((each) => each.kind === 'wireguard')!.publicKey?.value ?? null;
}

/** Private keys for `names`, and their public keys in the network file, in one edit. */
async function makeKeys(paths: NetworkPaths, keys: KeyFolder, names: readonly string[]): Promise<void> {
  const made = names.map((name) => ({ name, publicKey: formatKey(keys.makePrivateKey(name)) }));
  await editNetworkFile(paths, ({ text, network, diagnostics }) => {
    if (network === null) return { diagnostics, against: text };
    let edited = text;
    for (const { name, publicKey } of made) {
      const machine = network.machines.find((each) => each.name.value === name);
      // Somebody else removed it, or gave it a key, a moment ago.
      if (machine === undefined || machine.publicKey !== undefined) continue;
      const result = setPublicKey(edited, name, publicKey, paths.shown);
      if (result.text === undefined) return result;
      edited = result.text;
    }
    return { text: edited };
  });
}

function configuration(
  plan: Plan,
  name: string,
  keys: KeyFolder,
  made: Pick<Configuration, 'isNewKey' | 'isNewPresharedKey'>,
): Configuration {
  const platform = plan.devices.find((each) => each.name === name)!.platform.value;
  const privateKey = keys.privateKey(name);
  const presharedKey = keys.presharedKey(name);
  const filled = (comments: boolean) => {
    const rendered = renderWgQuick(plan, name, { comments });
    if (!('text' in rendered)) throw new TypeError(`the configuration of ${name} was there a moment ago`);
    return fillKeys(rendered.text, name, {
      privateKey: privateKey && formatKey(privateKey),
      presharedKey: presharedKey && formatKey(presharedKey),
    });
  };
  const { note } = formatFor(platform);
  const text = filled(true);
  const shortText = filled(false);
  privateKey?.fill(0);
  presharedKey?.fill(0);
  return {
    machine: name,
    platform,
    text,
    shortText,
    hasPlaceholder: privateKey === null,
    ...made,
    notes: note === null ? [] : [`${name}: ${note}`],
  };
}
