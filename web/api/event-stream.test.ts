import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EventShape } from '../../src/control/http/shape/observation.ts';
import { readEvents } from './event-stream.ts';

const ARRIVED = { type: 'arrived', at: '2026-01-01T00:00:00Z', machine: 'zoë', endpoint: '203.0.113.1:5' } as const;
const TEXT = `: hello\n\nevent: arrived\ndata: ${JSON.stringify(ARRIVED)}\n\n`;

async function read(chunks: readonly Uint8Array[]): Promise<EventShape[]> {
  const heard: EventShape[] = [];
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  await readEvents(stream, (event) => heard.push(event));
  return heard;
}

describe('a stream of events', () => {
  test('is the same wherever its bytes were parted, also within a letter', async () => {
    const bytes = new TextEncoder().encode(TEXT + TEXT);
    for (let at = 0; at <= bytes.length; at++) {
      assert.deepEqual(await read([bytes.slice(0, at), bytes.slice(at)]), [ARRIVED, ARRIVED], `parted at ${at}`);
    }
  });

  test('passes over what is no event, and an event that has not ended', async () => {
    const bytes = new TextEncoder().encode(`data: {nonsense\n\n: still here\n\n${TEXT}data: {"type": "trou`);
    assert.deepEqual(await read([bytes]), [ARRIVED]);
  });
});
