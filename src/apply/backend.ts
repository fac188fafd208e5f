/**
 * What every way to run the router can do: say what is there, and change it by a difference.
 *
 * A backend decides nothing. What it should hold comes from the plan (`relay-config.ts`), what differs from what it
 * holds is worked out in `difference.ts`, and `test/conformance/backend.ts` is the suite that each backend passes.
 */

import type { PeerConfig, PeerStatus, RouterConfig } from '../relay/messages.ts';
import { type Difference, differenceOf, isEmpty } from './difference.ts';

/** The router as it should be. */
export interface RouterSetup {
  readonly router: RouterConfig;
  /** No public key and no prefix is in two of them. */
  readonly peers: readonly PeerConfig[];
}

/** The router as it is. */
export interface Observed {
  readonly router: RouterConfig;
  readonly peers: readonly PeerStatus[];
}

export interface Backend {
  observe(): Promise<Observed>;
  /**
   * Makes the change: removals first, so that a prefix can move. Peers that are not named keep their keypairs. Rejects
   * with an error when the machine says no; part of the change may then have been made, and the next one finishes it.
   */
  change(difference: Difference): Promise<void>;
}

/** What was told to a backend, by public key: what it does not show (preshared keys, configured endpoints) included. */
export type Told = Map<string, PeerConfig>;

/**
 * Brings `backend` from what it holds to `wanted`; returns what was changed.
 *
 * `told` is this caller's memory of the backend and is brought up to date. A peer that is not in it is told once more,
 * because a preshared key cannot be read back; that disturbs no keypair.
 */
export async function applySetup(backend: Backend, wanted: RouterSetup, told: Told): Promise<Difference> {
  const difference = differenceOf(wanted, await backend.observe(), told);
  if (isEmpty(difference)) return difference;
  // What fails half way is told again, whole.
  for (const publicKey of difference.remove) told.delete(publicKey);
  for (const peer of difference.set) told.delete(peer.publicKey);
  await backend.change(difference);
  for (const peer of difference.set) told.set(peer.publicKey, peer);
  return difference;
}
