/**
 * What a route is: a method and a path, who may use it, the shapes of what comes in and goes out, and the function in
 * between. The requests are checked by these values, and `docs/openapi.json` and the tests are made from them.
 */

import { z } from 'zod';
import type { Session } from '../sign-in/sign-in-file.ts';
import type { ApiContext } from './context.ts';
import type { Role, Scope } from './shape/account.ts';

/**
 * Who may use a route: `open` anybody, `person` whoever is signed in as a person, `anyone` whoever is signed in or has a
 * token, else those with the scope.
 */
export type Access = 'open' | 'person' | 'anyone' | Scope;

/** Who asks. */
export type Asker =
  | {
      readonly kind: 'person';
      readonly name: string;
      readonly role: Role;
      readonly scopes: readonly Scope[];
      readonly session: Session;
    }
  /** `name` is the person who made it. */
  | { readonly kind: 'token'; readonly name: string; readonly note: string; readonly scopes: readonly Scope[] }
  | { readonly kind: 'nobody' };

/** Of the connection and its headers, what routes may know. */
export interface Origin {
  readonly address: string | null;
  readonly agent: string | null;
  /** The origin that the request is for. */
  readonly own: string;
  /** The mark of a browser that was signed in before. */
  readonly mark: string | null;
}

export interface Asked<P = unknown, Q = unknown, B = unknown> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly who: Asker;
  readonly from: Origin;
  /** Hash of the network file that the asker has seen; null when not said. */
  readonly seen: string | null;
  readonly context: ApiContext;
}

export interface Answer<A> {
  readonly body: A;
  /** Of the network file, as ETag. */
  readonly hash?: string;
  /** Cookies to set: name and value; null takes the cookie away. */
  readonly cookies?: readonly CookieChange[];
}

export interface CookieChange {
  readonly cookie: 'session' | 'browser';
  readonly value: string | null;
  readonly maxAgeS: number;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/machines/{name}`, below the API's own path. */
  readonly path: string;
  readonly access: Access;
  /** One line. */
  readonly summary: string;
  readonly about?: string;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  /** Null: the request has no body. */
  readonly body: z.ZodType | null;
  readonly answer: z.ZodType;
  /** `If-Match` is looked at: `needed` refuses without. */
  readonly precondition: 'none' | 'optional' | 'needed';
  /** What is written into the audit log: a stable word, and to what it was done. Null: nothing. */
  readonly audit: {
    readonly action: string;
    readonly object: (params: Record<string, string>, body: unknown) => string | null;
  } | null;
  readonly run: (asked: Asked<never, never, never>) => Promise<Answer<unknown>>;
}

interface RouteOf<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType | null, A extends z.ZodType>
  extends Omit<Route, 'params' | 'query' | 'body' | 'answer' | 'precondition' | 'audit' | 'run'> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly answer: A;
  readonly precondition?: Route['precondition'];
  readonly audit?: Route['audit'];
  readonly run: (
    asked: Asked<z.output<P>, z.output<Q>, B extends z.ZodType ? z.output<B> : null>,
  ) => Promise<Answer<z.input<A>>> | Answer<z.input<A>>;
}

/** A route, with what it leaves out filled in. */
export function route<
  A extends z.ZodType,
  P extends z.ZodObject = z.ZodObject<Record<never, never>, z.core.$strict>,
  Q extends z.ZodObject = z.ZodObject<Record<never, never>, z.core.$strict>,
  B extends z.ZodType | null = null,
>(route: RouteOf<P, Q, B, A>): Route {
  const { params, query, body, precondition, audit, run, ...rest } = route;
  return {
    ...rest,
    params: params ?? NOTHING,
    query: query ?? NOTHING,
    body: body ?? null,
    precondition: precondition ?? 'none',
    audit: audit ?? null,
    run: async (asked) => await run(asked as unknown as Parameters<typeof run>[0]),
  };
}

const NOTHING = z.strictObject({});
