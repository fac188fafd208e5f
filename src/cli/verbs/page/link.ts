/**
 * What `page link` takes. What it does is in `page/sign-in.ts`, read when it is run.
 */

import type { Verb } from '../../verb.ts';

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
  run: async (invocation) => (await import('../../page/sign-in.ts')).link(invocation),
};
