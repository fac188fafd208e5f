/**
 * Who asks: a session by cookie and token, a token of the API, or nobody; and what they may.
 */

import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Accounts } from '../sign-in/accounts.ts';
import { secretHash } from '../sign-in/secret.ts';
import { cookieOf } from './guard.ts';
import { ApiRefusal } from './refusal.ts';
import type { Access, Asker } from './route.ts';
import { type Role, SCOPES, type Scope } from './shape/account.ts';

export const TOKEN_HEADER = 'wgr-token';

/** On HTTPS with the prefix that no other host and no plain page can set (RFC 6265bis section 4.1.3). */
export function cookieName(cookie: 'session' | 'browser', isSecure: boolean): string {
  return `${isSecure ? '__Host-' : ''}wgr-${cookie}`;
}

const SCOPES_OF_ROLE: Readonly<Record<Role, readonly Scope[]>> = { admin: SCOPES, 'read-only': ['read'] };
const NOBODY: Asker = { kind: 'nobody' };

/** Who a request is from. Half a session is nobody. */
export function askerOf(headers: IncomingHttpHeaders, accounts: Accounts, isSecure: boolean): Asker {
  const bearer = /^Bearer ([\w-]{1,200})$/.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return askerWithToken(bearer, accounts);
  const cookie = cookieOf(headers, cookieName('session', isSecure));
  const token = headers[TOKEN_HEADER];
  if (cookie === null || typeof token !== 'string') return NOBODY;
  const found = accounts.session(cookie);
  if (found === null || !isSame(secretHash(token), found.session.tokenHash)) return NOBODY;
  const { session, person } = found;
  return { kind: 'person', name: person.name, role: person.role, scopes: SCOPES_OF_ROLE[person.role], session };
}

/** Throws an `ApiRefusal` when `who` may not do what needs `access`. */
export function requireAccess(who: Asker, access: Access): void {
  if (access === 'open') return;
  if (who.kind === 'nobody') {
    throw new ApiRefusal(401, 'not-signed-in', 'Cannot answer: you are not signed in', {
      help: ['sign in, or send a token: Authorization: Bearer …'],
    });
  }
  if (access === 'anyone') return;
  if (access === 'person') {
    if (who.kind === 'person') return;
    throw new ApiRefusal(403, 'not-a-person', 'Cannot do this with a token: it is for people who are signed in');
  }
  if (who.scopes.includes(access)) return;
  throw new ApiRefusal(403, 'not-allowed', `Cannot do this: it needs the right \`${access}\``, {
    help: [who.kind === 'token' ? `make a token with the scope ${access}` : 'ask an admin'],
  });
}

/** A token may no more than whoever made it may now. */
function askerWithToken(text: string, accounts: Accounts): Asker {
  const token = accounts.token(text);
  const maker = token === null ? null : accounts.person(token.createdBy);
  if (token === null || maker === null) return NOBODY;
  const scopes = token.scopes.filter((scope) => SCOPES_OF_ROLE[maker.role].includes(scope));
  return { kind: 'token', name: maker.name, note: token.note, scopes };
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
