/**
 * Giving values to what is described already: addresses, public keys, any field.
 */

import { type Address, formatAddress, parseAddress } from '../../net/address.ts';
import { attempt, DEFAULT_FILE, type EditContext, type EditPlan, unknownName } from './attempt.ts';
import {
  type Entry,
  entriesOf,
  findPair,
  type Layout,
  type MapNode,
  mapUnder,
  type PairNode,
  type Splice,
  writtenList,
} from './layout.ts';
import { changeValue, insertUnder, removePairs } from './mapping.ts';
import type { DeviceAddresses, EditResult, FieldValue, Subject } from './request.ts';
import type { Pair } from './scalar-text.ts';

/** The file with `word` of `subject` saying `value`; null takes the word away. */
export function setField(
  text: string,
  subject: Subject,
  word: string,
  value: FieldValue,
  file = DEFAULT_FILE,
): EditResult {
  return attempt(text, file, (context) => setFields(context, [{ subject, word, value }]));
}

/** The file with several words of one subject changed at once, so that they may depend on each other. */
export function setFieldsOf(
  text: string,
  subject: Subject,
  fields: readonly (readonly [word: string, value: FieldValue])[],
  file = DEFAULT_FILE,
): EditResult {
  return attempt(text, file, (context) =>
    setFields(
      context,
      fields.map(([word, value]) => ({ subject, word, value })),
    ),
  );
}

/** The file with this public key for a router or machine. */
export function setPublicKey(text: string, name: string, key: string, file = DEFAULT_FILE): EditResult {
  return setPublicKeys(text, [{ name, key }], file);
}

/** The file with these public keys for routers and machines. */
export function setPublicKeys(text: string, keys: readonly DeviceKey[], file = DEFAULT_FILE): EditResult {
  return attempt(text, file, (context) => {
    const routers = new Set(context.network.routers.map((router) => router.name.value));
    const changes = keys.map(({ name, key }): FieldChange => {
      return { subject: { kind: routers.has(name) ? 'router' : 'machine', name }, word: 'public-key', value: key };
    });
    return setFields(context, changes);
  });
}

export interface DeviceKey {
  readonly name: string;
  /** In base64. */
  readonly key: string;
}

/** The file with these lists of inside addresses; an address that is there already stays as it is spelt. */
export function setAddresses(text: string, devices: readonly DeviceAddresses[], file = DEFAULT_FILE): EditResult {
  return attempt(text, file, (context) => {
    const spelt = spellings(context);
    const changes = devices.map(({ name, kind, addresses }): FieldChange => {
      const present = new Map(spelt(kind, name).map((each) => [canonical(each), each]));
      return {
        subject: { kind, name },
        word: 'address',
        value: addresses.map((each) => present.get(canonical(each)) ?? each),
      };
    });
    return setFields(context, changes);
  });
}

/** The file with each given address behind those that its device has; one that is there already is not given again. */
export function giveAddresses(text: string, given: readonly GivenDeviceAddress[], file = DEFAULT_FILE): EditResult {
  return attempt(text, file, (context) => {
    const spelt = spellings(context);
    const changes = [...Map.groupBy(given, ({ kind, device }) => `${kind} ${device}`).values()].map(
      (each): FieldChange => {
        const { kind, device: name } = each[0]!;
        const value = [...spelt(kind, name)];
        for (const { address } of each) {
          if (!value.some((present) => canonical(present) === formatAddress(address)))
            value.push(formatAddress(address));
        }
        return { subject: { kind, name }, word: 'address', value };
      },
    );
    return setFields(context, changes);
  });
}

/** The file with everything in it that the planner chose. */
export function giveMissing(text: string, missing: Missing, file = DEFAULT_FILE): EditResult {
  const given = missing.given.length === 0 ? { text } : giveAddresses(text, missing.given, file);
  return given.text === undefined ? given : giveCarved(given.text, missing.carved, file);
}

/** What a file lacks, as the planner chose it. */
export interface Missing {
  readonly given: readonly GivenDeviceAddress[];
  readonly carved: readonly Carved[];
}

