/**
 * What was just done, told once at the edge of the page, with the way back while it is there.
 */

import { signal } from '@preact/signals';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly action: { readonly label: string; readonly run: () => void } | null;
}

const STAYS_MS = 8_000;

const toasts = signal<readonly Toast[]>([]);
let last = 0;

export function tell(text: string, action: Toast['action'] = null): void {
  const id = ++last;
  // Two at most: the older one has been read, or is in Changes.
  toasts.value = [...toasts.value, { id, text, action }].slice(-2);
  setTimeout(() => putAway(id), action === null ? STAYS_MS : 2 * STAYS_MS);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, action }) => (
        <div class="toast" key={id}>
          <span>{text}</span>
          {action !== null && (
            <button
              type="button"
              class="button"
              onClick={() => {
                putAway(id);
                action.run();
              }}
            >
              {action.label}
            </button>
          )}
          <button type="button" class="button" aria-label="Close this message" onClick={() => putAway(id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}

function putAway(id: number): void {
  toasts.value = toasts.value.filter((each) => each.id !== id);
}
