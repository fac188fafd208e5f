/**
 * One request of the API, from its headers to its answer: who asks, whether they may, what came in, what goes out, what
 * is remembered of it.
 */

import type { IncomingMessage } from 'node:http';
import { askerOf, cookieName, requireAccess } from './asker.ts';
import type { ApiContext } from './context.ts';
import { cookieOf, originRefusal } from './guard.ts';
import { ApiRefusal, problemOf } from './refusal.ts';
import { jsonOf, queryOf, shaped } from './request-body.ts';
import type { Answer, Asker, CookieChange, Route } from './route.ts';
import { doer } from './routes/editing.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
}

export interface ApiOptions {
  readonly context: ApiContext;
  readonly routes: readonly Route[];
  /** What was thrown and nobody expected. */
  readonly unexpected: (error: unknown) => void;
}

interface Match {
  readonly route: Route;
  readonly params: Record<string, string>;
}

export class Api {
  readonly #options: ApiOptions;
  readonly #routes: readonly { readonly route: Route; readonly pattern: RegExp }[];

  constructor(options: ApiOptions) {
    this.#options = options;
    this.#routes = options.routes.map((route) => ({ route, pattern: patternOf(route.path) }));
  }

  /** The answer to a request for `path`, below the API's own; `own` is the origin that it is for. */
  async answer(request: IncomingMessage, path: string, search: URLSearchParams, own: string): Promise<Reply> {
    const isSecure = own.startsWith('https:');
    let match: Match | null = null;
    let who: Asker = { kind: 'nobody' };
    let body: unknown = null;
    try {
      who = this.asker(request, own);
      match = this.#match(request.method ?? '', path, who);
      requireAccess(who, match.route.access);
      body = match.route.body === null ? null : await jsonOf(request);
      const answer = await this.#run(match, request, search, who, body, own);
      if (!isTrial(match.route, search)) this.#audit(match, who, body, request, 'done');
      return replyOf(answer, isSecure);
    } catch (error) {
      const { status, body: problem } = problemOf(error);
      if (status === 500) this.#options.unexpected(error);
      if (match !== null && who.kind !== 'nobody' && (status === 403 || !isTrial(match.route, search))) {
        this.#audit(match, who, body, request, problem.diagnostics[0]!.code);
      }
      return refusalReply(status, problem, error);
    }
  }

  /** Who asks. Throws an `ApiRefusal` when another origin makes them ask. */
  asker(request: IncomingMessage, own: string): Asker {
    const who = askerOf(request.headers, this.#options.context.accounts, own.startsWith('https:'));
    const isWrite = request.method !== 'GET' && request.method !== 'HEAD';
    // A program with a token has no origin to state; no other site can make a browser send `Authorization`.
    const refusal = originRefusal(request.headers, own, isWrite && request.headers.authorization === undefined);
    if (refusal === null) return who;
    throw new ApiRefusal(403, refusal, 'Cannot answer: the request comes from another origin', {
      help: [`a write states \`Origin: ${own}\``],
    });
  }

  /** Throws: what is not there, and for whom it is told. */
  #match(method: string, path: string, who: Asker): Match {
    const found = this.#routes.flatMap(({ route, pattern }) => {
      const match = pattern.exec(path);
      return match === null ? [] : [{ route, params: decoded(match.groups ?? {}) }];
    });
    const match = found.find(({ route }) => route.method === method);
    if (match !== undefined) return match;
    // Before sign-in nobody learns what there is.
    requireAccess(who, 'anyone');
    if (found.length === 0) throw new ApiRefusal(404, 'unknown-path', 'Cannot find this path in the API');
    throw new ApiRefusal(405, 'unknown-method', `Cannot ${method.slice(0, 20)} this path`, {
      help: [`it takes ${[...new Set(found.map(({ route }) => route.method))].join(', ')}`],
    });
  }

  async #run(
    { route, params }: Match,
    request: IncomingMessage,
    search: URLSearchParams,
    who: Asker,
    body: unknown,
    own: string,
  ): Promise<Answer<unknown>> {
    const seen = route.precondition === 'none' ? null : seenOf(request.headers['if-match'], route);
    return await route.run({
      params: shaped(route.params, params, 'path') as never,
      query: shaped(route.query, queryOf(search), 'query') as never,
      body: (route.body === null ? null : shaped(route.body, body, 'body')) as never,
      who,
      from: {
        address: addressOf(request),
        agent: request.headers['user-agent'] ?? null,
        own,
        mark: cookieOf(request.headers, cookieName('browser', own.startsWith('https:'))),
      },
      seen,
      context: this.#options.context,
    });
  }

  /** An answer is not withheld because the history cannot be written. */
  #audit({ route, params }: Match, who: Asker, body: unknown, request: IncomingMessage, outcome: string): void {
    const { history, now } = this.#options.context;
    if (route.audit === null || history === null) return;
    const { action, object } = route.audit;
    try {
      const entry = {
        ...doer(who),
        action,
        object: objectOf(object, params, body),
        outcome,
        address: addressOf(request),
      };
      history.write(() => history.journal.audit(entry, now()));
    } catch (error) {
      this.#options.unexpected(error);
    }
  }
}

