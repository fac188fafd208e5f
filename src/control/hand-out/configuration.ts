/**
 * Handing a machine its configuration: keys are made, values are written into the network file, what was handed out is
 * remembered, and the text with its keys comes back.
 */

import type { Diagnostic } from '../../description/diagnostic.ts';
import type { EditResult } from '../../description/edit/request.ts';
import { type DeviceKey, setPublicKeys } from '../../description/edit/set.ts';
import { formatKey } from '../../net/key.ts';
import { type Device, type Plan, tunnelOf } from '../../plan/plan.ts';
import { fillKeys } from '../../render/fill-keys.ts';
import { formatFor } from '../../render/formats.ts';
import { internetNotes } from '../../render/internet-notes.ts';
import type { Refusal } from '../../render/refusal.ts';
import { renderWgQuick } from '../../render/wg-quick.ts';
import { entryOf, rememberHandedOut } from '../handed-out.ts';
import { KeyFolder } from '../key-folder.ts';
import { loadPlan } from '../load-plan.ts';
import { MachineError } from '../machine-error.ts';
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
  /** The network cannot be planned, or would not be with the keys that are here. */
  | { readonly mistaken: { readonly diagnostics: readonly Diagnostic[]; readonly text: string } };

/** Looks at a file that others keep changing. */
const ATTEMPTS = 10;

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
  const keys = new KeyFolder(paths.keys);
  const made = { keys: new Set<string>(), presharedKeys: new Set<string>() };
  const notes = new Set<string>();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const loaded = await loadPlan(paths, { write: true });
    const { plan, handedOut } = loaded;
    if (plan === null) return { mistaken: loaded };
    for (const note of loaded.notes) notes.add(note);
    const names = machines === 'all' ? machineNames(plan) : machines;
    // Before any key is made.
    const refusals = refusalsOf(plan, names);
    if (refusals.length > 0) return { refusals };
    const known = new Set(handedOut.filter((entry) => entry.configurationHash !== null).map(({ name }) => name));
    const lacking = names.filter(
      (name) => publicKeyOf(plan, name) === null || (!known.has(name) && keys.presharedKey(name) === null),
    );
    if (lacking.length > 0) {
      // What others change meanwhile is seen by looking again.
      const result = await makeKeys(paths, keys, lacking, made);
      if (result.text === undefined) return { mistaken: { diagnostics: result.diagnostics, text: result.against } };
      continue;
    }
    const configurations = names.map((name) =>
      configuration(plan, name, keys, {
        isNewKey: made.keys.has(name),
        isNewPresharedKey: made.presharedKeys.has(name),
      }),
    );
    return { configurations, plan, notes: [...notes] };
  }
  throw new MachineError('edit-contended', `Cannot use ${paths.shown}: something else keeps changing it`);
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
  return tunnelOf(device).publicKey?.value ?? null;
}

/**
 * Private keys, with their public keys in the network file, and preshared keys for those of `names` that lack one. With
 * the lock held, so that none is made under a name that somebody else has just removed.
 */
async function makeKeys(
  paths: NetworkPaths,
  keys: KeyFolder,
  names: readonly string[],
  made: { readonly keys: Set<string>; readonly presharedKeys: Set<string> },
): Promise<EditResult> {
  return await editNetworkFile(paths, ({ text, network, diagnostics }) => {
    if (network === null) return { diagnostics, against: text };
    const machines = new Map(network.machines.map((machine) => [machine.name.value, machine]));
    const publicKeys: DeviceKey[] = [];
    for (const name of names) {
      const machine = machines.get(name);
      if (machine === undefined) continue;
      if (machine.publicKey === undefined) {
        publicKeys.push({ name, key: formatKey(keys.makePrivateKey(name)) });
        made.keys.add(name);
      }
      if (keys.presharedKey(name) !== null) continue;
      keys.makePresharedKey(name);
      made.presharedKeys.add(name);
    }
    return publicKeys.length === 0 ? { text } : setPublicKeys(text, publicKeys, paths.shown);
  });
}

function configuration(
  plan: Plan,
  name: string,
  keys: KeyFolder,
  made: Pick<Configuration, 'isNewKey' | 'isNewPresharedKey'>,
): Configuration {
  const device = plan.devices.find((each) => each.name === name)!;
  const platform = device.platform.value;
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
    notes: [...(note === null ? [] : [note]), ...internetNotes(device)].map((each) => `${name}: ${each}`),
  };
}
