/**
 * What comes in: a body of JSON that is bounded in length and in time, the query, the path; checked by their shapes.
 */

import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { ApiRefusal } from './refusal.ts';

/** A network file at its largest that the page edits, escaped as JSON. */
export const BODY_BYTES = 8 * 1024 * 1024;

/** The JSON of the body. Throws an `ApiRefusal`. */
export async function jsonOf(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json(;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new ApiRefusal(415, 'not-json', 'Cannot read this request: its body is not application/json');
  }
  if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES) throw tooLarge();
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > BODY_BYTES) throw tooLarge();
    parts.push(part);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts)));
  } catch {
    throw new ApiRefusal(400, 'not-json', 'Cannot read this request: its body is not JSON in UTF-8');
  }
}

/** The value as `shape` says it is. Throws an `ApiRefusal` that names every place that is wrong. */
export function shaped<T>(shape: z.ZodType<T>, value: unknown, what: 'body' | 'query' | 'path'): T {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const wrong = result.error.issues.slice(0, 20).map(({ path, message }) => {
    const place = path.map(String).join('.');
    return place === '' ? message : `${place}: ${message}`;
  });
  throw new ApiRefusal(what === 'path' ? 404 : 422, 'request-invalid', `Cannot use the ${what} of this request`, {
    help: wrong,
  });
}

/** Each word of the query once. */
export function queryOf(search: URLSearchParams): Record<string, string> {
  const query: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [word, value] of search) {
    if (Object.hasOwn(query, word)) {
      throw new ApiRefusal(422, 'request-invalid', 'Cannot use the query of this request', {
        help: [`${word.slice(0, 50)} is there twice`],
      });
    }
    query[word] = value;
  }
  return { ...query };
}

function tooLarge(): ApiRefusal {
  return new ApiRefusal(413, 'request-too-large', `Cannot read this request: it has more than ${BODY_BYTES} bytes`);
}
