/**
 * What `backup` and `restore` take. What they do is in `backup/backup.ts`, read when it is run.
 */

import type { Verb } from '../verb.ts';

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
  run: async (invocation) => (await import('../backup/backup.ts')).backup(invocation),
};

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
  run: async (invocation) => (await import('../backup/backup.ts')).restore(invocation),
};
