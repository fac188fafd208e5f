/**
 * Taking a change of the network back.
 */

import { ask, Refused } from '../api/ask.ts';
import { tell } from '../parts/toast.tsx';
import { network } from './network.ts';

/** Takes the change back, and tells of it, or why not. */
export async function undo(change: number, what: string): Promise<void> {
  try {
    await ask('POST', `/changes/${change}/undo`, { body: {} });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    tell(error.message);
    return;
  }
  tell(`Undone: ${what}`);
  await network.load();
}
