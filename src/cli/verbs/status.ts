/**
 * What `status` takes. What it does is in `status.ts`, read when it is run.
 */

import type { Verb } from '../verb.ts';

export const status: Verb = {
  name: 'status',
  summary: 'who is here, since when, from where, how much',
  about: [
    'Asks the relay itself, so it answers whether `wg-router up` is alive or not. Exit code 1 when no relay runs.',
    '"Seen" is when the last authentic packet came. A machine without keepalive that has nothing to say is not seen, and may be there all the same.',
  ],
  positionals: [{ name: 'FILE', isOptional: true, completes: 'file' }],
  options: [{ name: 'watch', summary: 'again every 2 seconds, until Ctrl-C' }],
  examples: [
    { command: 'wg-router status', what: 'the network in network.yaml' },
    { command: 'wg-router status --json', what: 'the same for programs; docs/reference/json.md has the shape' },
  ],
  run: async (invocation) => (await import('../status.ts')).run(invocation),
};
