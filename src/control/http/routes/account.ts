/**
 * Signing in and out, and what a person may do about their own account.
 */

import { z } from 'zod';
import { FRESH_MS, type NewSession, type SignInRefusal, sessionId } from '../../sign-in/accounts.ts';
import type { Attempt } from '../../sign-in/attempts.ts';
import { codeUri, newCodeSecret, stepOfCode } from '../../sign-in/one-time-code.ts';
import { PasswordsBusy } from '../../sign-in/password.ts';
import type { ApiContext } from '../context.ts';
import { ApiRefusal } from '../refusal.ts';
import { type Answer, type Asker, type Origin, type Route, route } from '../route.ts';
import {
  account,
  codeConfirmation,
  codeRemoval,
  codeSecret,
  linkSignIn,
  newPassword,
  openSessions,
  passwordSignIn,
  type SignedInShape,
  signedIn,
  signInState,
} from '../shape/account.ts';
import { nothing } from '../shape/words.ts';
import { tooOften } from './hand-out.ts';

const BROWSER_MAX_AGE_S = 365 * 24 * 3600;

export const accountRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/sign-in',
    access: 'open',
    summary: 'How one signs in here',
    answer: signInState,
    run: ({ context }) => ({ body: { isFirst: context.accounts.isFirst() } }),
  }),
  route({
    method: 'POST',
    path: '/sign-in/link',
    access: 'open',
    summary: 'Sign in by a link that the terminal printed; it answers once',
    body: linkSignIn,
    answer: signedIn,
    run: ({ context, body, from }) =>
      signIn(context, from, 'link', null, () => context.accounts.signInByLink(body.link, from)),
  }),
  route({
    method: 'POST',
    path: '/sign-in/password',
    access: 'open',
    summary: 'Sign in by password, and by a code where the person has an authenticator',
    body: passwordSignIn,
    answer: signedIn,
    run: ({ context, body, from }) =>
      signIn(context, from, 'password', body.name, () => context.accounts.signInByPassword(body, from)),
  }),
  route({
    method: 'DELETE',
    path: '/sign-in',
    access: 'person',
    summary: 'Sign out',
    answer: nothing,
    run: async ({ context, who }) => {
      const { name, session } = person(who);
      await context.accounts.endSessions(name, { id: sessionId(session) });
      return { body: {}, cookies: [{ cookie: 'session', value: null, maxAgeS: 0 }] };
    },
  }),
  route({
    method: 'GET',
    path: '/account',
    access: 'anyone',
    summary: 'Who I am, and what I may do',
    answer: account,
    run: ({ context, who }) => {
      const known = who.kind === 'person' ? context.accounts.person(who.name) : null;
      return {
        body: {
          name: known?.name ?? null,
          role: known?.role ?? null,
          scopes: who.kind === 'nobody' ? [] : [...who.scopes],
          hasPassword: (known?.password ?? null) !== null,
          hasCode: (known?.code ?? null) !== null,
          passkeys: (known?.passkeys ?? []).map(({ id, note, createdAt }) => ({
            id,
            note,
            createdAt: new Date(createdAt).toISOString(),
          })),
          canHandOver: context.publicOrigin !== null,
        },
      };
    },
  }),
  route({
    method: 'PUT',
    path: '/account/password',
    access: 'person',
    summary: 'Set my password; all my other sessions end',
    body: newPassword,
    answer: nothing,
    audit: { action: 'password-set', object: () => null },
    run: async ({ context, who, body, from }) => {
      const { name, session } = person(who);
      const isFresh = session.byLink && context.now() < session.createdAt + FRESH_MS;
      const hasPassword = (context.accounts.person(name)?.password ?? null) !== null;
      if (!isFresh && hasPassword) await requirePassword(context, name, body.current, from);
      await unlessBusy(() => context.accounts.setPassword(name, body.password, session.hash));
      return { body: {} };
    },
  }),
  route({
    method: 'POST',
    path: '/account/code',
    access: 'person',
    summary: 'A new secret for my authenticator; in use once a code of it was confirmed',
    body: nothing,
    answer: codeSecret,
    run: async ({ context, who }) => {
      const { name } = person(who);
      const secret = newCodeSecret();
      pending.set(name, { secret, until: context.now() + FRESH_MS });
      const { network } = await context.network().catch(() => ({ network: null }));
      return { body: { secret, uri: codeUri(secret, name, network?.name.value ?? 'wg-router') } };
    },
  }),
  route({
    method: 'PUT',
    path: '/account/code',
    access: 'person',
    summary: 'Confirm the new secret by a code of it',
    body: codeConfirmation,
    answer: nothing,
    audit: { action: 'code-set', object: () => null },
    run: async ({ context, who, body }) => {
      const { name } = person(who);
      const waiting = pending.get(name);
      const now = context.now();
      const isThere = waiting !== undefined && waiting.until > now;
      const lastStep = isThere ? stepOfCode(body.code, waiting.secret, now, 0) : null;
      if (!isThere || lastStep === null) throw signInRefused('code-wrong');
      await context.accounts.setCode(name, { secret: waiting.secret, lastStep });
      pending.delete(name);
      return { body: {} };
    },
  }),
  route({
    method: 'POST',
    path: '/account/code/removal',
    access: 'person',
    summary: 'Take my authenticator away',
    body: codeRemoval,
    answer: nothing,
    audit: { action: 'code-removed', object: () => null },
    run: async ({ context, who, body, from }) => {
      const { name } = person(who);
      await requirePassword(context, name, body.password, from);
      await context.accounts.setCode(name, null);
      return { body: {} };
    },
  }),
  route({
    method: 'GET',
    path: '/account/sessions',
    access: 'person',
    summary: 'Where I am signed in',
    answer: openSessions,
    run: ({ context, who }) => {
      const { name, session } = person(who);
      const now = context.now();
      const sessions = context.accounts
        .state()
        .sessions.filter((each) => each.person === name && each.expiresAt > now)
        .map((each) => ({
          id: sessionId(each),
          createdAt: new Date(each.createdAt).toISOString(),
          expiresAt: new Date(each.expiresAt).toISOString(),
          address: each.address,
          agent: each.agent,
          isThis: each.hash === session.hash,
        }));
      return { body: { sessions } };
    },
  }),
  route({
    method: 'DELETE',
    path: '/account/sessions/{id}',
    access: 'person',
    summary: 'Sign out somewhere else',
    params: z.strictObject({ id: z.string().regex(/^[0-9a-f]{16}$/) }),
    answer: nothing,
    audit: { action: 'session-ended', object: ({ id }) => id! },
    run: async ({ context, who, params }) => {
      const ended = await context.accounts.endSessions(person(who).name, { id: params.id });
      if (ended === 0) throw new ApiRefusal(404, 'unknown-name', 'Cannot find this session');
      return { body: {} };
    },
  }),
];

