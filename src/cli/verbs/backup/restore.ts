/**
 * What `restore` takes. What it does is in `backup/backup.ts`, read when it is run.
 */

import type { Verb } from '../../verb.ts';

export const restore: Verb = {
  name: 'restore',
  summary: 'put a backup back',
  about: [
    'The router must not run. Everything in the backup is looked at before anything is written. A key that is there and is another one is never replaced.',
  ],
  positionals: [{ name: 'FILE', completes: 'file' }],
  options: [{ name: 'replace', summary: 'replace a network file that is another' }],
  examples: [
    { command: 'wg-router restore home.backup', what: 'into network.yaml of this folder' },
    { command: 'wg-router restore home.backup --replace', what: 'back to how it was' },
  ],
  run: async (invocation) => (await import('../../backup/backup.ts')).restore(invocation),
};
