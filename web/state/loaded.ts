/**
 * Something that the router answers, kept for whoever shows it: what came last, whether it is being asked for, and the
 * refusal when it did not come. What came before stays in sight while it is asked for again.
 */

import { type ReadonlySignal, signal } from '@preact/signals';
import { Refused } from '../api/ask.ts';

export interface Loaded<T> {
  readonly value: ReadonlySignal<T | null>;
  readonly refused: ReadonlySignal<Refused | null>;
  readonly isLoading: ReadonlySignal<boolean>;
  /** Asks again. An answer that was overtaken by a later asking is dropped. */
  readonly load: () => Promise<void>;
  readonly forget: () => void;
}

export function loadedFrom<T>(asking: (abort: AbortSignal) => Promise<T>): Loaded<T> {
  const value = signal<T | null>(null);
  const refused = signal<Refused | null>(null);
  const isLoading = signal(false);
  let current: AbortController | null = null;
  const forget = () => {
    current?.abort();
    current = null;
    value.value = null;
    refused.value = null;
    isLoading.value = false;
  };
  const load = async () => {
    current?.abort();
    const mine = new AbortController();
    current = mine;
    isLoading.value = true;
    try {
      const answer = await asking(mine.signal);
      if (current !== mine) return;
      value.value = answer;
      refused.value = null;
    } catch (error) {
      if (current !== mine) return;
      if (!(error instanceof Refused)) throw error;
      refused.value = error;
    } finally {
      if (current === mine) {
        current = null;
        isLoading.value = false;
      }
    }
  };
  return { value, refused, isLoading, load, forget };
}
