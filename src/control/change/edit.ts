/**
 * A change of the network file that a person asked for: made when the network can be planned afterwards, with nothing
 * lost and nothing left to be given.
 */

import type { EditResult } from '../../description/edit/request.ts';
import { giveMissing } from '../../description/edit/set.ts';
import { parseNetwork } from '../../description/parse.ts';
import { planNetwork } from '../../plan/plan-network.ts';
import { type HandedOut, readHandedOut } from '../handed-out.ts';
import { type LoadedPlan, loadPlan } from '../load-plan.ts';
import { editNetworkFile, type NetworkText } from '../network-store.ts';
import type { NetworkPaths } from '../paths.ts';
import { lostValues, putBack } from '../put-back.ts';

/** `text` is the edited text; the edit's own functions take the file's name for their messages. */
export type Edit = (text: string, file: string) => EditResult;

export type ChangeResult =
  | { readonly isChanged: true; readonly loaded: LoadedPlan }
  /** Nothing was written. */
  | ({ readonly isChanged: false } & Extract<EditResult, { text?: undefined }>);

/**
 * Makes `edit` in the network file, with the addresses it calls for.
 *
 * An edit after which the network cannot be planned is refused, unless it could not be planned before either: whoever
 * mends a file in several steps must be able to take the first. Throws a `MachineError` for what the machine refuses.
 */
export async function changeNetwork(
  paths: NetworkPaths,
  edit: Edit,
  options: { readonly onWait?: (pid: number) => void } = {},
): Promise<ChangeResult> {
  const handedOut = readHandedOut(paths);
  const result = await editNetworkFile(paths, (current) => edited(current, handedOut, edit, paths.shown), options);
  if (result.text === undefined) return { isChanged: false, ...result };
  return { isChanged: true, loaded: await loadPlan(paths, { write: true }) };
}

function edited(current: NetworkText, handedOut: readonly HandedOut[], edit: Edit, file: string): EditResult {
  const { text, network, diagnostics } = current;
  if (network === null) return { diagnostics, against: text };
  const restored = putBack(text, lostValues(network, handedOut), file);
  if (restored.text === undefined) return restored;
  const result = edit(restored.text, file);
  if (result.text === undefined) return result;
  const after = parseNetwork(result.text, file);
  if (after.network === null) return { diagnostics: after.diagnostics, against: result.text };
  const planned = planNetwork(after.network);
  if (planned.plan !== null) return giveMissing(result.text, planned.plan, file);
  const couldBePlanned = planNetwork(network).plan !== null;
  return couldBePlanned ? { diagnostics: planned.diagnostics, against: result.text } : result;
}
