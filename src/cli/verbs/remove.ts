/**
 * What `remove` takes. What it does is in `remove.ts`, read when it is run.
 */

import type { Verb } from '../verb.ts';

export const remove: Verb = {
  name: 'remove',
  summary: 'take out a machine, LAN, host or group, with its keys',
  about: [
    'What mentions the name goes too (in routes, groups, access, expectations). Where something hangs on it alone, such as the LAN that a machine connects, nothing is removed and each such place is shown.',
    'The key files of a machine are deleted: its configuration stops working for good, and whoever gets the name later gets new keys.',
  ],
  positionals: [{ name: 'NAME', completes: 'name' }],
  options: [],
  examples: [
    { command: 'wg-router remove phone', what: 'a lost phone: a running router stops to accept it within a second' },
  ],
  run: async (invocation) => (await import('../remove.ts')).run(invocation),
};
