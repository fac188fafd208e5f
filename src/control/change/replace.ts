/**
 * Replacing the whole text of the network file, as the page's editor and undo do.
 */

import type { EditResult } from '../../description/edit/request.ts';
import { parseNetwork } from '../../description/parse.ts';
import { planNetwork } from '../../plan/plan-network.ts';
import { readHandedOut } from '../handed-out.ts';
import type { NetworkText } from '../network-store.ts';
import type { NetworkPaths } from '../paths.ts';
import { lostValues, putBack, putBackNotes } from '../put-back.ts';
import { type ChangeOptions, type ChangeResult, completed, identity, madeOrTried } from './edit.ts';

export type ReplaceResult = ChangeResult & {
  /** What was put back because `text` had lost it. */
  readonly notes: readonly string[];
};

/**
 * Makes `text` the network file, with what was handed out and is missing in it, and with what planning gives.
 *
 * Refused when it cannot be read, or cannot be planned and the one before could. Throws a `MachineError` for what the
 * machine refuses.
 */
export async function replaceNetwork(
  paths: NetworkPaths,
  text: string,
  options: ChangeOptions = {},
): Promise<ReplaceResult> {
  const handedOut = readHandedOut(paths);
  let known: ReadonlySet<string> = new Set();
  let notes: readonly string[] = [];
  const makeEdit = (current: NetworkText): EditResult => {
    options.check?.(current.text);
    const before = current.network === null ? null : planNetwork(current.network);
    known = new Set([...current.diagnostics, ...(before?.diagnostics ?? [])].map(identity));
    const parsed = parseNetwork(text, paths.shown);
    if (parsed.network === null) return { diagnostics: parsed.diagnostics, against: text };
    const lost = lostValues(parsed.network, handedOut);
    notes = putBackNotes(lost);
    const restored = putBack(text, lost, paths.shown);
    if (restored.text === undefined) return restored;
    return completed(restored.text, (before?.plan ?? null) !== null, paths.shown);
  };
  const { result, loaded } = await madeOrTried(paths, makeEdit, handedOut, options);
  if (loaded === null) return { isChanged: false, ...result, notes: [] };
  const newDiagnostics = loaded.diagnostics.filter((each) => !known.has(identity(each)));
  return { isChanged: true, loaded, newDiagnostics, notes };
}
