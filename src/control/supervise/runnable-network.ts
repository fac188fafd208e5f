/**
 * From the files on disk to what a relay is given: the plan, the router's private key, the machines' preshared keys.
 */

import { type RelayConfig, relayConfig, routerName, routerPublicKey } from '../../apply/relay-config.ts';
import type { Diagnostic } from '../../description/diagnostic.ts';
import { formatKey } from '../../net/key.ts';
import { publicKeyOf } from '../../wireguard/crypto/x25519.ts';
import { KeyFolder } from '../key-folder.ts';
import { type LoadedPlan, loadPlan } from '../load-plan.ts';
import { MachineError } from '../machine-error.ts';
import type { NetworkPaths } from '../paths.ts';

/** The router of one network, with the keys it needs. */
export interface RunnableNetwork {
  readonly name: string;
  readonly config: RelayConfig;
  /** In base64, both. */
  readonly privateKey: string;
  readonly publicKey: string;
}

export type LoadedNetwork =
  | { readonly kind: 'good'; readonly network: RunnableNetwork; readonly loaded: LoadedPlan }
  | { readonly kind: 'mistaken'; readonly diagnostics: readonly Diagnostic[]; readonly text: string }
  | { readonly kind: 'absent' };

/**
 * The network as the files are now; addresses that were missing are in the network file afterwards. Rejects with a
 * `MachineError` for what the machine refuses, a missing router key among it.
 */
export async function loadNetwork(paths: NetworkPaths): Promise<LoadedNetwork> {
  let loaded: LoadedPlan;
  try {
    loaded = await loadPlan(paths, { write: true });
  } catch (error) {
    if (error instanceof MachineError && error.code === 'network-file-absent') return { kind: 'absent' };
    throw error;
  }
  const { plan, diagnostics, text } = loaded;
  if (plan === null) return { kind: 'mistaken', diagnostics, text };
  const keys = new KeyFolder(paths.keys);
  const router = routerName(plan);
  const privateKey = keys.privateKey(router);
  if (privateKey === null) throw routerKeyMissing(router, paths, routerPublicKey(plan) !== null);
  const presharedKeys = new Map<string, Uint8Array>();
  for (const { name } of plan.devices) {
    const key = keys.presharedKey(name);
    if (key !== null) presharedKeys.set(name, key);
  }
  const network: RunnableNetwork = {
    name: plan.name,
    config: relayConfig(plan, presharedKeys),
    privateKey: formatKey(privateKey),
    publicKey: formatKey(publicKeyOf(privateKey)),
  };
  privateKey.fill(0);
  return { kind: 'good', network, loaded };
}

function routerKeyMissing(router: string, paths: NetworkPaths, isDescribed: boolean): MachineError {
  const message = `Cannot run router "${router}": its private key is not in ${paths.keys}`;
  const help = isDescribed
    ? [
        `put it there: ${router}.key, mode 600, as \`wg genkey\` prints it`,
        "or let a new one be made: remove the router's `public-key` and run `wg-router init`; every machine then needs a new configuration",
      ]
    : ['`wg-router init` makes it, and writes its public key into the file'];
  return new MachineError('router-key-missing', message, { help });
}
