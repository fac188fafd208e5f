/**
 * What `expire` takes. What it does is in `acceptance.ts`, read when it is run.
 */

import type { Verb } from '../../verb.ts';

export const expire: Verb = {
  name: 'expire',
  summary: 'say until when a machine is accepted',
  about: [
    'Writes `expires`. WHEN is a stretch of time from now (`90m`, `2h`, `3d`, `4w`), the last day in UTC (`2027-01-31`), a moment (`2027-01-31T18:00:00Z`), or `never`. The relay keeps to it by itself.',
  ],
  positionals: [
    { name: 'MACHINE', completes: 'machine' },
    { name: 'WHEN', words: ['2h', '1d', '4w', 'never'] },
  ],
  options: [],
  examples: [
    { command: 'wg-router expire guest 2d', what: 'a guest who stays for the weekend' },
    { command: 'wg-router expire guest never', what: 'and moves in' },
  ],
  run: async (invocation) => (await import('../../acceptance/acceptance.ts')).runExpire(invocation),
};
