/**
 * Where on the page one is: the path of the address bar, as a signal, and going elsewhere without loading anew.
 */

import { signal } from '@preact/signals';

export interface Place {
  /** Segments of the path, decoded: `/machines/phone` is two. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

export const place = signal<Place>(placeNow());

/** Asked before one leaves: a reason to stay, or null. A view with unsaved edits sets it, and takes it away. */
let reasonToStay: (() => string | null) | null = null;

export function stayFor(reason: (() => string | null) | null): void {
  reasonToStay = reason;
}

/** Goes to `to`, a path with its query. `replace` leaves no step to come back to. */
export function go(to: string, { replace = false } = {}): void {
  if (!mayLeave()) return;
  if (replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  place.value = placeNow();
  if (!replace) scrollTo(0, 0);
}

/** Changes the query alone, which is no step: what is searched for, what is chosen. */
export function setQuery(words: Readonly<Record<string, string | null>>): void {
  const url = new URL(location.href);
  for (const [key, value] of Object.entries(words)) {
    if (value === null || value === '') url.searchParams.delete(key);
    else url.searchParams.set(key, value);
  }
  history.replaceState(null, '', url.pathname + url.search);
  place.value = placeNow();
}

/** Follows links of this page, and the browser's own steps back and forth. */
export function followLinks(): void {
  addEventListener('popstate', () => {
    place.value = placeNow();
  });
  addEventListener('beforeunload', (event) => {
    if ((reasonToStay?.() ?? null) !== null) event.preventDefault();
  });
  document.addEventListener('click', (event) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || link.target !== '' || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (link.pathname === location.pathname && link.search === location.search && link.hash !== '') return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}

function mayLeave(): boolean {
  const reason = reasonToStay?.() ?? null;
  if (reason !== null && !confirm(reason)) return false;
  reasonToStay = null;
  return true;
}

function placeNow(): Place {
  const path = location.pathname
    .split('/')
    .filter((segment) => segment !== '')
    .map(decoded);
  return { path, query: new URLSearchParams(location.search) };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
