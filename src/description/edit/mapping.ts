/**
 * Changes in mappings: put pairs in, take pairs out, give a word another value.
 */

import { type CST, isScalar, isSeq, type ParsedNode } from 'yaml';
import { isNothing, scalarText as textOf } from '../schema/shape.ts';
import {
  afterDeeperComments,
  colonEnd,
  columnOf,
  contentEnd,
  deleteLines,
  findPair,
  insertLines,
  isFlow,
  type Layout,
  type MapNode,
  nextLine,
  type PairNode,
  pairEnd,
  pairStart,
  type SeqNode,
  type Splice,
} from './layout.ts';
import {
  blockLines,
  flowPairs,
  flowText,
  isTruth,
  type Pair,
  scalarText,
  scalarTextLike,
  valueText,
} from './scalar-text.ts';
import { changeList, removeFlowItems } from './sequence.ts';

/** Puts pairs at the end of a mapping that has some already. */
export function insertPairs(layout: Layout, map: MapNode, pairs: readonly Pair[]): Splice[] {
  if (pairs.length === 0) return [];
  const last = map.items.at(-1);
  if (map.flow) {
    const at = last === undefined ? map.range[0] + 1 : pairEnd(last);
    return [{ start: at, end: at, insert: `${last === undefined ? '' : ', '}${flowPairs(pairs)}` }];
  }
  const { source, step } = layout;
  const column = columnOf(source, pairStart(last!));
  const at = afterDeeperComments(source, nextLine(source, contentEnd(map)), column);
  const inOneLine = !isNothing(last!.value) && isFlow(last!.value);
  return [
    insertLines(
      layout,
      at,
      pairs.flatMap((pair) => entryLines(pair, column, step, inOneLine)),
    ),
  ];
}

/** An entry looks like the one before it: in one line when that is a mapping in flow style. */
function entryLines(pair: Pair, column: number, step: number, inOneLine: boolean): string[] {
  const [word, content] = pair;
  if (!inOneLine || typeof content === 'string' || !('pairs' in content)) return blockLines([pair], column, step);
  return [`${' '.repeat(column)}${scalarText(word, false)}: ${flowText(content)}`];
}

/** Puts pairs into the mapping under `parent`, which may have no value yet (`machines:`) or an empty one (`{}`). */
export function insertUnder(layout: Layout, owner: MapNode, parent: PairNode, pairs: readonly Pair[]): Splice[] {
  const { value } = parent;
  const { source, step } = layout;
  if (pairs.length === 0) return [];
  if (owner.flow) {
    if (!isNothing(value)) return insertPairs(layout, value as MapNode, pairs);
    const at = pairEnd(parent);
    return [{ start: at, end: at, insert: `${colonEnd(parent) === null ? ':' : ''} {${flowPairs(pairs)}}` }];
  }
  const braces = isNothing(value) ? '{}' : source.text.slice(value.range[0], value.range[1]);
  if (!isNothing(value) && !/^\{ *\}$/.test(braces)) return insertPairs(layout, value as MapNode, pairs);
  const column = columnOf(source, pairStart(parent));
  const at = afterDeeperComments(source, nextLine(source, pairEnd(parent)), column);
  const lines = insertLines(layout, at, blockLines(pairs, column + step, step));
  if (isNothing(value)) return [lines];
  return [{ start: colonEnd(parent)!, end: value.range[1], insert: '' }, lines];
}

/** Puts a pair into the root, after the last of `before` that is there, a blank line apart where the file does that. */
export function insertSection(layout: Layout, pair: Pair, before: readonly string[]): Splice[] {
  const { root, source } = layout;
  const previous =
    before.map((word) => findPair(root, word)).findLast((each) => each !== undefined) ?? root.items.at(-1)!;
  if (root.flow) return [{ start: pairEnd(previous), end: pairEnd(previous), insert: `, ${flowPairs([pair])}` }];
  const column = columnOf(source, pairStart(root.items[0]!));
  const at = afterDeeperComments(source, nextLine(source, pairEnd(previous)), column);
  const sections = source.text.slice(pairStart(root.items[0]!), pairStart(root.items.at(-1)!));
  const blank = /\n[ \t]*\r?\n/.test(sections);
  return [insertLines(layout, at, [...(blank ? [''] : []), ...blockLines([pair], column, layout.step)])];
}

/** Takes pairs out of a mapping, each with its lines; comments on lines of their own stay. */
export function removePairs(layout: Layout, map: MapNode, pairs: readonly PairNode[]): Splice[] {
  if (map.flow) {
    const indices = new Set(pairs.map((pair) => map.items.indexOf(pair)));
    const spans = map.items.map((pair) => [pairStart(pair), pairEnd(pair)] as const);
    return removeFlowItems(layout, map.srcToken as CST.FlowCollection, spans, indices);
  }
  const { source } = layout;
  return pairs.map((pair) => {
    const lines = deleteLines(source, pairStart(pair), pairEnd(pair));
    // Comments deeper in stand in what goes. Left behind a block scalar, they would become a part of it.
    return { ...lines, end: afterDeeperComments(source, lines.end, columnOf(source, pairStart(pair))) };
  });
}

/** Gives `pair` another value, changing no more of the old one than differs. */
export function changeValue(
  layout: Layout,
  owner: MapNode,
  pair: PairNode,
  content: string | readonly string[],
): Splice[] {
  const inFlow = owner.flow === true;
  const { value } = pair;
  const word = isScalar(pair.key) ? textOf(pair.key) : '';
  const written = typeof content === 'string' ? valueText(word, content, inFlow) : flowText(content);
  if (isNothing(value)) {
    const at = pairEnd(pair);
    return [{ start: at, end: at, insert: `${colonEnd(pair) === null ? ':' : ''} ${written}` }];
  }
  if (typeof content === 'string' && isScalar(value) && !isTruth(word, content))
    return changeScalar(layout, value, content, inFlow);
  if (typeof content !== 'string' && isSeq<ParsedNode>(value))
    return changeList(layout, pair, value as SeqNode, content);
  if (isFlow(value) || isScalar(value))
    return [{ start: value.range[0], end: value.range[1], insert: written + lineBreakOf(layout, value) }];
  return [{ start: colonEnd(pair)!, end: contentEnd(value), insert: ` ${written}` }];
}

export function changeScalar(layout: Layout, node: ParsedNode, text: string, inFlow: boolean): Splice[] {
  if (!isScalar(node) || textOf(node) === text) return [];
  const insert = scalarTextLike(node.type, text, inFlow) + lineBreakOf(layout, node);
  return [{ start: node.range[0], end: node.range[1], insert }];
}

/** The line break that is part of a block scalar and must stay when the scalar becomes something else. */
function lineBreakOf(layout: Layout, node: ParsedNode): string {
  return isScalar(node) && node.type?.startsWith('BLOCK') && layout.source.text[node.range[1] - 1] === '\n'
    ? layout.newline
    : '';
}
