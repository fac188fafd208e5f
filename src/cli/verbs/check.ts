/**
 * What `check` takes. What it does is in `check.ts`, read when it is run.
 */

import type { Verb } from '../verb.ts';

export const check: Verb = {
  name: 'check',
  summary: 'all mistakes in the network file, or who is described in it',
  about: [
    'Reads and plans the network and writes nothing. Exit code 1 means that there are mistakes: each is shown with its place, the reason and a cure. Warnings alone are no mistakes.',
    'Without mistakes it shows the inside addresses, how LANs join, who is not set up yet, and who must fetch a new configuration because it changed since it was handed out.',
  ],
  positionals: [{ name: 'FILE', isOptional: true, completes: 'file' }],
  options: [],
  examples: [
    { command: 'wg-router check', what: 'network.yaml in this folder' },
    { command: 'wg-router check office.yaml --json', what: 'for programs: continuous integration, editors' },
  ],
  run: async (invocation) => (await import('../check.ts')).run(invocation),
};
