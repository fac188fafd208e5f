/**
 * Files that came over the API, in place of those that the command reads from a disk: the same are passed over, for the
 * same reasons. Their names are words for messages and for telling machines apart; nothing is opened by them.
 */

import { BYTES_AT_MOST, FILE_BYTES_AT_MOST, type FoundFile, type GivenFiles } from './given-files.ts';

export interface DroppedFile {
  readonly name: string;
  readonly text: string;
}

export function droppedFiles(dropped: readonly DroppedFile[], answers: readonly FoundFile[]): GivenFiles {
  const files: FoundFile[] = [];
  const taken = new Set(answers.map(({ path }) => path));
  const passedOver: { path: string; reason: string }[] = [];
  let bytes = 0;
  for (const { name, text } of dropped) {
    const parts = name.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
    const path = parts.join('/');
    // What the system keeps beside people's files.
    if (parts.some((part) => /^\.[^.]/.test(part))) continue;
    const length = Buffer.byteLength(text);
    const reason =
      path === '' || parts.includes('..')
        ? 'its name is none that a file in a folder has'
        : taken.has(path)
          ? 'there is another of that name'
          : length > FILE_BYTES_AT_MOST || bytes + length > BYTES_AT_MOST
            ? `${FILE_BYTES_AT_MOST} bytes are read of one, and ${BYTES_AT_MOST} of all`
            : text.includes('\0')
              ? 'it is not text'
              : null;
    if (reason !== null) {
      passedOver.push({ path: path === '' ? name : path, reason });
      continue;
    }
    bytes += length;
    taken.add(path);
    files.push({ path, text });
  }
  return { files, passedOver, answers };
}
