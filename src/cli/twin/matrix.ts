/**
 * Who reaches whom, as a table: a row for each who speaks, a column for each who is spoken to.
 */

import type { Paint, Style } from '../terminal/paint.ts';
import { textWidth } from '../terminal/width.ts';
import { type Cell, cellOf, type Pair } from './flows.ts';

interface Mark {
  readonly text: string;
  readonly style: Style;
  readonly meaning: string;
}

const MARKS: Readonly<Record<Cell, Mark>> = {
  works: { text: '✓', style: 'good', meaning: 'works' },
  partly: { text: '~', style: 'warning', meaning: 'partly' },
  'only-ipv4': { text: '4', style: 'warning', meaning: 'IPv4 only' },
  'only-ipv6': { text: '6', style: 'warning', meaning: 'IPv6 only' },
  fails: { text: '✗', style: 'error', meaning: 'fails' },
};

/** Where nothing can be tried: no family in common. The place of oneself stays empty. */
const NO_PAIR: Mark = { text: '–', style: 'dim', meaning: 'no common family' };

/** Lines of the table and what its marks mean; split into several where `columns` are not enough. */
export function matrixLines(
  parties: readonly string[],
  pairs: readonly Pair[],
  { paint, columns }: { readonly paint: Paint; readonly columns: number },
): string[] {
  const byEnds = new Map(pairs.map((pair) => [`${pair.from} ${pair.to}`, pair]));
  const speaking = new Set(pairs.map(({ from }) => from));
  const digits = `${parties.length}`.length;
  const names = Math.max(...parties.map(textWidth));
  const margin = 2 + digits + 1 + names + 1;
  const perBlock = Math.max(1, Math.floor((columns - margin) / (digits + 1)));
  const used = new Map<string, Mark>();
  const mark = (from: string, to: string): string => {
    if (from === to) return '';
    const pair = byEnds.get(`${from} ${to}`);
    const { text, style, meaning } = pair === undefined ? NO_PAIR : MARKS[cellOf(pair)];
    used.set(meaning, { text, style, meaning });
    return paint(style, text);
  };
  const lines: string[] = [];
  for (let start = 0; start < parties.length; start += perBlock) {
    const block = parties.slice(start, start + perBlock);
    const numbers = block.map((_, i) => ` ${`${start + i + 1}`.padStart(digits)}`).join('');
    lines.push(...(start === 0 ? [] : ['']), `${' '.repeat(margin)}${paint('dim', numbers)}`);
    for (const [i, from] of parties.entries()) {
      const label = `  ${paint('dim', `${i + 1}`.padStart(digits))} ${paint('name', from)}${' '.repeat(names - textWidth(from) + 1)}`;
      const cells = speaking.has(from) ? block.map((to) => ` ${right(mark(from, to), digits)}`).join('') : '';
      lines.push(`${label}${cells}`.trimEnd());
    }
  }
  const order = [...Object.values(MARKS), NO_PAIR].filter(({ meaning }) => used.has(meaning));
  const meanings = order.map(({ text, style, meaning }) => `${paint(style, text)} ${meaning}`);
  return [...lines, '', `  ${meanings.join('   ')}`];
}

function right(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - textWidth(text))) + text;
}
