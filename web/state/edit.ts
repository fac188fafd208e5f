/**
 * Editing the network: one way for all views. An edit is tried first where its effects are to be seen, is refused by the
 * router where something expected would no longer hold, and can be undone from the message that tells of it.
 */

import { signal } from '@preact/signals';
import type { EditedShape } from '../../src/control/http/shape/network.ts';
import { ask, type Method, Refused } from '../api/ask.ts';
import { tell } from '../parts/toast.tsx';
import { network, reloadNetwork } from './network.ts';

export interface Edit {
  readonly method: Exclude<Method, 'GET'>;
  /** Of the API: `/machines/phone`. */
  readonly path: string;
  readonly body?: unknown;
  /** What was done, once it is done: `Removed phone`. */
  readonly done: string;
  /**
   * Hash of the file that the person has seen; that of the file as it is shown now when absent. Null: whatever the file
   * is now.
   */
  readonly seen?: string | null;
  /** Called when it was made. */
  readonly after?: (answer: EditedShape) => void;
}

/** An edit whose effects are being looked at before it is saved (`parts/review.tsx` shows it). */
export const reviewed = signal<Edit | null>(null);

/** Shows what `edit` would change and who would reach whom, and makes it when the person says so. */
export function review(edit: Edit): void {
  reviewed.value = edit;
}

/** What `edit` would do; nothing is saved. Throws `Refused`. */
export async function tryEdit(edit: Edit, signal?: AbortSignal): Promise<EditedShape> {
  return await send(edit, { save: 'no', expectations: 'ignore' }, signal);
}

/**
 * Makes `edit` and tells of it, with undo. Throws `Refused`: of code `expectation-…` when something expected would no
 * longer hold, which `ignoringExpectations` does all the same.
 */
export async function make(edit: Edit, { ignoringExpectations = false } = {}): Promise<EditedShape> {
  const answer = await send(edit, { expectations: ignoringExpectations ? 'ignore' : 'keep' });
  const { change } = answer;
  tell(edit.done, change === null ? null : { label: 'Undo', run: () => void undo(change, edit.done) });
  edit.after?.(answer);
  await reloadNetwork();
  return answer;
}

/** Takes a change back, and tells of it. */
export async function undo(change: number, what: string): Promise<boolean> {
  try {
    await ask('POST', `/changes/${change}/undo`, { body: {} });
    tell(`Undone: ${what}`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    tell(error.message);
    return false;
  }
  await reloadNetwork();
  return true;
}

export function isOfExpectations(refused: Refused): boolean {
  return refused.diagnostics.length > 0 && refused.diagnostics.every(({ code }) => code.startsWith('expectation-'));
}

async function send(edit: Edit, query: Record<string, string>, signal?: AbortSignal): Promise<EditedShape> {
  const { method, path, body, seen = network.value.value?.hash ?? null } = edit;
  return await ask<EditedShape>(method, path, { body, query, seen, signal });
}
