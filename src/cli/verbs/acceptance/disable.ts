/**
 * What `disable` takes. What it does is in `acceptance.ts`, read when it is run.
 */

import type { Verb } from '../../verb.ts';

export const disable: Verb = {
  name: 'disable',
  summary: 'cut a machine off, and keep its place',
  about: [
    'Writes `disabled: true`. A running router refuses the machine within a second; its addresses, its key and the LANs that it carries stay its own, and nobody else needs a new configuration.',
  ],
  positionals: [{ name: 'MACHINE', completes: 'machine' }],
  options: [],
  examples: [{ command: 'wg-router disable phone', what: 'a phone that was mislaid, until it is found' }],
  run: async (invocation) => (await import('../../acceptance/acceptance.ts')).runDisable(invocation),
};
