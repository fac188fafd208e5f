/**
 * A change of the network file that a person asked for: made when the network can be planned afterwards, with nothing
 * lost and nothing left to be given.
 */

import type { Diagnostic } from '../../description/diagnostic.ts';
import type { EditResult } from '../../description/edit/request.ts';
import { giveMissing } from '../../description/edit/set.ts';
import type { Network } from '../../description/network.ts';
import { parseNetwork } from '../../description/parse.ts';
import { planNetwork } from '../../plan/plan-network.ts';
import { type HandedOut, readHandedOut } from '../handed-out.ts';
import { type LoadedPlan, loadPlan, plannedAs } from '../load-plan.ts';
import { editNetworkFile, type NetworkText, readNetworkFile } from '../network-store.ts';
import type { NetworkPaths } from '../paths.ts';
import { lostValues, putBack } from '../put-back.ts';

/** `text` is the edited text; the edit's own functions take the file's name for their messages. */
export type Edit = (text: string, file: string) => EditResult;

export type ChangeResult =
  | {
      readonly isChanged: true;
      readonly loaded: LoadedPlan;
      /** Those of `loaded` that the change has brought. */
      readonly newDiagnostics: readonly Diagnostic[];
    }
  /** Nothing was written. */
  | ({ readonly isChanged: false } & Extract<EditResult, { text?: undefined }>);

export interface ChangeOptions {
  readonly onWait?: (pid: number) => void;
  /** Told the file's text as it is, with the lock held, before anything is edited. Throws to refuse. */
  readonly check?: (text: string) => void;
  /** Nothing is written, made or remembered: the result is as it would be. */
  readonly isTrial?: boolean;
}

/**
 * Makes `edit` in the network file, with the addresses it calls for.
 *
 * An edit after which the network cannot be planned is refused, unless it could not be planned before either: whoever
 * mends a file in several steps must be able to take the first. Throws a `MachineError` for what the machine refuses.
 */
export async function changeNetwork(
  paths: NetworkPaths,
  edit: Edit,
  options: ChangeOptions = {},
): Promise<ChangeResult> {
  const handedOut = readHandedOut(paths);
  let known: ReadonlySet<string> = new Set();
  const makeEdit = (current: NetworkText): EditResult => {
    options.check?.(current.text);
    if (current.network === null) return { diagnostics: current.diagnostics, against: current.text };
    const before = planNetwork(current.network);
    known = new Set([...current.diagnostics, ...before.diagnostics].map(identity));
    return edited(
      current.text,
      current.network,
      { couldBePlanned: before.plan !== null, handedOut },
      edit,
      paths.shown,
    );
  };
  const { result, loaded } = await madeOrTried(paths, makeEdit, handedOut, options);
  if (loaded === null) return { isChanged: false, ...result };
  return { isChanged: true, loaded, newDiagnostics: loaded.diagnostics.filter((each) => !known.has(identity(each))) };
}

type Outcome =
  | { readonly result: Extract<EditResult, { text?: undefined }>; readonly loaded: null }
  | { readonly result: Extract<EditResult, { text: string }>; readonly loaded: LoadedPlan };

/** Makes `makeEdit` in the network file, or only tries it; the network as it is, or would be, afterwards. */
export async function madeOrTried(
  paths: NetworkPaths,
  makeEdit: (current: NetworkText) => EditResult,
  handedOut: readonly HandedOut[],
  options: ChangeOptions,
): Promise<Outcome> {
  const isTrial = options.isTrial ?? false;
  const result = isTrial ? makeEdit(readNetworkFile(paths)) : await editNetworkFile(paths, makeEdit, options);
  if (result.text === undefined) return { result, loaded: null };
  const loaded = isTrial ? plannedAs(paths, result.text, handedOut) : await loadPlan(paths, { write: true });
  return { result, loaded };
}

/** The same mistake, wherever it has moved to. */
export function identity({ code, message }: Diagnostic): string {
  return `${code} ${message}`;
}

function edited(
  text: string,
  network: Network,
  before: { readonly couldBePlanned: boolean; readonly handedOut: readonly HandedOut[] },
  edit: Edit,
  file: string,
): EditResult {
  const restored = putBack(text, lostValues(network, before.handedOut), file);
  if (restored.text === undefined) return restored;
  const result = edit(restored.text, file);
  if (result.text === undefined) return result;
  return completed(result.text, before.couldBePlanned, file);
}

/** The text with what planning gives; mistakes where it cannot be planned and the one before could. */
export function completed(text: string, couldBePlanned: boolean, file: string): EditResult {
  const after = parseNetwork(text, file);
  if (after.network === null) return { diagnostics: after.diagnostics, against: text };
  const planned = planNetwork(after.network);
  if (planned.plan !== null) return giveMissing(text, planned.plan, file);
  return couldBePlanned ? { diagnostics: planned.diagnostics, against: text } : { text };
}
