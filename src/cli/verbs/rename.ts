/**
 * What `rename` takes. What it does is in `rename.ts`, read when it is run.
 */

import type { Verb } from '../verb.ts';

export const rename: Verb = {
  name: 'rename',
  summary: 'call a machine, LAN, host, group or the router something else',
  about: [
    'The name changes where it is defined and where it is used; comments and notes stay. Addresses and keys stay too: nobody needs a new configuration.',
  ],
  positionals: [{ name: 'OLD', completes: 'name' }, { name: 'NEW' }],
  options: [],
  examples: [{ command: 'wg-router rename laptop annas-laptop', what: 'its keys and addresses stay as they are' }],
  run: async (invocation) => (await import('../rename.ts')).run(invocation),
};
