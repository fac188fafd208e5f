/**
 * From the file on disk to a plan: read, put back what was lost, give what is missing, plan.
 *
 * Commands that hand something out write first (`write`), so that what they use is in the file; the others use the
 * values that would be written.
 */

import type { Diagnostic } from '../description/diagnostic.ts';
import type { EditResult } from '../description/edit/request.ts';
import { giveMissing } from '../description/edit/set.ts';
import type { Network } from '../description/network.ts';
import { parseNetwork } from '../description/parse.ts';
import type { Plan } from '../plan/plan.ts';
import { planNetwork } from '../plan/plan-network.ts';
import { entryOf, type HandedOut, readHandedOut, rememberHandedOut, staleMachines } from './handed-out.ts';
import { KeyFolder } from './key-folder.ts';
import { keyMistakes } from './key-mistakes.ts';
import { editNetworkFile, type NetworkText, readNetworkFile } from './network-store.ts';
import type { NetworkPaths } from './paths.ts';
import { type Lost, lostValues, putBack, putBackNotes } from './put-back.ts';

export interface LoadedPlan {
  /** The text that the diagnostics' places mean. */
  readonly text: string;
  /** Null when the text has mistakes. */
  readonly network: Network | null;
  /** Null when planning found mistakes. */
  readonly plan: Plan | null;
  readonly diagnostics: readonly Diagnostic[];
  /** What was put back, one line each. */
  readonly notes: readonly string[];
  readonly handedOut: readonly HandedOut[];
  /** Machines that must fetch a new configuration. Worked out when asked for. */
  readonly stale: readonly string[];
}

/**
 * The plan of the network file. With `write`, what is missing from the file (addresses, keys, what is to be carved) is
 * in it afterwards.
 *
 * Mistakes are in `diagnostics`. Throws a `MachineError` for what the machine refuses.
 */
export async function loadPlan(paths: NetworkPaths, options: { readonly write: boolean }): Promise<LoadedPlan> {
  const handedOut = readHandedOut(paths);
  let current = readNetworkFile(paths);
  const lost = current.network === null ? NOTHING : lostValues(current.network, handedOut);
  if (options.write) {
    const written = await writeMissing(paths, current, handedOut);
    if (written !== null) current = reread(written, paths);
  } else if (lost.addresses.length + lost.keys.length > 0) {
    const restored = putBack(current.text, lost, paths.shown);
    if (restored.text !== undefined) current = reread(restored.text, paths);
  }
  const loaded = planned(current, handedOut, putBackNotes(lost), paths);
  if (options.write && loaded.plan !== null) await rememberGiven(paths, loaded.plan, handedOut);
  return loaded;
}

/**
 * The plan that there would be with `text` as the network file, and with what would be put back and given. Nothing is
 * written; `handedOut` is the record as it would be.
 */
export function plannedAs(paths: NetworkPaths, text: string, handedOut: readonly HandedOut[]): LoadedPlan {
  const current = reread(text, paths);
  const lost = current.network === null ? NOTHING : lostValues(current.network, handedOut);
  const whole = complete(current, handedOut, paths).text;
  return planned(whole === undefined ? current : reread(whole, paths), handedOut, putBackNotes(lost), paths);
}

const NOTHING: Lost = { addresses: [], keys: [] };

function reread(text: string, paths: NetworkPaths): NetworkText {
  return { text, ...parseNetwork(text, paths.shown) };
}

/** The file's new text, or null when nothing is missing. Without mistakes to begin with, none can come of it. */
async function writeMissing(
  paths: NetworkPaths,
  current: NetworkText,
  handedOut: readonly HandedOut[],
): Promise<string | null> {
  // Looked at without the lock first: mostly nothing is missing, and then nothing need be writable.
  if (complete(current, handedOut, paths).text === current.text) return null;
  const written = await editNetworkFile(paths, (latest) => complete(latest, handedOut, paths));
  return written.text ?? null;
}

/** The text with everything in it that planning would otherwise have to make up. A text with mistakes stays as it is. */
function complete(current: NetworkText, handedOut: readonly HandedOut[], paths: NetworkPaths): EditResult {
  if (current.network === null) return { text: current.text };
  const restored = putBack(current.text, lostValues(current.network, handedOut), paths.shown);
  if (restored.text === undefined) return restored;
  const { network } = parseNetwork(restored.text, paths.shown);
  const plan = network === null ? null : planNetwork(network).plan;
  return plan === null ? restored : giveMissing(restored.text, plan, paths.shown);
}

function planned(
  current: NetworkText,
  handedOut: readonly HandedOut[],
  notes: readonly string[],
  paths: NetworkPaths,
): LoadedPlan {
  const result = current.network === null ? null : planNetwork(current.network);
  const ofKeys = current.network === null ? [] : keyMistakes(current.network, new KeyFolder(paths.keys));
  const plan = ofKeys.length > 0 ? null : (result?.plan ?? null);
  let stale: readonly string[] | null = null;
  return {
    text: current.text,
    network: current.network,
    plan,
    diagnostics: [...current.diagnostics, ...(result?.diagnostics ?? []), ...ofKeys],
    notes,
    handedOut,
    get stale() {
      stale ??= plan === null ? [] : staleMachines(plan, handedOut);
      return stale;
    },
  };
}

/** Addresses that are in the file from now on may be in use from now on. */
async function rememberGiven(paths: NetworkPaths, plan: Plan, handedOut: readonly HandedOut[]): Promise<void> {
  const known = new Map(handedOut.map((entry) => [entry.name, entry]));
  const now = Date.now();
  const entries = plan.devices
    .map((device) => entryOf(plan, device.name, now, false))
    .filter((entry) => {
      const before = known.get(entry.name);
      return before?.publicKey !== entry.publicKey || before?.addresses.join() !== entry.addresses.join();
    });
  await rememberHandedOut(paths, entries);
}
