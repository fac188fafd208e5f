/**
 * Where the pieces of a parsed file lie in its text, and splices that change them.
 *
 * In block style everything is a matter of lines: an entry ends with the line on which its last value ends, together
 * with whatever comment stands there. In flow style it is a matter of commas, which are found in the source tokens.
 */

import {
  type CST,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  type ParsedNode,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { isNothing, scalarText } from '../schema/shape.ts';
import { lineIndex, type SourceText } from '../source-text.ts';

export type MapNode = YAMLMap.Parsed<ParsedNode, ParsedNode | null>;
export type SeqNode = YAMLSeq.Parsed<ParsedNode>;
export type PairNode = Pair<ParsedNode, ParsedNode | null>;

/** Replace the text from `start` up to `end`. Of two insertions at one offset the earlier in the list comes first. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly insert: string;
}

export interface Layout {
  readonly source: SourceText;
  readonly root: MapNode;
  readonly newline: string;
  /** Columns by which this file indents. */
  readonly step: number;
}

export function layoutOf(source: SourceText, root: MapNode): Layout {
  const firstBreak = source.text.indexOf('\n');
  const newline = firstBreak > 0 && source.text[firstBreak - 1] === '\r' ? '\r\n' : '\n';
  return { source, root, newline, step: indentStep(source, root) };
}

function indentStep(source: SourceText, root: MapNode): number {
  for (const pair of root.items) {
    const [first] = isBlockMap(pair.value) ? pair.value.items : [];
    if (first) return columnOf(source, pairStart(first)) - columnOf(source, pairStart(pair));
  }
  return 2;
}

/** The text with all splices done, which do not overlap. Without a final line break it gets none. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  const pieces: string[] = [];
  let at = 0;
  for (const { start, end, insert } of splices.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    pieces.push(text.slice(at, start), insert);
    at = Math.max(at, end);
  }
  pieces.push(text.slice(at));
  const edited = pieces.join('');
  return text.endsWith('\n') ? edited : edited.replace(/\r?\n$/, '');
}

export function findPair(map: MapNode, word: string): PairNode | undefined {
  return map.items.find(({ key }) => isScalar(key) && scalarText(key) === word);
}

/** The mapping under `word`; undefined when there is none, or none that is written out. */
export function mapUnder(map: MapNode, word: string): MapNode | undefined {
  const value = findPair(map, word)?.value;
  return isMap<ParsedNode, ParsedNode | null>(value) ? value : undefined;
}

/** One name of a mapping, and the mapping under it when there is one. */
export interface Entry {
  readonly name: string;
  readonly pair: PairNode;
  readonly map: MapNode | undefined;
}

/** The entries of a mapping; none when there is no mapping. */
export function entriesOf(map: MapNode | undefined): Entry[] {
  return (map?.items ?? []).map((pair) => ({
    name: isScalar(pair.key) ? scalarText(pair.key) : '',
    pair,
    map: isMap<ParsedNode, ParsedNode | null>(pair.value) ? pair.value : undefined,
  }));
}

/** The values under `word` as they are written: those of a list, or the single one. */
export function writtenList(map: MapNode, word: string): string[] {
  const value = findPair(map, word)?.value;
  if (isSeq<ParsedNode>(value)) return value.items.flatMap((item) => (isScalar(item) ? [scalarText(item)] : []));
  return isScalar(value) && !isNothing(value) ? [scalarText(value)] : [];
}

export function isBlockMap(node: unknown): node is MapNode {
  return isMap(node) && !node.flow;
}

/** Offset at which a pair begins: its key, or the `?` before it. */
export function pairStart(pair: PairNode): number {
  const indicator = collectionItem(pair)?.start.find((token) => token.type === 'explicit-key-ind');
  return indicator?.offset ?? pair.key.range[0];
}

/** Offset after the last character that belongs to the pair, comments apart. */
export function pairEnd(pair: PairNode): number {
  if (!isNothing(pair.value)) return contentEnd(pair.value);
  return colonEnd(pair) ?? pair.key.range[1];
}

/** Offset after a pair's colon; null when it has none, as in `{phone}`. */
export function colonEnd(pair: PairNode): number | null {
  const colon = collectionItem(pair)?.sep?.find((token) => token.type === 'map-value-ind');
  return colon ? colon.offset + 1 : null;
}

function collectionItem(pair: PairNode): CST.CollectionItem | undefined {
  return pair.srcToken;
}

export function contentEnd(node: ParsedNode): number {
  if (!isCollection(node) || node.flow) return node.range[1];
  const last = node.items.at(-1);
  if (last === undefined) return node.range[1];
  if (isPair(last)) return pairEnd(last as PairNode);
  return isNothing(last as ParsedNode)
    ? dashOffset(node as SeqNode, node.items.length - 1) + 1
    : contentEnd(last as ParsedNode);
}

/** Offset of the `-` of an element in block style. */
export function dashOffset(seq: SeqNode, index: number): number {
  const token = seq.srcToken as CST.BlockSequence;
  return token.items[index]!.start.find((each) => each.type === 'seq-item-ind')!.offset;
}

export function isFlow(node: ParsedNode): boolean {
  return (isMap(node) || isSeq(node)) && node.flow === true;
}

export function columnOf(source: SourceText, offset: number): number {
  return offset - source.lineStarts[lineIndex(source, offset)]!;
}

export function lineStart(source: SourceText, offset: number): number {
  return source.lineStarts[lineIndex(source, offset)]!;
}

/** Start of the line after the one on which content ends; the end of the text when that is the last. */
export function nextLine(source: SourceText, contentEndOffset: number): number {
  // A block scalar ends with its line break.
  if (source.text[contentEndOffset - 1] === '\n') return contentEndOffset;
  return followingLine(source, contentEndOffset);
}

function followingLine(source: SourceText, offset: number): number {
  return source.lineStarts[lineIndex(source, offset) + 1] ?? source.text.length;
}

/** `offset` (a line's start), or the first line after it that is not a comment deeper in than `column`. */
export function afterDeeperComments(source: SourceText, offset: number, column: number): number {
  let at = offset;
  while (at < source.text.length) {
    const indent = /^( *)#/.exec(source.text.slice(at, at + 200))?.[1]?.length ?? -1;
    if (indent <= column) break;
    at = followingLine(source, at);
  }
  return at;
}

/** Inserts whole lines at the start of a line; at the end of a text without a final line break they get none either. */
export function insertLines(layout: Layout, offset: number, lines: readonly string[]): Splice {
  const { source, newline } = layout;
  const atOpenEnd = offset === source.text.length && !source.text.endsWith('\n');
  const insert = atOpenEnd ? lines.map((line) => newline + line) : lines.map((line) => line + newline);
  return { start: offset, end: offset, insert: insert.join('') };
}

/** Deletes the lines from the one that holds `start` to the one on which `end` lies. */
export function deleteLines(source: SourceText, start: number, end: number): Splice {
  return { start: lineStart(source, start), end: nextLine(source, end), insert: '' };
}
