/**
 * Shapes: what may stand in a file, as values. From one shape come the reading of a node (with places, mistakes and
 * nearest words) and its JSON Schema.
 *
 * `record` has the words of a table, `named` has names that the writer chooses. A shape knows nothing outside its own
 * node: what two places must agree on is checked in `../rules` files.
 */

import { isAlias, isMap, isScalar, isSeq, type ParsedNode, type Scalar } from 'yaml';
import type { DiagnosticCode } from '../codes.ts';
import type { Diagnostic, Place, Sourced } from '../diagnostic.ts';
import { placeBetween, type SourceText } from '../source-text.ts';
import { quoted } from '../visible.ts';
import { nearestWord } from './nearest-word.ts';

export type JsonSchema = { readonly [keyword: string]: unknown };

export interface Shape<T> {
  readonly schema: JsonSchema;
  /**
   * What `node` says. Mistakes are reported, and what they spoil is missing from the value: an element from a list, a
   * word from a record, a single value altogether. So one mistake hides no other, and none is reported twice.
   */
  read(node: ParsedNode | null, slot: Slot, reader: Reader): T | undefined;
}

/** What a node is the value of: `"mtu" of machine "phone"`, and where that is said. */
export interface Slot {
  readonly label: string;
  readonly place: Place;
}

export interface Reader {
  readonly source: SourceText;
  readonly diagnostics: Diagnostic[];
}

/** Why a text is not a value of some shape. */
export interface Mistake {
  readonly code: DiagnosticCode;
  readonly reason: string;
  readonly help?: readonly string[];
}

export function isMistake(result: object): result is Mistake {
  return 'reason' in result;
}

export function report(
  reader: Reader,
  code: DiagnosticCode,
  place: Place,
  message: string,
  help: readonly string[] = [],
  notes: Diagnostic['notes'] = [],
): undefined {
  reader.diagnostics.push({ code, severity: 'error', place, message, notes, help });
  return undefined;
}

export function nodePlace(reader: Reader, node: ParsedNode): Place {
  return placeBetween(reader.source, node.range[0], node.range[1]);
}

/** A single value; `parse` gets its text, quotes removed, and never a number that YAML has already rounded. */
export function scalar<T>(
  what: string,
  schema: JsonSchema,
  parse: (text: string) => { readonly value: T } | Mistake,
): Shape<Sourced<T>> {
  return {
    schema,
    read(node, slot, reader) {
      if (isNothing(node))
        return report(reader, 'value-missing', slot.place, `Cannot read ${slot.label}: it has no value`, [
          `write ${what}`,
        ]);
      const place = nodePlace(reader, node);
      if (!isScalar(node)) return wrongKind(reader, slot, node, what, `write ${what}`);
      const text = scalarText(node);
      const result = parse(text);
      if (!isMistake(result)) return { value: result.value, place };
      return report(
        reader,
        result.code,
        place,
        `Cannot use ${result.code === 'bad-key' ? 'this' : quoted(text)} as ${slot.label}: ${result.reason}`,
        result.help,
      );
    },
  };
}

/** One of a closed list of words. */
export function word<const T extends string>(words: readonly T[]): Shape<Sourced<T>> {
  return scalar<T>(`one of ${words.join(', ')}`, { enum: words }, (text) => {
    const value = words.find((each) => each === text);
    if (value !== undefined) return { value };
    const nearest = nearestWord(text, words);
    return {
      code: 'unknown-value',
      reason: 'there is no such word here',
      help: [...(nearest ? [`write ${nearest}`] : []), `known words: ${words.join(', ')}`],
    };
  });
}

/** A list; of the mistaken elements only the mistakes remain. */
export function list<T>(what: string, element: Shape<T>, schema: JsonSchema = {}): Shape<readonly T[]> {
  return {
    schema: { type: 'array', items: element.schema, ...schema },
    read(node, slot, reader) {
      if (isNothing(node)) {
        const help = [`write a list of ${what}, in brackets`];
        report(reader, 'value-missing', slot.place, `Cannot read ${slot.label}: it has no value`, help);
        return [];
      }
      if (!isSeq<ParsedNode>(node)) {
        const inBrackets = isScalar(node) ? bracketed(node) : `write a list of ${what}`;
        wrongKind(reader, slot, node, `a list of ${what}`, inBrackets);
        return [];
      }
      const values: T[] = [];
      for (const item of node.items) {
        const value = element.read(
          item,
          { label: slot.label, place: isNothing(item) ? slot.place : nodePlace(reader, item) },
          reader,
        );
        if (value !== undefined) values.push(value);
      }
      return values;
    },
  };
}

