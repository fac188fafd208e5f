/**
 * The promise of the API: requests made from the shapes, at random, and every answer of the shape that is promised. And
 * nothing that was not expected: never a 500.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { openApiDocument, operationId } from '../../src/control/http/openapi.ts';
import type { Route } from '../../src/control/http/route.ts';
import { API_VERSION, ROUTES } from '../../src/control/http/routes/all.ts';
import { problem } from '../../src/control/http/shape/words.ts';
import { type Reply, ServedPage } from './served-page.ts';

const RUNS = Number(process.env.RUNS ?? 6);
const SEED = process.env.SEED === undefined ? undefined : Number(process.env.SEED);
const DOCUMENT = new URL('../../docs/openapi.json', import.meta.url);

/** They would end what the test works with. */
const NOT_AT_RANDOM = new Set(['DELETE /sign-in', 'PUT /account/password', 'DELETE /account/sessions/{id}']);

describe('the document', () => {
  test('is what the routes are (bin/with-node scripts/write-openapi.ts writes it)', () => {
    const document = JSON.parse(readFileSync(DOCUMENT, 'utf8'));
    assert.deepEqual(document, JSON.parse(JSON.stringify(openApiDocument(ROUTES, API_VERSION))));
  });

  test('refers to nothing that is not there, and names each operation once', () => {
    const text = readFileSync(DOCUMENT, 'utf8');
    const { components } = JSON.parse(text) as { components: { schemas: Record<string, unknown> } };
    const names = [...text.matchAll(/"\$ref": "#\/components\/schemas\/(\w+)"/g)].map((match) => match[1]!);
    assert.deepEqual(
      [...new Set(names)].filter((name) => !(name in components.schemas)),
      [],
    );
    assert.ok(!text.includes('$defs'));
    const ids = ROUTES.map(operationId);
    assert.equal(new Set(ids).size, ids.length);
  });
});

describe('an answer', () => {
  test('to any request of the right shape is of the shape that is promised', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await served.token('read', 'write', 'keys', 'admin');
    const person = await served.person();
    await served.load();
    served.look([
      { receivedBytes: 5_000, drops: { replayed: 2 }, lastHandshakeAt: served.now, endpoint: '192.0.2.1:5' },
    ]);
    let good = 0;
    for (const route of ROUTES) {
      if (NOT_AT_RANDOM.has(`${route.method} ${route.path}`)) continue;
      await fc.assert(
        fc.asyncProperty(requestFor(route), async ({ path, query, body }) => {
          // A test tries more often than a person may.
          served.now += 10 * 60_000;
          const hash = (await served.ask('GET', '/network', who)).headers.etag!;
          const headers = route.precondition === 'none' ? {} : { 'if-match': hash };
          const reply = await served.ask(route.method, `${path}${query}`, route.access === 'person' ? person : who, {
            body: route.body === null ? undefined : body,
            headers,
          });
          requirePromised(route, reply);
          if (reply.status === 200) good++;
        }),
        { numRuns: RUNS, seed: SEED, endOnFailure: true },
      );
    }
    assert.ok(good > ROUTES.length * 2, `only ${good} requests were good`);
    assert.deepEqual(served.troubles, []);
  });

  test('to any rubbish is a problem that says what is wrong', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await served.token('read', 'write', 'keys', 'admin');
    for (const route of ROUTES) {
      if (route.body === null) continue;
      await fc.assert(
        fc.asyncProperty(fc.oneof(fc.jsonValue(), fc.object()), async (body) => {
          served.now += 10 * 60_000;
          const path = route.path.replace(/\{\w+\}/g, 'phone');
          const reply = await served.ask(route.method, path, who, { body });
          if (reply.status === 200) requirePromised(route, reply);
          else problem.parse(reply.json);
          assert.ok(reply.status < 500, `${reply.status} ${reply.text}`);
        }),
        { numRuns: RUNS, seed: SEED, endOnFailure: true },
      );
    }
    assert.deepEqual(served.troubles, []);
  });

  test('to what is no request at all is one too', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await served.token('read', 'write', 'keys', 'admin');
    const json = { 'content-type': 'application/json' };
    const tries: [string, string, Record<string, string>, unknown][] = [
      ['GET', '/machines/%ff', {}, undefined],
      ['GET', '/machines/%2e%2e%2f%2e%2e%2fnetwork', {}, undefined],
      ['GET', '/history/traffic?step=10&step=60', {}, undefined],
      ['GET', '/history/traffic?step=11', {}, undefined],
      ['GET', '/history/traffic?from=2026-02-30T00:00:00Z', {}, undefined],
      ['GET', '/changes?most=100000', {}, undefined],
      ['PUT', '/network', { ...json, 'if-match': 'W/"x"' }, { text: 'a' }],
      ['PUT', '/network', json, { text: 'a' }],
      ['POST', '/machines', { 'content-type': 'text/plain' }, { name: 'x' }],
      ['POST', '/machines', json, { name: 'x', __proto__: null, constructor: 'y' }],
    ];
    for (const [method, path, headers, body] of tries) {
      const reply = await served.ask(method, path, who, { body, headers });
      assert.ok(reply.status >= 400 && reply.status < 500, `${method} ${path}: ${reply.status}`);
      problem.parse(reply.json);
    }
  });
});

