/**
 * Columns that stand under each other, whatever is in them: wide characters count as two, colours as nothing.
 */

import { textWidth } from './width.ts';

const GAP = '  ';

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
