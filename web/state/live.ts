/**
 * What the router tells as it happens: that it runs, how many are here, that the file has changed, what went wrong.
 */

import { effect, signal } from '@preact/signals';
import type { EventShape } from '../../src/control/http/shape/observation.ts';
import type { DiagnosticShape } from '../../src/control/http/shape/words.ts';
import { forgetToken, token } from '../api/ask.ts';
import { type Watching, watchEvents } from '../api/events.ts';

type Of<T extends EventShape['type']> = Extract<EventShape, { type: T }>;

/** Of the router as a whole. */
export interface RouterNow {
  readonly isRunning: boolean;
  /** By name, how each machine is. */
  readonly presences: ReadonlyMap<string, Of<'status'>['machines'][number]['presence']>;
}

export const watching = signal<Watching>('opening');
/** Null before the router was looked at. */
export const routerNow = signal<RouterNow | null>(null);
/** What is expected of the network and does not hold; null before it was told. */
export const unfulfilled = signal<readonly DiagnosticShape[] | null>(null);
/** The last trouble of the running router, until it is put away. */
export const trouble = signal<Of<'trouble'> | Of<'relay'> | null>(null);
/** The last reading of the file. */
export const networkRead = signal<Of<'network'> | null>(null);
export function hear(event: EventShape): void {
  switch (event.type) {
    case 'status':
      hearStatus(event);
      return;
    case 'network':
      networkRead.value = event;
      return;
    case 'unfulfilled':
      unfulfilled.value = event.diagnostics;
      return;
    case 'arrived':
      return;
    case 'trouble':
      trouble.value = event;
      return;
    case 'relay':
      trouble.value = event.state === 'lost' || event.state === 'failed' ? event : null;
      return;
    default:
      // A router newer than this page.
      event satisfies never;
  }
}

/** An event that is not whole tells only of machines that differ from the one before. */
function hearStatus({ isWhole, isRunning, machines }: Of<'status'>): void {
  const presences = new Map(isWhole ? [] : routerNow.value?.presences);
  for (const { name, presence } of machines) presences.set(name, presence);
  routerNow.value = { isRunning, presences };
}

/** Watches as long as somebody is signed in. */
export function keepWatching(): void {
  effect(() => {
    if (token.value === null) return;
    const abort = new AbortController();
    void watchEvents(abort.signal, hear, (state) => {
      watching.value = state;
      if (state === 'refused') forgetToken();
    });
    return () => abort.abort();
  });
}
