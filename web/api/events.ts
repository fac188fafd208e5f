/**
 * The router's events as they come (server-sent events), over `fetch`: an `EventSource` cannot send the token.
 *
 * A stream that ends is opened again, after a second at first and half a minute at most, as long as somebody watches.
 */

import type { EventShape } from '../../src/control/http/shape/observation.ts';
import { openEvents, Refused } from './ask.ts';
import { readEvents } from './event-stream.ts';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** How the stream is: `refused` ends it. */
export type Watching = 'opening' | 'open' | 'lost' | 'refused';

/** Hands every event to `heard` and every change of the stream to `became`, until `abort`. */
export async function watchEvents(
  abort: AbortSignal,
  heard: (event: EventShape) => void,
  became: (state: Watching) => void,
): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  while (!abort.aborted) {
    became('opening');
    try {
      const stream = await openEvents(abort);
      became('open');
      pauseMs = FIRST_PAUSE_MS;
      await readEvents(stream, heard);
    } catch (error) {
      if (abort.aborted) return;
      if (error instanceof Refused && (error.status === 401 || error.status === 403)) {
        became('refused');
        return;
      }
    }
    if (abort.aborted) return;
    became('lost');
    await pause(pauseMs, abort);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

function pause(ms: number, abort: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    abort.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