/** Secrets of authenticators that no code was confirmed of yet. One a person, so as many as there are people. */
const pending = new Map<string, { readonly secret: string; readonly until: number }>();

export async function signIn(
  context: ApiContext,
  from: Origin,
  way: 'link' | 'password' | 'passkey',
  name: string | null,
  check: () => Promise<NewSession | SignInRefusal>,
): Promise<Answer<SignedInShape>> {
  const { accounts, attempts } = context;
  const attempt: Attempt = {
    address: from.address,
    name,
    browser: name === null ? null : accounts.browserOf(from.mark, name),
  };
  const waitMs = attempts.take(attempt);
  if (waitMs !== null) throw tooOften(waitMs);
  const result = await unlessBusy(check);
  if (typeof result === 'string') {
    tellSignIn(context, from, way, name, result);
    throw signInRefused(result);
  }
  attempts.succeeded(attempt);
  const { person, cookie, token, expiresAt } = result;
  tellSignIn(context, from, way, person.name, 'done');
  const maxAgeS = Math.floor((expiresAt - context.now()) / 1000);
  return {
    body: {
      name: person.name,
      role: person.role,
      token,
      expiresAt: new Date(expiresAt).toISOString(),
      needsPassword: person.password === null && person.passkeys.length === 0,
    },
    cookies: [
      { cookie: 'session', value: cookie, maxAgeS },
      ...(way === 'password'
        ? [{ cookie: 'browser' as const, value: accounts.browserMark(person), maxAgeS: BROWSER_MAX_AGE_S }]
        : []),
    ],
  };
}

/** The sign-in goes on when the history cannot be written. */
function tellSignIn(
  { history, now }: ApiContext,
  { address, agent }: Origin,
  way: 'link' | 'password' | 'passkey',
  who: string | null,
  outcome: string,
): void {
  try {
    history?.write(() => history.journal.signIn({ who, way, outcome, address, agent }, now()));
  } catch {
    // Told by whoever writes to it all the time.
  }
}

async function requirePassword(
  context: ApiContext,
  name: string,
  password: string | undefined,
  from: Origin,
): Promise<void> {
  if (password === undefined) throw signInRefused('sign-in-wrong');
  const attempt = { address: from.address, name, browser: context.accounts.browserOf(from.mark, name) };
  const waitMs = context.attempts.take(attempt);
  if (waitMs !== null) throw tooOften(waitMs);
  if (!(await unlessBusy(() => context.accounts.isPasswordOf(name, password)))) throw signInRefused('sign-in-wrong');
  context.attempts.succeeded(attempt);
}

async function unlessBusy<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PasswordsBusy) throw tooOften(2_000);
    throw error;
  }
}

const REFUSALS: Readonly<Record<SignInRefusal, readonly [message: string, help: string]>> = {
  'sign-in-wrong': [
    'Cannot sign in: name and password do not belong together',
    'forgotten? On the router itself: wg-router page link',
  ],
  'code-missing': ['Cannot sign in yet: a code of the authenticator is needed', 'send `code` beside the password'],
  'code-wrong': [
    'Cannot use this code: it is wrong, too old, or was used already',
    'does the clock of the phone go right? A code answers once',
  ],
  'passkey-wrong': [
    'Cannot use this passkey: it is not known here, or it did not answer rightly',
    'sign in by password, or on the router itself: wg-router page link',
  ],
  'link-used': [
    'Cannot use this link: it was used, or is too old',
    'another, on the router itself: wg-router page link',
  ],
};

export function signInRefused(code: SignInRefusal): ApiRefusal {
  const [message, help] = REFUSALS[code];
  return new ApiRefusal(401, code, message, { help: [help] });
}

export function person(who: Asker): Extract<Asker, { kind: 'person' }> {
  if (who.kind !== 'person') throw new TypeError('this route is for people');
  return who;
}
