/**
 * nft as hooks call it: a command in its arguments, or a text of commands and tables.
 */

import { readNftText } from '../packet/nft-text.ts';
import type { Line } from '../text/part.ts';
import { shown } from '../text/quote.ts';
import { FILTERING, type HookContext, type Status } from './context.ts';

export function runNft(args: readonly string[], { draft, complaints, place }: HookContext): Status {
  const words = args.filter((each) => !/^-[aensj]+$/.test(each));
  const fileAt = words.findIndex((each) => each === '-f' || each === '--file');
  if (fileAt >= 0) {
    complaints.notUnderstood(place, `cannot see the file that nft reads: ${shown(words[fileAt + 1] ?? '')}`, FILTERING);
    return null;
  }
  if (words[0] === 'list') return null;
  // Every line of it stands where the hook stands.
  const lines = words
    .join(' ')
    .split('\n')
    .map((text): Line => ({ text: `${' '.repeat(place.column - 1)}${text}`, file: place.file, number: place.line }));
  const before = complaints.said().notUnderstood.length;
  readNftText(lines, draft.tables, complaints);
  return complaints.said().notUnderstood.length === before ? true : null;
}
