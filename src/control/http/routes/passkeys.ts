/**
 * Passkeys: making them, signing in by them, removing them.
 */

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { madePasskey, type Passkey, relyingParty, usedPasskey } from '../../sign-in/passkey.ts';
import { ApiRefusal } from '../refusal.ts';
import { type Route, route } from '../route.ts';
import { newPasskey, passkeyOptions, passkeySignIn, signedIn } from '../shape/account.ts';
import { nothing } from '../shape/words.ts';
import { person, signIn, signInRefused } from './account.ts';
import { tooOften } from './hand-out.ts';
import { unknown } from './machines.ts';

/** https://www.iana.org/assignments/cose: ES256, EdDSA, RS256. */
const ALGORITHMS = [-7, -8, -257];
const MOST_PASSKEYS = 20;
const SIGN_IN = 'to sign in';
const TO_MAKE = 'to be kept by';

export const passkeyRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/sign-in/passkey/options',
    access: 'open',
    summary: 'A challenge to sign in by a passkey',
    body: nothing,
    answer: passkeyOptions,
    run: ({ context, from }) => {
      const rpId = hostOf(from.own);
      const waitMs = context.attempts.take({ address: from.address, name: null, browser: null });
      if (waitMs !== null) throw tooOften(waitMs);
      const challenge = context.challenges.give(SIGN_IN);
      return { body: { challenge, rpId, user: null, algorithms: ALGORITHMS, excludeIds: [] } };
    },
  }),
  route({
    method: 'POST',
    path: '/sign-in/passkey',
    access: 'open',
    summary: 'Sign in by a passkey',
    body: passkeySignIn,
    answer: signedIn,
    run: ({ context, body, from }) =>
      signIn(context, from, 'passkey', null, async () => {
        const challenge = context.challenges.take(body.clientDataJSON, SIGN_IN);
        if (challenge === null) return 'passkey-wrong';
        const counterOf = (passkey: Passkey) => usedPasskey(passkey, body, challenge, from.own);
        return await context.accounts.signInByPasskey(body.id, counterOf, from);
      }),
  }),
  route({
    method: 'POST',
    path: '/account/passkeys/options',
    access: 'person',
    summary: 'A challenge to make a passkey',
    body: nothing,
    answer: passkeyOptions,
    run: ({ context, who, from }) => {
      const { name } = person(who);
      const passkeys = context.accounts.person(name)?.passkeys ?? [];
      return {
        body: {
          rpId: hostOf(from.own),
          challenge: context.challenges.give(`${TO_MAKE} ${name}`),
          user: { id: createHash('sha256').update(name).digest('base64url'), name },
          algorithms: ALGORITHMS,
          excludeIds: passkeys.map(({ id }) => id),
        },
      };
    },
  }),
  route({
    method: 'POST',
    path: '/account/passkeys',
    access: 'person',
    summary: 'Keep a passkey that was just made',
    body: newPasskey,
    answer: nothing,
    audit: { action: 'passkey-made', object: (_, body) => (body as { note: string }).note },
    run: async ({ context, who, body, from }) => {
      const { name } = person(who);
      const challenge = context.challenges.take(body.clientDataJSON, `${TO_MAKE} ${name}`);
      const made = challenge === null ? null : madePasskey(body, challenge, from.own);
      if (made === null) throw signInRefused('passkey-wrong');
      const isTaken = context.accounts.state().people.some(({ passkeys }) => passkeys.some(({ id }) => id === made.id));
      if (isTaken) throw new ApiRefusal(409, 'name-taken', 'Cannot keep this passkey: it is kept already');
      const passkey = { ...made, note: body.note, createdAt: context.now() };
      await context.accounts.changePerson(name, (each) => ({
        ...each,
        passkeys: [...each.passkeys, passkey].slice(-MOST_PASSKEYS),
      }));
      return { body: {} };
    },
  }),
  route({
    method: 'DELETE',
    path: '/account/passkeys/{id}',
    access: 'person',
    summary: 'Remove a passkey of mine',
    params: z.strictObject({ id: z.string().max(2_000) }),
    answer: nothing,
    audit: { action: 'passkey-removed', object: () => null },
    run: async ({ context, who, params }) => {
      const { name } = person(who);
      const isThere = context.accounts.person(name)?.passkeys.some(({ id }) => id === params.id) === true;
      if (!isThere) throw unknown('passkey', params.id);
      await context.accounts.changePerson(name, (each) => ({
        ...each,
        passkeys: each.passkeys.filter(({ id }) => id !== params.id),
      }));
      return { body: {} };
    },
  }),
];

function hostOf(origin: string): string {
  const host = relyingParty(origin);
  if (host !== null) return host;
  throw new ApiRefusal(
    409,
    'passkey-address',
    'Cannot use passkeys here: they belong to a name, and this is an address',
    {
      help: ['open the page as http://localhost:PORT'],
    },
  );
}
