/**
 * Asking the router: one request of the API (docs/api.md), its answer, or a `Refused` with the diagnostics that say why.
 *
 * A session is two halves: the cookie, which no script can read, and the token that the sign-in answered, which is kept
 * here and sent with every request.
 */

import { signal } from '@preact/signals';
import type { SignedInShape } from '../../src/control/http/shape/account.ts';
import type { DiagnosticShape, ProblemShape } from '../../src/control/http/shape/words.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface AskOptions {
  readonly body?: unknown;
  /** Left out where undefined. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Hash of the network file that the asker has seen: refused with 412 when it is another by now. */
  readonly seen?: string | null;
  readonly signal?: AbortSignal;
}

/** The answer is no. `status` is 0 when nobody answered. */
export class Refused extends Error {
  readonly status: number;
  readonly diagnostics: readonly DiagnosticShape[];
  /** Seconds after which asking again may be answered. */
  readonly retryAfterS: number | null;

  constructor(status: number, diagnostics: readonly DiagnosticShape[], retryAfterS: number | null = null) {
    super(diagnostics[0]?.message ?? 'The answer is no');
    this.name = 'Refused';
    this.status = status;
    this.diagnostics = diagnostics;
    this.retryAfterS = retryAfterS;
  }

  get code(): string {
    return this.diagnostics[0]?.code ?? '';
  }
}

const API = '/api/v1';
const TOKEN_HEADER = 'wgr-token';
const TOKEN_AT = 'wgr-token';

/** The half of the session that scripts keep; null when signed out. */
export const token = signal<string | null>(localStorage.getItem(TOKEN_AT));

/** Keeps what a sign-in answered. */
export function keepToken(signedIn: SignedInShape): void {
  localStorage.setItem(TOKEN_AT, signedIn.token);
  token.value = signedIn.token;
}

export function forgetToken(): void {
  localStorage.removeItem(TOKEN_AT);
  token.value = null;
}

// Signed in or out in another tab.
addEventListener('storage', ({ key, newValue }) => {
  if (key === TOKEN_AT || key === null) token.value = key === null ? null : newValue;
});

/** Asks, and answers what the router answered. Throws `Refused`, or the `AbortError` of `signal`. */
export async function ask<A>(method: Method, path: string, options: AskOptions = {}): Promise<A> {
  const response = await send(method, path, options);
  if (!response.ok) throw await refusalOf(response);
  return (await response.json()) as A;
}

/** The stream of events. Throws `Refused`. */
export async function openEvents(abort: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const response = await send('GET', '/events', { signal: abort });
  if (!response.ok || response.body === null) throw await refusalOf(response);
  return response.body;
}

/** Segments of a path, each quoted: `pathOf('machines', name)`. */
export function pathOf(...segments: readonly string[]): string {
  return segments.map((segment) => `/${encodeURIComponent(segment)}`).join('');
}

async function send(method: Method, path: string, options: AskOptions): Promise<Response> {
  const { body, query = {}, seen = null, signal: abort } = options;
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString();
  const headers: Record<string, string> = {};
  if (token.value !== null) headers[TOKEN_HEADER] = token.value;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (seen !== null) headers['If-Match'] = `"${seen}"`;
  try {
    return await fetch(`${API}${path}${search === '' ? '' : `?${search}`}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: abort,
      cache: 'no-store',
    });
  } catch (error) {
    if (abort?.aborted) throw error;
    throw new Refused(0, [
      ofThePage('no-answer', 'Cannot reach the router', ['is `wg-router up` running, and are you online?']),
    ]);
  }
}

async function refusalOf(response: Response): Promise<Refused> {
  const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN);
  const text = await response.text();
  let diagnostics: readonly DiagnosticShape[];
  try {
    ({ diagnostics } = JSON.parse(text) as ProblemShape);
    if (!Array.isArray(diagnostics)) throw new TypeError('no diagnostics');
  } catch {
    diagnostics = [ofThePage('strange-answer', `Cannot understand the answer (HTTP ${response.status})`, [])];
  }
  const refused = new Refused(response.status, diagnostics, Number.isFinite(retryAfter) ? retryAfter : null);
  if (response.status === 401 && refused.code === 'not-signed-in') forgetToken();
  return refused;
}

function ofThePage(code: string, message: string, help: string[]): DiagnosticShape {
  return { code, severity: 'error', place: null, message, notes: [], help };
}
