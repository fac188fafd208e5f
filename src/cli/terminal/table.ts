/**
 * Columns that stand under each other, whatever is in them: wide characters count as two, colours as nothing.
 */

import { displayWidth } from '../../description/display-width.ts';

const GAP = '  ';
const COLOUR = /\u001b\[[0-9;]*m/g;

/** The rows as lines, each cell as wide as the widest of its column; empty columns vanish. Without a final line feed. */
export function table(rows: readonly (readonly string[])[], indent = ''): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    rows.reduce((widest, row) => Math.max(widest, textWidth(row[column] ?? '')), 0),
  );
  return rows.map((row) => {
    const cells = widths.flatMap((width, column) => {
      const cell = row[column] ?? '';
      return width === 0 ? [] : [cell + ' '.repeat(width - textWidth(cell))];
    });
    return `${indent}${cells.join(GAP)}`.trimEnd();
  });
}

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
