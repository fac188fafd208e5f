/**
 * How wide text is on a terminal, and where its lines break.
 */

import { displayWidth } from '../../description/display-width.ts';

const COLOUR = /\u001b\[[0-9;]*m/g;

/** Columns that `text` takes on a terminal. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text.replace(COLOUR, '')) width += displayWidth(character);
  return width;
}

/** `text` in pieces of at most `columns`, broken anywhere: nothing is lost or added when they are put together again. */
export function wrapped(text: string, columns: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  let width = 0;
  for (const character of text) {
    const more = displayWidth(character);
    if (width + more > columns && piece !== '') {
      pieces.push(piece);
      piece = '';
      width = 0;
    }
    piece += character;
    width += more;
  }
  return [...pieces, piece];
}

/** `text` in lines of at most `width` columns, broken between words; a longer word stays whole. */
export function folded(text: string, width: number): string[] {
  const result: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && textWidth(line) + 1 + textWidth(word) > width) {
      result.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...result, line];
}

/** `text` indented, in lines of at most `columns`; what follows the first line stands further in. */
export function hanging(text: string, columns: number): string[] {
  return folded(text, columns - 4).map((line, i) => (i === 0 ? `  ${line}` : `    ${line}`));
}
