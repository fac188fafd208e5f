/**
 * `__complete SHELL WORD…`: what the completion scripts ask. Prints lines of word, tab, description; or `:file` or
 * `:folder` where the shell completes paths itself. Never complains.
 */

import { DEFAULT_FILE, FILE_VARIABLE } from '../command-line/globals.ts';
import type { Verb } from '../verb.ts';
import type { DescribedNames } from './offers.ts';
import { offersFor } from './offers.ts';

/** The answer to a shell: `words` are its name and those of the line behind the command, the last being typed. */
export async function completionAnswer(words: readonly string[], verbs: readonly Verb[]): Promise<string> {
  const [shell, ...line] = words;
  const { words: joined, cut } = shell === 'bash' ? joinedAtEquals(line) : { words: line, cut: '' };
  const offers = await withNames(joined, verbs);
  if (typeof offers === 'string') return `:${offers}\n`;
  return offers
    .map(({ word, what }) => `${word.slice(cut.length)}\t${what === '' ? word.slice(cut.length) : what}\n`)
    .join('');
}

/** The YAML reader costs more than all the rest: it is loaded when a name is asked for. */
async function withNames(words: readonly string[], verbs: readonly Verb[]) {
  let asked: string | null = null;
  const none: DescribedNames = { routers: [], machines: [], lans: [], hosts: [], groups: [] };
  const first = offersFor(words, verbs, (file) => {
    asked = file ?? (process.env[FILE_VARIABLE] || DEFAULT_FILE);
    return none;
  });
  if (asked === null) return first;
  const { describedNames } = await import('./described-names.ts');
  const names = describedNames(asked);
  return offersFor(words, verbs, () => names);
}

/** Bash hands `--file=x` over as three words. Puts them together; `cut` is what it does not want to see again. */
function joinedAtEquals(line: readonly string[]): { readonly words: readonly string[]; readonly cut: string } {
  const words: string[] = [];
  let cut = '';
  for (const [i, word] of line.entries()) {
    const previous = words.at(-1);
    cut = '';
    if (word === '=' && previous?.startsWith('--')) {
      words[words.length - 1] = `${previous}=`;
      cut = `${previous}=`;
    } else if (line[i - 1] === '=' && previous?.startsWith('--') && previous.endsWith('=')) {
      words[words.length - 1] = previous + word;
      cut = previous;
    } else {
      words.push(word);
    }
  }
  return { words, cut };
}
