/**
 * What `survey` takes: nothing. It prints a script.
 */

import type { Verb } from '../verb.ts';

export const survey: Verb = {
  name: 'survey',
  summary: 'a script that collects on a machine what `doctor` reads',
  about: [
    'Prints a script for any POSIX shell. Run as root on a machine, it prints the WireGuard configurations, addresses, routes, packet filters and switches there, and changes nothing. No private or preshared key is in what it prints: private keys become public ones, preshared keys become hashes. Read it before you run it, and its output before you pass it on.',
    'Give the outputs of all machines to `doctor`, each in a file that is called like the machine. What no command prints goes into a `survey.yaml` beside them (docs/reference/survey.md).',
  ],
  positionals: [],
  options: [],
  examples: [
    { command: 'wg-router survey | ssh root@hub sh > hub.txt', what: 'collect on another machine' },
    { command: 'wg-router survey > survey.sh', what: 'keep the script, to be read and run elsewhere' },
    { command: 'wg-router survey | sudo sh > here.txt', what: 'collect on this machine' },
  ],
  run: async ({ terminal }) => {
    const { SURVEY_SCRIPT } = await import('../diagnosis/survey-script.ts');
    terminal.print(SURVEY_SCRIPT);
    return 0;
  },
};
