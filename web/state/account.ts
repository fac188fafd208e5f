/**
 * Who is signed in, and what they may do.
 */

import { computed, effect, signal } from '@preact/signals';
import type { AccountShape, Scope, SignedInShape } from '../../src/control/http/shape/account.ts';
import { ask, forgetToken, keepToken, Refused, token } from '../api/ask.ts';

/** Null before it is known, and while signed out. */
export const account = signal<AccountShape | null>(null);

export const isSignedIn = computed(() => token.value !== null);

/** Signed in by a link, without a password yet. */
export const needsPassword = signal(false);

export function may(scope: Scope): boolean {
  return account.value?.scopes.includes(scope) ?? false;
}

export async function loadAccount(): Promise<void> {
  try {
    account.value = await ask<AccountShape>('GET', '/account');
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
}

/** After any of the ways to sign in. */
export async function signedIn(answer: SignedInShape): Promise<void> {
  needsPassword.value = answer.needsPassword;
  keepToken(answer);
  await loadAccount();
}

export async function signOut(): Promise<void> {
  try {
    await ask('DELETE', '/sign-in');
  } catch (error) {
    // Signed out here all the same.
    if (!(error instanceof Refused)) throw error;
  }
  forgetToken();
}

effect(() => {
  if (token.value === null) account.value = null;
});
