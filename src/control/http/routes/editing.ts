/**
 * What all routes that change the network file do alike: the file must be the one the asker has seen, mistakes are
 * answered as mistakes, the change is remembered with who made it.
 */

import type { z } from 'zod';
import type { Diagnostic } from '../../../description/diagnostic.ts';
import type { ChangeOptions, ChangeResult, Edit } from '../../change/edit.ts';
import { changeNetwork } from '../../change/edit.ts';
import { editionHash } from '../../history/changes.ts';
import { readNetworkFile } from '../../network-store.ts';
import { ApiMistakes, ApiRefusal } from '../refusal.ts';
import type { Answer, Asked, Asker } from '../route.ts';
import type { EditedShape, editQuery } from '../shape/network.ts';
import type { DiagnosticShape } from '../shape/words.ts';
import { proved } from './proving.ts';

export interface Deed {
  /** A stable word: `machine-added`. */
  readonly action: string;
  readonly object: string | null;
}

type Editing = Asked<unknown, z.output<typeof editQuery>>;

type Making = Pick<ChangeOptions, 'check' | 'isTrial'>;

/** Makes `edit`, and answers what came of it. Throws `ApiMistakes` or an `ApiRefusal`. */
export async function edit(asked: Editing, deed: Deed, makeEdit: Edit): Promise<Answer<EditedShape>> {
  await requireKept(asked, makeEdit);
  return await change(asked, deed, (options) => changeNetwork(asked.context.paths, makeEdit, options));
}

/**
 * Throws `ApiMistakes` when something that is expected would no longer hold after `makeEdit`. Looked at before the edit,
 * beside the event loop: of two edits at once, each is held against the file as it was.
 */
export async function requireKept(asked: Editing, makeEdit: Edit): Promise<void> {
  const { context, query } = asked;
  const { text: before, network } = await context.network();
  if (query.expectations === 'ignore' || network === null) return;
  const result = makeEdit(before, context.paths.shown);
  // What is wrong with it is told by making it.
  if (result.text === undefined || !/^expect:/m.test(result.text)) return;
  const task = { kind: 'kept', before, text: result.text, file: context.paths.shown } as const;
  try {
    const { broken } = await proved(context, task, 'kept');
    if (broken.length > 0) throw new ApiMistakes(broken);
  } catch (error) {
    // A network that cannot be planned may be mended in steps; one too large to be proved is edited all the same.
    if (error instanceof ApiMistakes && error.diagnostics.every(({ code }) => !code.startsWith('expectation-'))) return;
    if (error instanceof ApiRefusal && error.code === 'proof-refused') return;
    throw error;
  }
}

/** The same for a change that is more than an edit of the text. */
export async function change(
  asked: Asked<unknown, { readonly save?: 'yes' | 'no' }>,
  deed: Deed,
  make: (options: Required<Making>) => Promise<ChangeResult & { readonly notes?: readonly string[] }>,
): Promise<Answer<EditedShape>> {
  const { context, who, seen } = asked;
  const isTrial = asked.query.save === 'no';
  let before = readNetworkFile(context.paths).text;
  const check = (text: string) => {
    requireSeen(seen, text);
    before = text;
  };
  const result = await make({ check, isTrial });
  if (!result.isChanged) throw new ApiMistakes(result.diagnostics);
  const { loaded, newDiagnostics } = result;
  const isRemembered = !isTrial && loaded.text !== before;
  const hash = editionHash(loaded.text);
  return {
    // What was only tried is not the file: nobody has seen it there.
    ...(isTrial ? {} : { hash }),
    body: {
      hash,
      isSaved: !isTrial,
      text: isTrial ? loaded.text : null,
      change: isRemembered ? context.changed({ ...deed, ...doer(who) }, before, loaded.text) : null,
      diagnostics: listed(newDiagnostics),
      notes: [...(result.notes ?? []), ...loaded.notes],
      stale: [...loaded.stale],
    },
  };
}

/** Who did it, for the history. */
export function doer(who: Asker): { readonly who: string | null; readonly way: 'page' | 'token' } {
  if (who.kind === 'token') return { who: `${who.name} (${who.note})`, way: 'token' };
  return { who: who.kind === 'person' ? who.name : null, way: 'page' };
}

function requireSeen(seen: string | null, text: string): void {
  if (seen === null || seen === editionHash(text)) return;
  throw new ApiRefusal(412, 'network-changed', 'Cannot edit the network: it has changed since you looked', {
    help: ['look at it as it is now, and make the edit again'],
  });
}

/** Diagnostics as the API shows them. */
export function listed(diagnostics: readonly Diagnostic[]): DiagnosticShape[] {
  return diagnostics.map(({ notes, help, ...rest }) => ({ ...rest, notes: [...notes], help: [...help] }));
}
