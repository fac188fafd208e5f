/**
 * The record of what was handed out: who was given which address and key, and which configuration.
 *
 * It is what makes "never moves" true when an editor saves an old copy of the network file over what the tools wrote
 * into it: what the record knows and the file has lost is put back (`put-back.ts`). It holds no key but public ones.
 */

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { formatAddress, parseAddress } from '../net/address.ts';
import { formatKey, parseKey } from '../net/key.ts';
import { type Plan, tunnelOf } from '../plan/plan.ts';
import { renderWgQuick } from '../render/wg-quick.ts';
import { MachineError } from './machine-error.ts';
import { holdingLock, readNetworkFile } from './network-store.ts';
import type { NetworkPaths } from './paths.ts';
import { replaceFile } from './replace-file.ts';
import { readTrustedFile } from './trusted-file.ts';

export interface HandedOut {
  readonly name: string;
  readonly kind: 'router' | 'machine';
  /** Inside addresses as text. */
  readonly addresses: readonly string[];
  /** Base64, or null while it has none. */
  readonly publicKey: string | null;
  /** Of the configuration that was handed out; null when only its values are in use so far. */
  readonly configurationHash: string | null;
  /** When, ms since 1970. */
  readonly at: number;
}

const RECORD_BYTES = 256 * 1024 * 1024;

const recordShape = z.strictObject({
  version: z.literal(1),
  entries: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(['router', 'machine']),
      addresses: z.array(z.string().refine((text) => parseAddress(text) !== null)),
      publicKey: z
        .string()
        .refine((text) => parseKey(text) !== null)
        .nullable(),
      configurationHash: z.string().nullable(),
      at: z.number(),
    }),
  ),
});

/** The record of a network, oldest first; empty when nothing was handed out. Throws a `MachineError` when damaged. */
export function readHandedOut(paths: NetworkPaths): readonly HandedOut[] {
  const file = readTrustedFile(paths.handedOut, { shown: paths.handedOut, secret: true, maxBytes: RECORD_BYTES });
  if (file === null) return [];
  try {
    return recordShape.parse(JSON.parse(file.bytes.toString('utf8'))).entries;
  } catch (cause) {
    throw new MachineError(
      'record-damaged',
      `Cannot use ${paths.handedOut}: it is not a record of what was handed out`,
      {
        cause,
        help: ['move it away: the network file goes on as it is, and every machine counts as not handed out'],
      },
    );
  }
}

/**
 * Remembers `entries`, each in place of what was known under its name, and forgets the names in `forget`. An entry
 * without a configuration hash keeps the one that is known. What another command has removed or renamed meanwhile is
 * not remembered: a later machine of that name is somebody else.
 */
export async function rememberHandedOut(
  paths: NetworkPaths,
  entries: readonly HandedOut[],
  options: { readonly forget?: readonly string[] } = {},
): Promise<void> {
  if (entries.length === 0 && (options.forget ?? []).length === 0) return;
  await holdingLock(paths, () => {
    const byName = new Map(readHandedOut(paths).map((entry) => [entry.name, entry]));
    for (const name of options.forget ?? []) byName.delete(name);
    const described = entries.length === 0 ? null : describedNames(paths);
    for (const entry of entries) {
      if (described?.has(entry.name) === false) continue;
      const known = byName.get(entry.name);
      byName.delete(entry.name);
      const isSame = entry.configurationHash === null && known !== undefined;
      byName.set(entry.name, isSame ? { ...entry, configurationHash: known.configurationHash, at: known.at } : entry);
    }
    replaceFile(paths.handedOut, `${JSON.stringify({ version: 1, entries: [...byName.values()] })}\n`, 0o600);
  });
}

/** Null when the file has mistakes: nobody knows then. */
function describedNames(paths: NetworkPaths): ReadonlySet<string> | null {
  const { network } = readNetworkFile(paths);
  return network === null ? null : new Set([...network.routers, ...network.machines].map(({ name }) => name.value));
}

/** When a configuration was last handed out, ms since 1970, or null. */
export function lastConfigurationAt(entries: readonly HandedOut[]): number | null {
  const times = entries.filter((entry) => entry.configurationHash !== null).map((entry) => entry.at);
  return times.length === 0 ? null : times.reduce((a, b) => Math.max(a, b));
}

/** The entry for a device of `plan` as it is now; with its configuration's hash when it is being handed out. */
export function entryOf(plan: Plan, name: string, at: number, isHandedOut: boolean): HandedOut {
  const device = plan.devices.find((each) => each.name === name)!;
  const tunnel = tunnelOf(device);
  return {
    name,
    kind: device.kind,
    addresses: tunnel.addresses.map((fact) => formatAddress(fact.value)),
    publicKey: tunnel.publicKey === null ? null : formatKey(tunnel.publicKey.value),
    configurationHash: isHandedOut ? configurationHash(plan, name) : null,
    at,
  };
}

/**
 * What tells two configurations of a machine apart: a hash of everything in it but comments and keys; its own public
 * key counts. Null when it has no configuration.
 */
export function configurationHash(plan: Plan, name: string): string | null {
  const rendered = renderWgQuick(plan, name, { comments: false });
  if (!('text' in rendered)) return null;
  const device = plan.devices.find((each) => each.name === name)!;
  const tunnel = tunnelOf(device);
  const key = tunnel.publicKey === null ? '' : formatKey(tunnel.publicKey.value);
  return createHash('sha256').update(`${key}\n${rendered.text}`).digest('hex').slice(0, 32);
}

/** Machines whose configuration is another than the one they were handed, in the order of the record. */
export function staleMachines(plan: Plan, entries: readonly HandedOut[]): string[] {
  const known = new Set(plan.devices.map((device) => device.name));
  return entries
    .filter((entry) => entry.configurationHash !== null && known.has(entry.name))
    .filter((entry) => configurationHash(plan, entry.name) !== entry.configurationHash)
    .map((entry) => entry.name);
}
