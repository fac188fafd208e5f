/**
 * Removing a router, machine, LAN (with its hosts), host or group, and what only it gave a meaning to.
 *
 * The rule: where a name is one of several (an element of `lan`, `routes` or a group, a key of `lend`, a rule of
 * `access`, a sentence of `expect`) that one goes too. Where something hangs on it alone (`via`, `internet`) nothing is
 * removed, and each such place is reported. The last rule of `access` leaves `access: []`: without the word everyone
 * could reach everyone.
 */

import { isScalar, isSeq, type ParsedNode } from 'yaml';
import { type Address, parseAddress } from '../../net/address.ts';
import { type Prefix, prefixHas } from '../../net/prefix.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { Lan } from '../network.ts';
import { scalarText } from '../schema/shape.ts';
import { placeBetween } from '../source-text.ts';
import { quoted } from '../visible.ts';
import { attempt, DEFAULT_FILE, type EditContext, type EditPlan, unknownName } from './attempt.ts';
import {
  entriesOf,
  findPair,
  type Layout,
  type MapNode,
  mapUnder,
  type PairNode,
  type SeqNode,
  type Splice,
} from './layout.ts';
import { removePairs } from './mapping.ts';
import { definitions, type NameDefinition, type NameUse, nameUses } from './name-uses.ts';
import type { EditResult } from './request.ts';
import { removeElements } from './sequence.ts';

/** The file without `name` and without what refers to it, or every place that cannot do without it. */
export function remove(text: string, name: string, file = DEFAULT_FILE): EditResult {
  return attempt(text, file, (context) => removed(context, name));
}

function removed(context: EditContext, name: string): EditPlan {
  const { layout, network } = context;
  const all = [...definitions(layout.root)];
  const definition = all.find((each) => each.name === name);
  if (definition === undefined)
    return unknownName(
      layout.source,
      'remove',
      'router, machine, LAN, host or group',
      name,
      all.map((each) => each.name),
    );

  const lan = definition.kind === 'LAN' ? network.lans.find((each) => each.name.value === name) : undefined;
  const gone = new Set([name, ...(lan?.hosts.map((host) => host.name.value) ?? [])]);
  const uses = [...nameUses(layout.root)].filter((use) => gone.has(use.name) && !isWithin(use, definition.pair));
  const mistakes = [...onlyRouter(context, definition), ...uses.flatMap((use) => stillUsed(layout, definition, use))];
  if (mistakes.length > 0) return { mistakes };
  return [
    ...removePairs(layout, definition.owner, [definition.pair]),
    ...removedUses(layout, uses),
    ...(lan === undefined ? [] : leftLan(context, lan)),
  ];
}

/** Whether the use lies in what is removed anyway: the `via` of a LAN that goes. */
function isWithin(use: NameUse, pair: PairNode): boolean {
  const [start, end] = [pair.key.range[0], pair.value?.range[1] ?? pair.key.range[1]];
  return use.node.range[0] >= start && use.node.range[1] <= end;
}

function stillUsed(layout: Layout, { kind, name }: NameDefinition, use: NameUse): Diagnostic[] {
  if (use.kind !== 'field' || use.field === 'lan') return [];
  const reason =
    use.field === 'via'
      ? `LAN ${quoted(use.subject)} is connected by it`
      : `machine ${quoted(use.subject)} reaches the internet through it`;
  const help =
    use.field === 'via'
      ? `name another machine in \`via\`, or remove ${quoted(use.subject)} first`
      : `name another way in \`internet\`, or take the word away`;
  const place = placeBetween(layout.source, use.node.range[0], use.node.range[1]);
  return [
    {
      code: 'still-used',
      severity: 'error',
      place,
      message: `Cannot remove ${kind} ${quoted(name)}: ${reason}`,
      notes: [],
      help: [help],
    },
  ];
}

