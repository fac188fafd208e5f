/**
 * What `check` takes. What it does is in `check.ts`, read when it is run.
 */

import type { Verb } from '../verb.ts';

export const check: Verb = {
  name: 'check',
  summary: 'mistakes, expectations that do not hold, or who reaches whom',
  about: [
    'Reads, plans and proves the network and writes nothing. Exit code 1 means that there are mistakes, or that something in `expect` does not hold: each is shown with its place, the reason and a cure. Warnings alone are no mistakes.',
    'Without mistakes it shows the inside addresses, how LANs join, who is not set up yet, who must fetch a new configuration because it changed since it was handed out, and what is expected. Where nothing is expected it shows who reaches whom, those who fare alike together.',
    '--diff compares: what the edit from OTHER to the network file makes reachable and unreachable. docs/proof.md says what is proved, and how to read it.',
  ],
  positionals: [{ name: 'FILE', isOptional: true, completes: 'file' }],
  options: [
    {
      name: 'diff',
      value: 'OTHER',
      completes: 'file',
      summary: 'what becomes reachable and unreachable since OTHER, another network file; - for a pipe',
    },
  ],
  examples: [
    { command: 'wg-router check', what: 'network.yaml in this folder' },
    { command: 'wg-router check office.yaml --json', what: 'for programs: continuous integration, editors' },
    {
      command: 'git show HEAD:network.yaml | wg-router check --diff -',
      what: 'what an edit means, before it is committed',
    },
  ],
  run: async (invocation) => (await import('../check.ts')).run(invocation),
};
