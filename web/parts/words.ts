/**
 * Moments and counts as people read them.
 */

/** In the reader's own zone and order. */
export function momentText(moment: string): string {
  return new Date(moment).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

/** `1 machine`, `3 machines`. */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