/** A list, or its single element without brackets. */
export function listOrOne<T>(what: string, element: Shape<T>): Shape<readonly T[]> {
  const several = list(what, element);
  return {
    schema: { anyOf: [element.schema, several.schema] },
    read(node, slot, reader) {
      if (isNothing(node) || !isScalar(node)) return several.read(node, slot, reader);
      const value = element.read(node, slot, reader);
      return value === undefined ? [] : [value];
    },
  };
}

export interface Field<T, Required extends boolean = boolean> {
  readonly shape: Shape<T>;
  readonly required: Required;
  readonly description: string;
}

export function required<T>(shape: Shape<T>, description: string): Field<T, true> {
  return { shape, required: true, description };
}

export function optional<T>(shape: Shape<T>, description: string): Field<T, false> {
  return { shape, required: false, description };
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

/** What a record says: each word that is present and without mistakes, and where each present word stands. */
export type RecordValue<F extends Fields> = {
  readonly [K in keyof F]?: F[K] extends Field<infer T> ? T : never;
} & { readonly places: ReadonlyMap<string, Place>; readonly place: Place };

/** A mapping with the words of `fields`. `elsewhere` explains words that people know from other programs. */
export function record<F extends Fields>(
  fields: F,
  elsewhere: Readonly<Record<string, Mistake>> = {},
): Shape<RecordValue<F>> {
  const words = Object.keys(fields);
  return {
    schema: {
      type: 'object',
      properties: Object.fromEntries(
        words.map((each) => [each, { ...fields[each]!.shape.schema, description: fields[each]!.description }]),
      ),
      required: words.filter((each) => fields[each]!.required),
      additionalProperties: false,
    },
    read(node, slot, reader) {
      const entries = mappingEntries(node, slot, reader, `known words: ${words.join(', ')}`);
      if (entries === null) return { places: new Map(), place: slot.place } as unknown as RecordValue<F>;
      const value: Record<string, unknown> = {};
      const places = new Map<string, Place>();
      for (const entry of entries) {
        const { text, place } = entry.key;
        const field = Object.hasOwn(fields, text) ? fields[text] : undefined;
        if (field === undefined) {
          unknownWord(reader, entry.key, slot, words, elsewhere);
          continue;
        }
        const first = places.get(text);
        if (first !== undefined) {
          report(
            reader,
            'duplicate-word',
            place,
            `Cannot read ${quoted(text)} of ${slot.label} twice: one of the two would be ignored`,
            ['delete one of them'],
            [{ place: first, message: 'the first one is here' }],
          );
          continue;
        }
        places.set(text, place);
        const read = field.shape.read(entry.value, { label: `${text} of ${slot.label}`, place }, reader);
        if (read !== undefined) value[text] = read;
      }
      for (const each of words) {
        if (fields[each]!.required && !places.has(each))
          report(reader, 'missing-word', slot.place, `Cannot read ${slot.label}: it has no "${each}"`, [
            `${each}: ${fields[each]!.description}`,
          ]);
      }
      return { ...value, places, place: slot.place } as unknown as RecordValue<F>;
    },
  };
}

export interface NamedValue<T> {
  readonly name: Sourced<string>;
  readonly value: T;
}

/** A mapping from chosen names to values, in file order; equal names stay, for whoever checks names to report. `mayBeEmpty`: nothing but a name is enough. */
export function named<T>(
  kind: string,
  key: Shape<Sourced<string>>,
  each: Shape<T>,
  options: { readonly mayBeEmpty: boolean },
): Shape<readonly NamedValue<T>[]> {
  const object = {
    type: 'object',
    propertyNames: key.schema,
    additionalProperties: options.mayBeEmpty ? { anyOf: [each.schema, { type: 'null' }] } : each.schema,
  };
  return {
    schema: { anyOf: [object, { type: 'null' }] },
    read(node, slot, reader) {
      const entries = mappingEntries(
        node,
        slot,
        reader,
        `write a name for each ${kind}, a colon, and what is said about it below`,
      );
      const values: NamedValue<T>[] = [];
      for (const entry of entries ?? []) {
        const { text, place } = entry.key;
        const name = key.read(entry.key.node, { label: `name of a ${kind}`, place }, reader);
        const value = each.read(entry.value, { label: `${kind} ${quoted(text)}`, place }, reader);
        // A mistaken name stays, so that those who use it are not mistaken too.
        if (value !== undefined) values.push({ name: name ?? { value: text, place }, value });
      }
      return values;
    },
  };
}

/** `whole` when the node is a mapping, else `short`. */
export function either<S, W>(short: Shape<S>, whole: Shape<W>): Shape<S | W> {
  return {
    schema: { anyOf: [short.schema, whole.schema] },
    read(node, slot, reader) {
      return isMap(node) ? whole.read(node, slot, reader) : short.read(node, slot, reader);
    },
  };
}

interface Entry {
  readonly key: { readonly text: string; readonly place: Place; readonly node: ParsedNode };
  readonly value: ParsedNode | null;
}

function mappingEntries(node: ParsedNode | null, slot: Slot, reader: Reader, help: string): Entry[] | null {
  if (isNothing(node)) return [];
  if (!isMap<ParsedNode, ParsedNode | null>(node)) {
    wrongKind(reader, slot, node, 'a mapping', help);
    return null;
  }
  const entries: Entry[] = [];
  for (const { key, value } of node.items) {
    const place = nodePlace(reader, key);
    if (!isScalar(key)) {
      report(reader, 'wrong-kind', place, `Cannot use this as a word of ${slot.label}: it is not a single word`);
    } else if (scalarText(key) === '<<') {
      report(
        reader,
        'yaml-feature',
        place,
        'Cannot use merge key "<<": a network file says everything where it belongs',
      );
    } else {
      entries.push({ key: { text: scalarText(key), place, node: key }, value });
    }
  }
  return entries;
}

function unknownWord(
  reader: Reader,
  key: Entry['key'],
  slot: Slot,
  words: readonly string[],
  elsewhere: Readonly<Record<string, Mistake>>,
): void {
  const known = Object.hasOwn(elsewhere, key.text) ? elsewhere[key.text] : undefined;
  const nearest = nearestWord(key.text, words);
  const help = known?.help ?? [...(nearest ? [`write ${nearest}`] : []), `known words: ${words.join(', ')}`];
  report(
    reader,
    known?.code ?? 'unknown-word',
    key.place,
    `Cannot use word ${quoted(key.text)} in ${slot.label}: ${known?.reason ?? 'there is no such word'}`,
    help,
  );
}

function wrongKind(reader: Reader, slot: Slot, node: ParsedNode, wanted: string, help: string): undefined {
  // An alias stands for something unknown, and was refused as such already.
  if (isAlias(node)) return undefined;
  const found = isMap(node) ? 'a mapping' : isSeq(node) ? 'a list' : 'a single value';
  const message = `Cannot read ${slot.label}: it is ${found}, not ${wanted}`;
  return report(reader, 'wrong-kind', nodePlace(reader, node), message, [help]);
}

function bracketed(node: Scalar): string {
  const text = scalarText(node);
  return `put it into brackets: [${text.includes(':') ? quoted(text) : quoted(text).slice(1, -1)}]`;
}

/** Whether nothing is written there: `word:` and no value after it. */
export function isNothing(node: ParsedNode | null): node is null {
  return node === null || (isScalar(node) && node.value === null && (node.source ?? '') === '');
}

/** A scalar as written, quotes and escapes resolved; numbers and `null` as their own text. */
export function scalarText(node: Scalar): string {
  return typeof node.value === 'string' ? node.value : (node.source ?? '');
}