/** The file with a value in place of every `carve` for which there is one: the nth of an owner for its nth `carve`. */
export function giveCarved(text: string, carved: readonly Carved[], file = DEFAULT_FILE): EditResult {
  if (carved.length === 0) return { text };
  return attempt(text, file, (context) => {
    const { root } = context.layout;
    const changes: FieldChange[] = [];
    const splices: Splice[] = [];
    for (const each of Map.groupBy(
      carved,
      ({ owner }) => `${owner.kind} ${'name' in owner ? owner.name : ''}`,
    ).values()) {
      const { owner } = each[0]!;
      const texts = each.map((value) => value.text);
      if (owner.kind === 'inside') {
        const inside = findPair(root, 'inside');
        if (inside) splices.push(...changeValue(context.layout, root, inside, filled(root, 'inside', texts)));
        continue;
      }
      const word = owner.kind === 'lan' ? 'prefixes' : 'lan-address';
      const map = sectionEntries(root, owner.kind).entries.get(owner.name)?.map;
      if (map) changes.push({ subject: owner, word, value: filled(map, word, texts) });
    }
    const fields = setFields(context, changes);
    return 'mistakes' in fields ? fields : [...splices, ...fields];
  });
}

/** The list under `word` with `texts` in place of its `carve`s, as far as they go. */
function filled(map: MapNode, word: string, texts: readonly string[]): string[] {
  let nth = 0;
  return writtenList(map, word).map((text) => (text === 'carve' ? (texts[nth++] ?? text) : text));
}

/** As the planner carves it. */
export interface Carved {
  readonly owner: { readonly kind: 'inside' } | { readonly kind: 'lan' | 'machine'; readonly name: string };
  readonly text: string;
}

/** As the planner gives it. */
export interface GivenDeviceAddress {
  readonly device: string;
  readonly kind: 'router' | 'machine';
  readonly address: Address;
}

/** How the file spells the addresses of a device. */
function spellings({ layout }: EditContext) {
  const entries = {
    router: sectionEntries(layout.root, 'router').entries,
    machine: sectionEntries(layout.root, 'machine').entries,
  };
  return (kind: 'router' | 'machine', name: string): readonly string[] => {
    const map = entries[kind].get(name)?.map;
    return map === undefined ? [] : writtenList(map, 'address');
  };
}

function canonical(text: string): string {
  const address = parseAddress(text);
  return address === null ? text : formatAddress(address);
}

export interface FieldChange {
  readonly subject: Subject;
  readonly word: string;
  readonly value: FieldValue;
}

const SECTIONS = { router: 'routers', machine: 'machines', lan: 'lans' } as const;

function sectionEntries(root: MapNode, kind: Subject['kind']) {
  const owner = mapUnder(root, SECTIONS[kind]);
  return { owner, entries: new Map(entriesOf(owner).map((entry) => [entry.name, entry])) };
}

/** The splices for all changes; words that a subject lacks are added in the order given. */
export function setFields({ layout }: EditContext, changes: readonly FieldChange[]): EditPlan {
  const splices: Splice[] = [];
  const sections = {
    router: sectionEntries(layout.root, 'router'),
    machine: sectionEntries(layout.root, 'machine'),
    lan: sectionEntries(layout.root, 'lan'),
  };
  for (const each of Map.groupBy(changes, ({ subject }) => `${subject.kind} ${subject.name}`).values()) {
    const { kind, name } = each[0]!.subject;
    const { owner, entries } = sections[kind];
    const entry = entries.get(name);
    if (entry === undefined || owner === undefined)
      return unknownName(layout.source, 'change', kind === 'lan' ? 'LAN' : kind, name, entries.keys());
    splices.push(...changeEntry(layout, owner, entry, each));
  }
  return splices;
}

function changeEntry(layout: Layout, owner: MapNode, { pair, map }: Entry, changes: readonly FieldChange[]): Splice[] {
  const added: Pair[] = [];
  const removed: PairNode[] = [];
  const splices: Splice[] = [];
  for (const { word, value } of changes) {
    const field = map && findPair(map, word);
    if (value === null) removed.push(...(field ? [field] : []));
    else if (map === undefined || field === undefined) added.push([word, value]);
    else splices.push(...changeValue(layout, map, field, value));
  }
  if (map !== undefined) splices.push(...removePairs(layout, map, removed));
  return [...splices, ...insertUnder(layout, owner, pair, added)];
}
