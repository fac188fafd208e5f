/**
 * Every definition and every use of a name in a file, with the node that says it: what `rename` rewrites and `remove` takes away.
 */

import { isMap, isScalar, isSeq, type ParsedNode, type Scalar } from 'yaml';
import { readSentence } from '../schema/sentence.ts';
import { scalarText } from '../schema/shape.ts';
import { entriesOf, findPair, type MapNode, mapUnder, type PairNode, type SeqNode } from './layout.ts';

/** Where a name is used as a value of its own. */
export type NameUse =
  /** An element of the list under `pair` of `owner`. */
  | {
      readonly kind: 'element';
      readonly field: 'lan' | 'routes' | 'member';
      readonly name: string;
      readonly node: Scalar.Parsed;
      readonly owner: MapNode;
      readonly pair: PairNode;
      readonly seq: SeqNode;
      readonly index: number;
    }
  /** The value of a word. */
  | {
      readonly kind: 'field';
      readonly field: 'lan' | 'internet' | 'via';
      readonly name: string;
      readonly node: Scalar.Parsed;
      readonly owner: MapNode;
      readonly pair: PairNode;
      /** Name of the machine or LAN that has the word. */
      readonly subject: string;
    }
  /** A key of `lend`. */
  | {
      readonly kind: 'lend';
      readonly name: string;
      readonly node: Scalar.Parsed;
      readonly owner: MapNode;
      readonly pair: PairNode;
    }
  /** `from` or `to` of a rule of `access`. */
  | {
      readonly kind: 'rule';
      readonly name: string;
      readonly node: Scalar.Parsed;
      readonly owner: MapNode;
      readonly pair: PairNode;
      readonly seq: SeqNode;
      readonly index: number;
      readonly inFlow: boolean;
    }
  /** One of the two names in a sentence of `expect`. */
  | {
      readonly kind: 'sentence';
      readonly name: string;
      readonly role: 'from' | 'to';
      readonly node: Scalar.Parsed;
      readonly owner: MapNode;
      readonly pair: PairNode;
      readonly seq: SeqNode;
      readonly index: number;
    };

export interface NameDefinition {
  readonly kind: 'router' | 'machine' | 'LAN' | 'host' | 'group';
  readonly name: string;
  readonly pair: PairNode;
  readonly owner: MapNode;
}

/** Where names are defined, in the order of the file's sections. */
export function* definitions(root: MapNode): Generator<NameDefinition> {
  const sections = [
    ['routers', 'router'],
    ['machines', 'machine'],
    ['lans', 'LAN'],
    ['groups', 'group'],
  ] as const;
  for (const [section, kind] of sections) {
    const owner = mapUnder(root, section);
    if (owner === undefined) continue;
    for (const { name, pair, map } of entriesOf(owner)) {
      yield { kind, name, pair, owner };
      const hosts = kind === 'LAN' && map !== undefined ? mapUnder(map, 'hosts') : undefined;
      if (hosts === undefined) continue;
      for (const host of entriesOf(hosts)) yield { kind: 'host', name: host.name, pair: host.pair, owner: hosts };
    }
  }
}

/** All uses, in no particular order. The file is without mistakes. */
export function* nameUses(root: MapNode): Generator<NameUse> {
  for (const { name, map } of entriesOf(mapUnder(root, 'machines'))) {
    if (map === undefined) continue;
    yield* usesInField(map, 'lan', name);
    yield* usesInField(map, 'routes', name);
    yield* usesInField(map, 'internet', name);
  }
  for (const { name, map } of entriesOf(mapUnder(root, 'lans'))) {
    if (map === undefined) continue;
    yield* usesInField(map, 'via', name);
    const lend = mapUnder(map, 'lend');
    for (const each of entriesOf(lend))
      yield { kind: 'lend', name: each.name, node: each.pair.key as Scalar.Parsed, owner: lend!, pair: each.pair };
  }
  const groups = mapUnder(root, 'groups');
  for (const { pair } of entriesOf(groups)) yield* elements(groups!, pair, 'member');
  yield* usesInRules(root);
  yield* usesInSentences(root);
}

function* usesInField(map: MapNode, field: 'lan' | 'routes' | 'internet' | 'via', subject: string): Generator<NameUse> {
  const pair = findPair(map, field);
  if (pair === undefined) return;
  const { value } = pair;
  if (isScalar(value) && field !== 'routes')
    yield { kind: 'field', field, name: scalarText(value), node: value, owner: map, pair, subject };
  else if (field === 'lan' || field === 'routes') yield* elements(map, pair, field);
}

function* elements(owner: MapNode, pair: PairNode, field: 'lan' | 'routes' | 'member'): Generator<NameUse> {
  if (!isSeq<ParsedNode>(pair.value)) return;
  const seq = pair.value as SeqNode;
  for (const [index, node] of seq.items.entries()) {
    if (isScalar(node)) yield { kind: 'element', field, name: scalarText(node), node, owner, pair, seq, index };
  }
}

function* usesInRules(root: MapNode): Generator<NameUse> {
  const pair = findPair(root, 'access');
  if (pair === undefined || !isSeq<ParsedNode>(pair.value)) return;
  const seq = pair.value as SeqNode;
  for (const [index, rule] of seq.items.entries()) {
    if (!isMap<ParsedNode, ParsedNode | null>(rule)) continue;
    for (const word of ['from', 'to']) {
      const node = findPair(rule, word)?.value;
      if (isScalar(node))
        yield { kind: 'rule', name: scalarText(node), node, owner: root, pair, seq, index, inFlow: rule.flow === true };
    }
  }
}

function* usesInSentences(root: MapNode): Generator<NameUse> {
  const pair = findPair(root, 'expect');
  if (pair === undefined || !isSeq<ParsedNode>(pair.value)) return;
  const seq = pair.value as SeqNode;
  for (const [index, node] of seq.items.entries()) {
    const sentence = isScalar(node) ? readSentence(scalarText(node)) : null;
    if (sentence === null || 'reason' in sentence || !isScalar(node)) continue;
    yield { kind: 'sentence', role: 'from', name: sentence.value.from, node, owner: root, pair, seq, index };
    yield { kind: 'sentence', role: 'to', name: sentence.value.to, node, owner: root, pair, seq, index };
  }
}
