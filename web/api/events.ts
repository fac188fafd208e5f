/**
 * The router's events as they come (server-sent events), over `fetch`: an `EventSource` cannot send the token.
 *
 * A stream that ends is opened again, after a second at first and half a minute at most, as long as somebody watches.
 */

import type { EventShape } from '../../src/control/http/shape/observation.ts';
import { openEvents, Refused } from './ask.ts';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** Above it, what came without an end is no event of ours. */
const MOST_WAITING = 32 * 1024 * 1024;

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

/** Reads a stream to its end. What is no event of ours is passed over. */
export async function readEvents(
  stream: ReadableStream<Uint8Array>,
  heard: (event: EventShape) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let waiting = '';
  for await (const bytes of stream as unknown as AsyncIterable<Uint8Array>) {
    waiting += decoder.decode(bytes, { stream: true });
    const blocks = waiting.split('\n\n');
    waiting = blocks.pop()!;
    if (waiting.length > MOST_WAITING) throw new RangeError('an event without an end');
    for (const block of blocks) {
      const event = eventOf(block);
      if (event !== null) heard(event);
    }
  }
}

function eventOf(block: string): EventShape | null {
  const data = block
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length).trimStart())
    .join('\n');
  if (data === '') return null;
  try {
    return JSON.parse(data) as EventShape;
  } catch {
    return null;
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
