/**
 * Server-sent events out of a stream of bytes (https://html.spec.whatwg.org/multipage/server-sent-events.html), as the
 * router sends them: each with one line of data, which is JSON.
 */

import type { EventShape } from '../../src/control/http/shape/observation.ts';

/** Characters; above it, what came without an end is no event of ours. */
const MOST_WAITING = 32 * 1024 * 1024;

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
