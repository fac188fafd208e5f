/**
 * What stands where something is not there yet, or where there is nothing: it says so, and what to do.
 */

import type { ComponentChildren } from 'preact';

export function Waiting({ what = 'Loading' }: { readonly what?: string }) {
  return (
    <p class="waiting" role="status">
      {what} …
    </p>
  );
}

export interface EmptyProps {
  readonly title: string;
  /** What this place is for, and how something comes into it. */
  readonly children: ComponentChildren;
  readonly action?: ComponentChildren;
}

export function Empty({ title, children, action }: EmptyProps) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      <p>{children}</p>
      {action}
    </div>
  );
}
