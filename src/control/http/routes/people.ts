/**
 * People, tokens and the logs: for admins.
 */

import { z } from 'zod';
import type { ApiContext } from '../context.ts';
import { ApiRefusal } from '../refusal.ts';
import { type Asker, type Route, route } from '../route.ts';
import {
  auditLog,
  madeToken,
  newPerson,
  newToken,
  people,
  personChange,
  personLink,
  signIns,
  tokens,
} from '../shape/account.ts';
import { nothing, pageQuery } from '../shape/words.ts';
import { unknown } from './machines.ts';
import { historyOf } from './observation.ts';

const named = z.strictObject({ name: z.string().max(32) });
const DAY_MS = 24 * 3_600_000;

export const peopleRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/people',
    access: 'admin',
    summary: 'Who may sign in',
    answer: people,
    run: ({ context }) => ({
      body: {
        people: context.accounts.state().people.map(({ name, role, password, code, createdAt }) => ({
          name,
          role,
          hasPassword: password !== null,
          hasCode: code !== null,
          createdAt: iso(createdAt),
        })),
      },
    }),
  }),
  route({
    method: 'POST',
    path: '/people',
    access: 'admin',
    summary: 'Add a person; the link signs them in once, to set a password',
    body: newPerson,
    answer: personLink,
    audit: { action: 'person-added', object: (_, body) => (body as { name: string }).name },
    run: async ({ context, body }) => {
      if (!(await context.accounts.addPerson(body.name, body.role))) {
        throw new ApiRefusal(
          409,
          'name-taken',
          `Cannot add "${body.name}": there is one already, or there are too many`,
        );
      }
      return { body: await linkFor(context, body.name) };
    },
  }),
  route({
    method: 'POST',
    path: '/people/{name}/link',
    access: 'admin',
    summary: 'Another link for a person, for 15 minutes: for those who forgot their password',
    params: named,
    body: nothing,
    answer: personLink,
    audit: { action: 'link-made', object: ({ name }) => name! },
    run: async ({ context, params }) => {
      requirePerson(context, params.name);
      return { body: await linkFor(context, params.name) };
    },
  }),
  route({
    method: 'PATCH',
    path: '/people/{name}',
    access: 'admin',
    summary: 'Give a person another role',
    params: named,
    body: personChange,
    answer: nothing,
    audit: { action: 'role-changed', object: ({ name }) => name! },
    run: async ({ context, params, body, who }) => {
      requirePerson(context, params.name);
      requireOther(who, params.name);
      await context.accounts.changePerson(params.name, (person) => ({ ...person, role: body.role }));
      return { body: {} };
    },
  }),
  route({
    method: 'DELETE',
    path: '/people/{name}',
    access: 'admin',
    summary: 'Remove a person, their sessions and the tokens they made',
    params: named,
    answer: nothing,
    audit: { action: 'person-removed', object: ({ name }) => name! },
    run: async ({ context, params, who }) => {
      requirePerson(context, params.name);
      requireOther(who, params.name);
      await context.accounts.changePerson(params.name, () => null);
      return { body: {} };
    },
  }),
  route({
    method: 'GET',
    path: '/tokens',
    access: 'admin',
    summary: 'Tokens for programs',
    answer: tokens,
    run: ({ context }) => ({
      body: {
        tokens: context.accounts.state().tokens.map(({ id, note, scopes, createdBy, createdAt, expiresAt }) => ({
          id,
          note,
          scopes,
          createdBy,
          createdAt: iso(createdAt),
          expiresAt: expiresAt === null ? null : iso(expiresAt),
        })),
      },
    }),
  }),
  route({
    method: 'POST',
    path: '/tokens',
    access: 'admin',
    summary: 'Make a token: it is shown this once',
    body: newToken,
    answer: madeToken,
    audit: { action: 'token-made', object: (_, body) => (body as { note: string }).note },
    run: async ({ context, body, who }) => {
      const { days, note, scopes } = body;
      const expiresAt = days === null ? null : context.now() + days * DAY_MS;
      const createdBy = who.kind === 'nobody' ? '' : who.name;
      const made = await context.accounts.makeToken({ note, scopes: [...new Set(scopes)], createdBy, expiresAt });
      if (made === null) throw new ApiRefusal(409, 'too-many', 'Cannot make a token: there are too many');
      return { body: made };
    },
  }),
  route({
    method: 'DELETE',
    path: '/tokens/{id}',
    access: 'admin',
    summary: 'Revoke a token',
    params: z.strictObject({ id: z.string().regex(/^[0-9a-f]{16}$/) }),
    answer: nothing,
    audit: { action: 'token-removed', object: ({ id }) => id! },
    run: async ({ context, params }) => {
      if (!(await context.accounts.removeToken(params.id))) throw unknown('token', params.id);
      return { body: {} };
    },
  }),
  route({
    method: 'GET',
    path: '/audit',
    access: 'admin',
    summary: 'Who did what; the newest first',
    query: pageQuery,
    answer: auditLog,
    run: ({ context, query }) => {
      const found = historyOf(context).journal.entries(query.before ?? Number.MAX_SAFE_INTEGER, query.most);
      return { body: { entries: found.map((entry) => ({ ...entry, at: iso(entry.at) })) } };
    },
  }),
  route({
    method: 'GET',
    path: '/sign-ins',
    access: 'admin',
    summary: 'Who signed in, or tried to; the newest first',
    query: pageQuery,
    answer: signIns,
    run: ({ context, query }) => {
      const found = historyOf(context).journal.signIns(query.before ?? Number.MAX_SAFE_INTEGER, query.most);
      return { body: { entries: found.map((entry) => ({ ...entry, at: iso(entry.at) })) } };
    },
  }),
];

async function linkFor(context: ApiContext, name: string) {
  const { link, expiresAt } = await context.accounts.makeLink(name);
  return { link, expiresAt: iso(expiresAt) };
}

function requirePerson({ accounts }: ApiContext, name: string): void {
  if (accounts.person(name) === null) throw unknown('person', name);
}

/** Nobody shuts themselves out by mistake; and so one admin is always left. */
function requireOther(who: Asker, name: string): void {
  if (who.kind === 'person' && who.name !== name) return;
  throw new ApiRefusal(409, 'yourself', `Cannot change "${name}" so: that is for another person who is signed in`);
}

function iso(moment: number): string {
  return new Date(moment).toISOString();
}
