/**
 * What `down` takes. What it does is in `down.ts`, read when it is run.
 */

import type { Verb } from '../verb.ts';

export const down: Verb = {
  name: 'down',
  summary: 'end the router',
  about: ['Ends `wg-router up` and the relay of this network, whichever of them runs. Content when neither does.'],
  positionals: [{ name: 'FILE', isOptional: true, completes: 'file' }],
  options: [],
  examples: [{ command: 'wg-router down', what: 'ends the network in network.yaml' }],
  run: async (invocation) => (await import('../down.ts')).run(invocation),
};
