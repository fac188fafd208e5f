/**
 * The API as an OpenAPI 3.1 document, made from the routes: from the very shapes that requests are checked by.
 */

import { z } from 'zod';
import type { Access, Route } from './route.ts';
import { API_PATH } from './routes/all.ts';
import { event } from './shape/observation.ts';
import { problem } from './shape/words.ts';

type Json = Readonly<Record<string, unknown>>;

/** The document. `version` is that of the API, which changes with what it promises. */
export function openApiDocument(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  const components: Record<string, unknown> = {};
  schemaOf(problem, 'output', components);
  for (const route of routes) {
    paths[route.path] ??= {};
    paths[route.path]![route.method.toLowerCase()] = operation(route, components);
  }
  paths['/events'] = { get: eventsOperation(components) };
  return {
    openapi: '3.1.0',
    info: {
      title: 'wg-router',
      version,
      description: ABOUT,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: API_PATH }],
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'Made on the page, or with POST /tokens.' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'wgr-session' },
        cookieToken: { type: 'apiKey', in: 'header', name: 'wgr-token', description: 'Beside the cookie, always.' },
      },
    },
  };
}

const ABOUT =
  `Everything the page can do. An answer that says no has the shape of Problem, whose diagnostics are those of
the command line. Edits take \`If-Match\` with the ETag of GET /network: they are refused with 412 when the file is another
by then. Fields may be added to answers; those that are here keep their name and meaning.`.replaceAll('\n', ' ');

function operation(route: Route, components: Record<string, unknown>): Json {
  const { summary, about, access, body, answer, precondition } = route;
  return {
    summary,
    ...(about === undefined ? {} : { description: about }),
    operationId: operationId(route),
    ...security(access),
    parameters: [
      ...parameters(route.params, 'path'),
      ...parameters(route.query, 'query'),
      ...(precondition === 'none'
        ? []
        : [
            {
              name: 'If-Match',
              in: 'header',
              required: precondition === 'needed',
              schema: { type: 'string' },
              description: 'The ETag of the network file that the edit was made from.',
            },
          ]),
    ],
    ...(body === null
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(body, 'input', components) } },
          },
        }),
    responses: {
      200: {
        description: 'Done.',
        content: { 'application/json': { schema: schemaOf(answer, 'output', components) } },
      },
      default: {
        description: 'No.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

/** `getMachinesName`: stable as long as the path is. */
export function operationId({ method, path }: Pick<Route, 'method' | 'path'>): string {
  const words = path.split(/[/{}-]+/).filter((word) => word !== '');
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function eventsOperation(components: Record<string, unknown>): Json {
  return {
    summary: 'What happens, as it happens',
    description:
      'Server-sent events: `event` is the type, `data` the JSON. The first one is a `status` with everything. With a cookie, read it by fetch: an EventSource cannot send `wgr-token`.',
    operationId: 'getEvents',
    ...security('read'),
    responses: {
      200: {
        description: 'A stream.',
        content: { 'text/event-stream': { schema: schemaOf(event, 'output', components) } },
      },
      default: {
        description: 'No.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function security(access: Access): Json {
  if (access === 'open') return { security: [] };
  const people = { cookie: [], cookieToken: [] };
  if (access === 'person') return { security: [people], 'x-access': 'person' };
  return { security: [{ token: [] }, people], 'x-access': access };
}

function parameters(shape: z.ZodObject, place: 'path' | 'query'): Json[] {
  const schema = schemaOf(shape, 'input', {}) as {
    readonly properties?: Readonly<Record<string, Json>>;
    readonly required?: readonly string[];
  };
  return Object.entries(schema.properties ?? {}).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || (schema.required ?? []).includes(name),
    ...(description === undefined ? {} : { description }),
    schema: place === 'path' || Object.keys(rest).length > 0 ? rest : { type: 'string' },
  }));
}

/**
 * The shape as JSON Schema. Shapes with an id are components. Answers may gain fields, so it does not say that they have
 * no others.
 */
function schemaOf(shape: z.ZodType, io: 'input' | 'output', components: Record<string, unknown>): Json {
  const whole = z.toJSONSchema(shape, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  const { $schema: _, $defs, id, ...schema } = referring(whole) as Json;
  for (const [name, each] of Object.entries(($defs ?? {}) as Json)) components[name] = each;
  if (typeof id !== 'string') return schema;
  components[id] = schema;
  return { $ref: `${COMPONENTS}${id}` };
}

const COMPONENTS = '#/components/schemas/';

/** The same with references into the document, and without the ids that are their names. */
function referring(value: unknown, isDefinition = false): unknown {
  if (Array.isArray(value)) return value.map((each) => referring(each));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([word]) => !(isDefinition && word === 'id'))
      .map(([word, each]) => {
        if (word === '$ref') return [word, String(each).replace('#/$defs/', COMPONENTS)];
        if (word !== '$defs') return [word, referring(each)];
        return [
          word,
          Object.fromEntries(Object.entries(each as Json).map(([name, def]) => [name, referring(def, true)])),
        ];
      }),
  );
}