function requirePromised(route: Route, reply: Reply): void {
  const what = `${route.method} ${route.path}: ${reply.status} ${reply.text.slice(0, 2_000)}`;
  if (reply.status === 200) {
    const result = route.answer.safeParse(reply.json);
    assert.ok(result.success, `${what}\n${result.success ? '' : z.prettifyError(result.error)}`);
  } else {
    assert.ok(problem.safeParse(reply.json).success, what);
    assert.ok(reply.status >= 400 && reply.status < 500, what);
  }
  assert.equal(reply.headers['cache-control'], 'no-store', what);
}

/** Requests that the shapes allow; names and values are often those that are there. */
function requestFor(route: Route) {
  const params = arbitraryOf(z.toJSONSchema(route.params, { io: 'input', unrepresentable: 'any' }));
  const query = arbitraryOf(z.toJSONSchema(route.query, { io: 'input', unrepresentable: 'any' }));
  const body = route.body === null ? fc.constant(null) : arbitraryOf(z.toJSONSchema(route.body, { io: 'input' }));
  return fc.record({ params, query, body }).map(({ params, query, body }) => ({
    path: route.path.replace(/\{(\w+)\}/g, (_, word: string) =>
      encodeURIComponent(String((params as Record<string, unknown>)[word] ?? '1') || '1'),
    ),
    query: `?${new URLSearchParams(
      Object.entries(query as object).map(([word, value]): [string, string] => [word, String(value)]),
    )}`,
    body,
  }));
}

const KNOWN = [
  'phone',
  'pi',
  'house',
  'nas',
  'cloud',
  'admin',
  'tablet',
  '10.66.0.9',
  '192.168.9.0/24',
  'linux',
  '25',
  'home',
];

// biome-ignore lint/suspicious/noExplicitAny: JSON Schema, as zod writes it
function arbitraryOf(schema: any): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map(arbitraryOf));
  switch (schema.type) {
    case 'object': {
      const needed: string[] = schema.required ?? [];
      const fields = Object.entries(schema.properties ?? {}).map(([word, each]) => [word, arbitraryOf(each)] as const);
      return fc.record(Object.fromEntries(fields), { requiredKeys: needed as never[] });
    }
    case 'array':
      return fc.array(arbitraryOf(schema.items ?? {}), { minLength: schema.minItems ?? 0, maxLength: 3 });
    case 'string':
      return textOf(schema);
    case 'integer':
    case 'number':
      return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 1_000, 100_000) });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return fc.constantFrom('1', 'phone');
  }
}

interface TextSchema {
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
}

function textOf({ pattern, format, minLength = 0, maxLength = 60 }: TextSchema): fc.Arbitrary<string> {
  if (format === 'date-time')
    return fc.date({ min: new Date(0), max: new Date(2e12), noInvalidDate: true }).map((date) => date.toISOString());
  if (format === 'base64')
    return fc.uint8Array({ minLength: 1, maxLength: 90 }).map((bytes) => Buffer.from(bytes).toString('base64'));
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  const any = fc.string({ minLength, maxLength: Math.min(maxLength, 60), unit: 'grapheme' });
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...KNOWN) }, { weight: 1, arbitrary: any });
}
