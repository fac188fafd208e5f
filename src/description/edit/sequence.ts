/**
 * Changes in lists: put elements in at the end, take some out, make one list into another.
 */

import { type CST, isScalar } from 'yaml';
import { isNothing, scalarText as textOf } from '../schema/shape.ts';
import {
  afterDeeperComments,
  colonEnd,
  columnOf,
  contentEnd,
  dashOffset,
  deleteLines,
  insertLines,
  type Layout,
  lineStart,
  nextLine,
  type PairNode,
  type SeqNode,
  type Splice,
} from './layout.ts';
import { flowText, scalarText, scalarTextLike } from './scalar-text.ts';

type Span = readonly [start: number, end: number];

/** Makes the list under `pair` say `wanted`, element by element where the old one is its beginning or as long. */
export function changeList(layout: Layout, pair: PairNode, seq: SeqNode, wanted: readonly string[]): Splice[] {
  const present = seq.items.map((item) => (isScalar(item) ? textOf(item) : null));
  if (present.length === wanted.length) {
    return seq.items.flatMap((item, i) =>
      isScalar(item) && present[i] !== wanted[i]
        ? [
            {
              start: item.range[0],
              end: item.range[1],
              insert: scalarTextLike(item.type, wanted[i]!, seq.flow === true),
            },
          ]
        : [],
    );
  }
  if (present.every((text, i) => text === wanted[i]))
    return appendElements(layout, pair, seq, wanted.slice(present.length));
  const extra = new Set(present.flatMap((text, i) => (text !== null && wanted.includes(text) ? [] : [i])));
  const kept = present.filter((_, i) => !extra.has(i));
  if (kept.length === wanted.length && kept.every((text, i) => text === wanted[i]))
    return removeElements(layout, pair, seq, extra);
  if (seq.flow) return [{ start: seq.range[0], end: seq.range[1], insert: flowText(wanted) }];
  return [{ start: colonEnd(pair)!, end: contentEnd(seq), insert: ` ${flowText(wanted)}` }];
}

export function appendElements(layout: Layout, pair: PairNode, seq: SeqNode, texts: readonly string[]): Splice[] {
  if (texts.length === 0) return [];
  const last = seq.items.at(-1);
  if (seq.flow) {
    const at = last === undefined ? seq.range[0] + 1 : contentEnd(last);
    const insert = texts.map((text) => scalarText(text, true)).join(', ');
    return [{ start: at, end: at, insert: last === undefined ? insert : `, ${insert}` }];
  }
  if (last === undefined) return [{ start: colonEnd(pair)!, end: seq.range[1], insert: ` ${flowText(texts)}` }];
  const { source } = layout;
  const column = columnOf(source, dashOffset(seq, seq.items.length - 1));
  const at = afterDeeperComments(source, nextLine(source, contentEnd(seq)), column);
  return [
    insertLines(
      layout,
      at,
      texts.map((text) => `${' '.repeat(column)}- ${scalarText(text, false)}`),
    ),
  ];
}

/** Takes elements out; a list that loses all of them is written `[]`. */
export function removeElements(layout: Layout, pair: PairNode, seq: SeqNode, indices: ReadonlySet<number>): Splice[] {
  if (indices.size === 0) return [];
  if (seq.flow) {
    const spans = seq.items.map((item) => [item.range[0], contentEnd(item)] as const);
    return removeFlowItems(layout, seq.srcToken as CST.FlowCollection, spans, indices);
  }
  const lines = [...indices].map((i) => {
    const item = seq.items[i]!;
    const start = dashOffset(seq, i);
    return deleteLines(layout.source, start, isNothing(item) ? start + 1 : contentEnd(item));
  });
  if (indices.size < seq.items.length) return lines;
  return [{ start: colonEnd(pair)!, end: colonEnd(pair)!, insert: ' []' }, ...lines];
}

/**
 * Takes items out of a flow collection, each with one comma: the one behind it, or, where nothing that stays follows,
 * the one before it. An item that has lines to itself takes them along, with the comment behind it.
 */
export function removeFlowItems(
  layout: Layout,
  token: CST.FlowCollection,
  spans: readonly Span[],
  indices: ReadonlySet<number>,
): Splice[] {
  const lastKept = spans.findLastIndex((_, i) => !indices.has(i));
  const splices: Splice[] = [];
  for (const i of [...indices].sort((a, b) => a - b)) {
    const [start, end] = spans[i]!;
    const commaBehind = commaOffset(token, i + 1);
    if (i < lastKept || lastKept < 0) {
      splices.push(deletedItem(layout, start, commaBehind === null ? end : commaBehind + 1));
    } else {
      const comma = commaOffset(token, i)!;
      if (/^[ \t]*$/.test(layout.source.text.slice(comma + 1, start))) splices.push({ start: comma, end, insert: '' });
      else splices.push({ start: comma, end: comma + 1, insert: '' }, deletedItem(layout, start, end));
    }
  }
  return splices;
}

/** Offset of the comma before item `i` of the source tokens; null when there is none. */
function commaOffset(token: CST.FlowCollection, i: number): number | null {
  return token.items[i]?.start.find((each) => each.type === 'comma')?.offset ?? null;
}

function deletedItem({ source }: Layout, start: number, end: number): Splice {
  const { text } = source;
  const lineFrom = lineStart(source, start);
  const lineTo = nextLine(source, end);
  const before = text.slice(lineFrom, start);
  const behind = text.slice(end, lineTo);
  if (/^[ \t]*$/.test(before) && /^[ \t]*(#.*)?\r?\n$/.test(behind))
    return { start: lineFrom, end: lineTo, insert: '' };
  const spaces = /^[ \t]*/.exec(behind)![0].length;
  const atStart = /[[{,][ \t]*$/.test(before) || before.trim() === '';
  return atStart
    ? { start, end: end + spaces, insert: '' }
    : { start: start - /[ \t]*$/.exec(before)![0].length, end, insert: '' };
}
