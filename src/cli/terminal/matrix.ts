/**
 * Who reaches whom, as a table: a row for each who speaks, a column for each who is spoken to.
 */

import type { Paint, Style } from './paint.ts';
import { textWidth } from './width.ts';

/** How one fares with another; `none`: they have no family in common; `self`: there is no pair. */
export type Fare = 'works' | 'partly' | 'only-ipv4' | 'only-ipv6' | 'fails' | 'not-proven' | 'none' | 'self';

interface Mark {
  readonly text: string;
  readonly style: Style;
  readonly meaning: string;
}

const MARKS: Readonly<Record<Exclude<Fare, 'self'>, Mark>> = {
  works: { text: '✓', style: 'good', meaning: 'works' },
  partly: { text: '~', style: 'warning', meaning: 'partly' },
  'only-ipv4': { text: '4', style: 'warning', meaning: 'IPv4 only' },
  'only-ipv6': { text: '6', style: 'warning', meaning: 'IPv6 only' },
  fails: { text: '✗', style: 'error', meaning: 'fails' },
  'not-proven': { text: '?', style: 'warning', meaning: 'not proven' },
  none: { text: '–', style: 'dim', meaning: 'no common family' },
};

export interface MatrixOptions {
  readonly paint: Paint;
  readonly columns: number;
  /** Where `columns` have an end, longer names are cut. */
  readonly nameColumns?: number;
}

/**
 * Lines of the table and what its marks mean; split into several where `columns` are not enough. `fare` is asked by the
 * places of both in `parties`; a row of which nothing is known, null, stays empty.
 */
export function matrixLines(
  parties: readonly string[],
  fare: (from: number, to: number) => Fare | null,
  { paint, columns, nameColumns = NAME_COLUMNS }: MatrixOptions,
): string[] {
  const digits = `${parties.length}`.length;
  const labels = Number.isFinite(columns) ? parties.map((name) => shortened(name, nameColumns)) : parties;
  const names = Math.max(...labels.map(textWidth));
  const margin = 2 + digits + 1 + names + 1;
  const perBlock = Math.max(1, Math.floor((columns - margin) / (digits + 1)));
  const used = new Set<Fare>();
  const mark = (from: number, to: number): string => {
    const found = fare(from, to);
    if (found === null || found === 'self') return '';
    used.add(found);
    return paint(MARKS[found].style, MARKS[found].text);
  };
  const lines: string[] = [];
  for (let start = 0; start < parties.length; start += perBlock) {
    const block = parties.slice(start, start + perBlock);
    const numbers = block.map((_, i) => ` ${`${start + i + 1}`.padStart(digits)}`).join('');
    lines.push(...(start === 0 ? [] : ['']), `${' '.repeat(margin)}${paint('dim', numbers)}`);
    for (const [i, from] of labels.entries()) {
      const label = `  ${paint('dim', `${i + 1}`.padStart(digits))} ${paint('name', from)}${' '.repeat(names - textWidth(from) + 1)}`;
      const cells = block.map((_, j) => ` ${right(mark(i, start + j), digits)}`).join('');
      lines.push(`${label}${cells}`.trimEnd());
    }
  }
  const meanings = Object.entries(MARKS)
    .filter(([found]) => used.has(found as Fare))
    .map(([, { text, style, meaning }]) => `${paint(style, text)} ${meaning}`);
  return [...lines, '', `  ${meanings.join('   ')}`];
}

/** A name may have 63 letters, and on a terminal the marks need the place. */
function shortened(name: string, columns: number): string {
  return name.length > columns ? `${name.slice(0, columns - 1)}…` : name;
}

const NAME_COLUMNS = 24;

function right(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - textWidth(text))) + text;
}