function onlyRouter({ layout, network }: EditContext, { kind, name, pair }: NameDefinition): Diagnostic[] {
  if (kind !== 'router' || network.routers.length > 1) return [];
  const place = placeBetween(layout.source, pair.key.range[0], pair.key.range[1]);
  const message = `Cannot remove router ${quoted(name)}: the network has no other, and all its machines meet there`;
  return [
    { code: 'still-used', severity: 'error', place, message, notes: [], help: ['rename it, or change its `endpoint`'] },
  ];
}

function removedUses(layout: Layout, uses: readonly NameUse[]): Splice[] {
  const lists = new Map<
    SeqNode,
    { readonly owner: MapNode; readonly pair: PairNode; readonly vanishes: boolean; readonly indices: Set<number> }
  >();
  const borrowers = new Map<MapNode, PairNode[]>();
  for (const use of uses) {
    if (use.kind === 'lend') {
      borrowers.set(use.owner, [...(borrowers.get(use.owner) ?? []), use.pair]);
    } else if (use.kind !== 'field') {
      const vanishes = use.kind === 'sentence';
      const list = lists.get(use.seq) ?? { owner: use.owner, pair: use.pair, vanishes, indices: new Set() };
      list.indices.add(use.index);
      // `leftLan` takes LANs out of machines, together with the addresses there.
      if (use.kind !== 'element' || use.field !== 'lan') lists.set(use.seq, list);
    }
  }
  return [
    ...[...borrowers].flatMap(([owner, pairs]) => removePairs(layout, owner, pairs)),
    ...[...lists].flatMap(([seq, { owner, pair, vanishes, indices }]) =>
      vanishes && indices.size === seq.items.length
        ? removePairs(layout, owner, [pair])
        : removeElements(layout, pair, seq, indices),
    ),
  ];
}

/** Takes a LAN out of the machines that stand on it, and their addresses there. */
function leftLan({ layout, network }: EditContext, lan: Lan): Splice[] {
  const entries = new Map(entriesOf(mapUnder(layout.root, 'machines')).map((entry) => [entry.name, entry.map]));
  const prefixes = new Map(network.lans.map((each) => [each.name.value, prefixesOf(each)]));
  return network.machines.flatMap((machine) => {
    const map = entries.get(machine.name.value);
    const position = machine.lan.findIndex((each) => each.value === lan.name.value);
    if (position < 0 || map === undefined) return [];
    const others = machine.lan.flatMap((each) =>
      each.value === lan.name.value ? [] : (prefixes.get(each.value) ?? []),
    );
    if (machine.lan.length === 1) {
      const fields = ['lan', 'lan-address'].map((word) => findPair(map, word)).filter((pair) => pair !== undefined);
      return removePairs(layout, map, fields);
    }
    let carved = 0;
    const isThere = (text: string): boolean => {
      if (text === 'carve') return carved++ === position;
      const address = parseAddress(text);
      return address !== null && holds(prefixes.get(lan.name.value)!, address) && !holds(others, address);
    };
    return [
      ...withoutElements(layout, map, 'lan', (text) => text === lan.name.value),
      ...withoutElements(layout, map, 'lan-address', isThere),
    ];
  });
}

/** Takes the elements that `goes` chooses out of a word's list; the whole word when all go or when it is a single one. */
function withoutElements(layout: Layout, map: MapNode, word: string, goes: (text: string) => boolean): Splice[] {
  const pair = findPair(map, word);
  if (pair === undefined) return [];
  if (isScalar(pair.value)) return goes(scalarText(pair.value)) ? removePairs(layout, map, [pair]) : [];
  if (!isSeq<ParsedNode>(pair.value)) return [];
  const seq = pair.value as SeqNode;
  const indices = new Set(seq.items.flatMap((item, i) => (isScalar(item) && goes(scalarText(item)) ? [i] : [])));
  return indices.size === seq.items.length
    ? removePairs(layout, map, [pair])
    : removeElements(layout, pair, seq, indices);
}

function prefixesOf(lan: Lan): Prefix[] {
  return lan.prefixes.flatMap((each) => (each.value === 'carve' ? [] : [each.value]));
}

function holds(prefixes: readonly Prefix[], address: Address): boolean {
  return prefixes.some((prefix) => prefixHas(prefix, address));
}
