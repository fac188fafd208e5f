/**
 * What the router tells as it happens: who is here, how much flows, that the file has changed.
 *
 * Every machine has a signal of its own, so that of two thousand rows only those are drawn anew that differ.
 */

import { batch, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { EventShape } from '../../src/control/http/shape/observation.ts';
import type { DiagnosticShape } from '../../src/control/http/shape/words.ts';
import { forgetToken, token } from '../api/ask.ts';
import { type Watching, watchEvents } from '../api/events.ts';

type Of<T extends EventShape['type']> = Extract<EventShape, { type: T }>;
export type StatusEvent = Of<'status'>;
export type MachineNow = StatusEvent['machines'][number];

/** Without the machines, which have signals of their own. */
export type RouterNow = Omit<StatusEvent, 'machines'>;

export const watching = signal<Watching>('opening');
/** Null before the router was looked at. */
export const routerNow = signal<RouterNow | null>(null);
/** What is expected of the network and does not hold; null before it was told. */
export const unfulfilled = signal<readonly DiagnosticShape[] | null>(null);
/** The last trouble of the running router, until it is put away. */
export const trouble = signal<Of<'trouble'> | Of<'relay'> | null>(null);
/** Who has come since this page was opened, the last one. */
export const arrived = signal<Of<'arrived'> | null>(null);
/** The last reading of the file. */
export const networkRead = signal<Of<'network'> | null>(null);
/** Names of machines that the router has told of, sorted. */
export const namesNow = signal<readonly string[]>([]);

const machines = new Map<string, Signal<MachineNow | null>>();

/** How a machine is now; null while the router has not told of it. */
export function machineNow(name: string): ReadonlySignal<MachineNow | null> {
  return signalOf(name);
}

function signalOf(name: string): Signal<MachineNow | null> {
  let found = machines.get(name);
  if (found === undefined) {
    found = signal<MachineNow | null>(null);
    machines.set(name, found);
  }
  return found;
}

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
      arrived.value = event;
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

function hearStatus({ machines: told, ...router }: StatusEvent): void {
  batch(() => {
    routerNow.value = router;
    for (const machine of told) signalOf(machine.name).value = machine;
    if (!router.isWhole) return;
    const names = told.map(({ name }) => name).sort();
    for (const [name, each] of machines) {
      if (each.value !== null && !names.includes(name)) each.value = null;
    }
    namesNow.value = names;
  });
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
