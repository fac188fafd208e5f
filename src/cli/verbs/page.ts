/**
 * What `page link` and `page password` take. What they do is in `page/sign-in.ts`, read when it is run.
 */

import type { Verb } from '../verb.ts';

export const pageLink: Verb = {
  name: 'page link',
  summary: 'a link that signs in to the page, once',
  about: [
    'Whoever may write to the state folder may sign in: the link is for those who have forgotten their password, and for the first time. It answers once, within 15 minutes, and is printed to a terminal only.',
    'Somebody of a name that nobody has is added, with all rights.',
  ],
  positionals: [{ name: 'PERSON', isOptional: true }],
  options: [],
  examples: [{ command: 'wg-router page link', what: 'signs in `admin`, the first person' }],
  run: async (invocation) => (await import('../page/sign-in.ts')).link(invocation),
};

export const pagePassword: Verb = {
  name: 'page password',
  summary: 'set the password of a person of the page',
  about: [
    'Asks for it twice on a terminal; else the first line of standard input is the password. Wherever the person is signed in, they are signed out.',
  ],
  positionals: [{ name: 'PERSON', isOptional: true }],
  options: [{ name: 'remove-code', summary: "take the person's authenticator away" }],
  examples: [
    { command: 'wg-router page password', what: 'of `admin`, the first person' },
    { command: 'wg-router page password ada --remove-code', what: 'for somebody who has lost their phone' },
  ],
  run: async (invocation) => (await import('../page/sign-in.ts')).password(invocation),
};