/** What is only tried is no deed; that somebody may not is written down all the same. */
function isTrial({ query }: Route, search: URLSearchParams): boolean {
  return 'save' in query.shape && search.get('save') === 'no';
}

export function addressOf(request: IncomingMessage): string | null {
  return request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? null;
}

/** As an answer; for problems that have nothing to do with a route, too. */
export function refusalReply(status: number, body: unknown, error: unknown): Reply {
  const retryAfterS = error instanceof ApiRefusal ? error.retryAfterS : null;
  return {
    status,
    headers: { ...JSON_HEADERS, ...(retryAfterS === null ? {} : { 'Retry-After': String(retryAfterS) }) },
    body: JSON.stringify(body),
  };
}

const JSON_HEADERS = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' } as const;

function replyOf({ body, hash, cookies = [] }: Answer<unknown>, isSecure: boolean): Reply {
  return {
    status: 200,
    headers: {
      ...JSON_HEADERS,
      ...(hash === undefined ? {} : { ETag: `"${hash}"` }),
      ...(cookies.length === 0 ? {} : { 'Set-Cookie': cookies.map((each) => cookieText(each, isSecure)) }),
    },
    body: JSON.stringify(body),
  };
}

function cookieText({ cookie, value, maxAgeS }: CookieChange, isSecure: boolean): string {
  const words = [
    `${cookieName(cookie, isSecure)}=${value ?? ''}`,
    'Path=/',
    `Max-Age=${value === null ? 0 : maxAgeS}`,
    'HttpOnly',
    'SameSite=Strict',
    ...(isSecure ? ['Secure'] : []),
  ];
  return words.join('; ');
}

/** The hash of the file that the asker has seen, from `If-Match`. */
function seenOf(header: string | undefined, { precondition }: Route): string | null {
  if (header !== undefined) {
    // A proxy that compresses makes it a weak one.
    const hash = /^(?:W\/)?"([0-9a-f]{32})"$/.exec(header.trim())?.[1];
    if (hash !== undefined) return hash;
    throw new ApiRefusal(422, 'request-invalid', 'Cannot use `If-Match`: it is not the ETag of the network file');
  }
  if (precondition === 'optional') return null;
  throw new ApiRefusal(428, 'precondition-missing', 'Cannot save: `If-Match` does not say which file you have seen', {
    help: ['send the ETag of GET /network'],
  });
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
}

function decoded(groups: Readonly<Record<string, string>>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(groups).map(([word, text]) => [word, decodeURIComponent(text)]));
  } catch {
    throw new ApiRefusal(400, 'request-invalid', 'Cannot read the path of this request');
  }
}

/** What is not of the route's shape has no object. */
function objectOf(
  object: NonNullable<Route['audit']>['object'],
  params: Record<string, string>,
  body: unknown,
): string | null {
  try {
    const found: unknown = object(params, body);
    return typeof found === 'string' ? found : null;
  } catch {
    return null;
  }
}
