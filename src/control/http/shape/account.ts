/**
 * Signing in, people, tokens over the API.
 */

import { z } from 'zod';
import { moment } from './words.ts';

export const SCOPES = ['read', 'write', 'keys', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];
export const ROLES = ['admin', 'read-only'] as const;
export type Role = (typeof ROLES)[number];

/** A person's name here: what a name in the network file may be, so that it can stand anywhere. */
const person = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/);
const password = z.string().min(1).max(1_000);
const code = z.string().regex(/^[0-9]{6}$/);

export const signInState = z.strictObject({
  isFirst: z.boolean().meta({ description: 'Nobody has a password yet: only a link from the terminal signs in.' }),
});

export const linkSignIn = z.strictObject({ link: z.string().max(200) });

export const passwordSignIn = z.strictObject({
  name: z.string().max(100),
  password,
  code: code.optional().meta({ description: 'Of the authenticator, where the person has one.' }),
});

export const signedIn = z.strictObject({
  name: person,
  role: z.enum(ROLES),
  token: z.string().meta({
    description:
      'To be sent with every request as `wgr-token`, beside the cookie. Keep it where only this origin can read it: cookies are sent to every port of a host.',
  }),
  expiresAt: moment,
  needsPassword: z.boolean().meta({ description: 'Signed in by a link, and has no password yet.' }),
});
export type SignedInShape = z.infer<typeof signedIn>;

export const account = z
  .strictObject({
    name: person.nullable().meta({ description: 'Null for a token.' }),
    role: z.enum(ROLES).nullable(),
    scopes: z.array(z.enum(SCOPES)),
    hasPassword: z.boolean(),
    hasCode: z.boolean(),
    passkeys: z.array(z.strictObject({ id: z.string(), note: z.string(), createdAt: moment })),
    canHandOver: z.boolean().meta({ description: 'Whether other devices can open this origin.' }),
  })
  .meta({ id: 'Account' });
export type AccountShape = z.infer<typeof account>;

export const newPassword = z.strictObject({
  current: password.optional().meta({ description: 'Where there is one, unless signed in by a link.' }),
  password: z.string().min(10).max(1_000),
});

export const codeSecret = z.strictObject({
  secret: z.string().meta({ description: 'Base32, for the authenticator; in use once a code was confirmed.' }),
  uri: z.string(),
});
export const codeConfirmation = z.strictObject({ code });
export const codeRemoval = z.strictObject({ password });

const base64url = z.string().regex(/^[A-Za-z0-9_-]{1,8000}$/);

/** What the page gives to `navigator.credentials`, in its words. */
export const passkeyOptions = z.strictObject({
  challenge: base64url,
  rpId: z.string(),
  user: z.strictObject({ id: base64url, name: z.string() }).nullable().meta({ description: 'Null: for signing in.' }),
  algorithms: z.array(z.number().int()).meta({ description: 'Of COSE: ES256, Ed25519, RS256.' }),
  excludeIds: z.array(base64url),
});

const passkeyWords = { id: base64url, authenticatorData: base64url, clientDataJSON: base64url };
export const newPasskey = z.strictObject({
  note: z.string().min(1).max(100),
  ...passkeyWords,
  publicKey: base64url.meta({ description: 'Of `getPublicKey()`.' }),
});
export const passkeySignIn = z.strictObject({ ...passkeyWords, signature: base64url });

export const openSessions = z.strictObject({
  sessions: z.array(
    z.strictObject({
      id: z.string(),
      createdAt: moment,
      expiresAt: moment,
      address: z.string().nullable(),
      agent: z.string().nullable(),
      isThis: z.boolean(),
    }),
  ),
});

export const people = z.strictObject({
  people: z.array(
    z.strictObject({
      name: person,
      role: z.enum(ROLES),
      hasPassword: z.boolean(),
      hasCode: z.boolean(),
      createdAt: moment,
    }),
  ),
});
export const newPerson = z.strictObject({ name: person, role: z.enum(ROLES) });
export const personChange = z.strictObject({ role: z.enum(ROLES) });
export const personLink = z.strictObject({
  link: z.string().meta({ description: 'Answers once, until `expiresAt`. Shown this once.' }),
  expiresAt: moment,
});

const tokenId = z.string().regex(/^[0-9a-f]{16}$/);
export const tokens = z.strictObject({
  tokens: z.array(
    z.strictObject({
      id: tokenId,
      note: z.string(),
      scopes: z.array(z.enum(SCOPES)),
      createdBy: person,
      createdAt: moment,
      expiresAt: moment.nullable(),
    }),
  ),
});
export const newToken = z.strictObject({
  note: z.string().min(1).max(200),
  scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
  days: z.number().int().min(1).max(3_650).nullable().default(365),
});
export const madeToken = z.strictObject({
  id: tokenId,
  token: z.string().meta({ description: 'Shown this once. Send it as `Authorization: Bearer …`.' }),
});

export const auditLog = z.strictObject({
  entries: z.array(
    z.strictObject({
      id: z.number().int(),
      at: moment,
      who: z.string().nullable(),
      way: z.enum(['page', 'token', 'file']),
      action: z.string(),
      object: z.string().nullable(),
      outcome: z.string(),
      address: z.string().nullable(),
    }),
  ),
});

export const signIns = z.strictObject({
  entries: z.array(
    z.strictObject({
      id: z.number().int(),
      at: moment,
      who: z.string().nullable(),
      way: z.enum(['link', 'password', 'passkey']),
      outcome: z.string(),
      address: z.string().nullable(),
      agent: z.string().nullable(),
    }),
  ),
});
