/**
 * What `completion` takes, and the hidden `__complete` that its scripts call. What they do is in `completion/`, read
 * when it is run.
 */

import type { Verb } from '../verb.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export const completion: Verb = {
  name: 'completion',
  summary: 'a script that completes verbs, options and names',
  about: [
    'Prints the script. It asks wg-router itself for what fits, so it knows the machines of the network file at hand, also of one that has mistakes.',
  ],
  positionals: [{ name: 'SHELL', words: SHELLS }],
  options: [],
  examples: [
    { command: 'source <(wg-router completion bash)', what: 'bash, in ~/.bashrc' },
    { command: 'source <(wg-router completion zsh)', what: 'zsh, in ~/.zshrc behind compinit' },
    { command: 'wg-router completion fish > ~/.config/fish/completions/wg-router.fish', what: 'fish, once' },
  ],
  run: async (invocation) => (await import('../completion/scripts.ts')).run(invocation),
};

/** Its words are those of somebody else's command line: `main.ts` hands them over unread. */
export const COMPLETE = '__complete';
