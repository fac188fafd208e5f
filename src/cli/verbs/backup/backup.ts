/**
 * What `backup` takes. What it does is in `backup/backup.ts`, read when it is run.
 */

import type { Verb } from '../../verb.ts';

export const backup: Verb = {
  name: 'backup',
  summary: 'write a backup: network file, history, what was handed out',
  about: [
    'One file, consistent also while the router runs. Without --with-keys there is no key in it: machines whose keys are in the key folder then need new configurations after a restore elsewhere.',
    'It is an SQLite database: the files are in its table backup_file, the history in the others.',
  ],
  positionals: [{ name: 'FILE', completes: 'file' }],
  options: [
    { name: 'with-keys', summary: 'with all keys, and with what signs in to the page: keep it as safe as the router' },
  ],
  examples: [
    { command: 'wg-router backup home.backup', what: 'without keys' },
    { command: 'wg-router backup /media/safe/home.backup --with-keys', what: 'everything that cannot be made again' },
  ],
  run: async (invocation) => (await import('../../backup/backup.ts')).backup(invocation),
};
