/**
 * What `page password` takes. What it does is in `page/sign-in.ts`, read when it is run.
 */

import type { Verb } from '../../verb.ts';

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
  run: async (invocation) => (await import('../../page/sign-in.ts')).password(invocation),
};
