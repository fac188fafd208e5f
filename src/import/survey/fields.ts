/**
 * Reading values of a survey: each function returns what the value says, or complains and returns undefined.
 */

import { type Address, parseAddress } from '../../net/address.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { Fact } from '../../plan/plan.ts';
import type { Place } from '../imported.ts';
import type { Complaints } from '../text/complaints.ts';
import { factAt } from '../text/part.ts';
import { quote, shown } from '../text/quote.ts';
import { type AddressWithLength, readAddressWithLength, readPrefix } from '../text/values.ts';
import type { Entry, Value } from './yaml.ts';

/** Names and texts of a survey are no longer. */
const TEXT_AT_MOST = 2_000;

export type FieldReader<T> = (value: Value, complaints: Complaints) => T | undefined;

/** Calls the reader of each word of a mapping; complains of words it has none for. */
export function readWords(
  value: Value,
  what: string,
  readers: Readonly<Record<string, (value: Value, keyPlace: Place) => void>>,
  complaints: Complaints,
): void {
  for (const { key, keyPlace, value: each } of entriesOf(value, what, complaints)) {
    if (Object.hasOwn(readers, key)) readers[key]!(each, keyPlace);
    else {
      complaints.mistake('word-unknown', keyPlace, `Cannot use ${quote(key)} in ${what}: a survey does not know it`, {
        help: [`it knows ${Object.keys(readers).join(', ')}`],
      });
    }
  }
}

/** Entries of a mapping; none of an empty value. */
export function entriesOf(value: Value, what: string, complaints: Complaints): readonly Entry[] {
  if (value.kind === 'map') return value.entries;
  if (value.kind === 'scalar' && value.value === null) return [];
  wrongKind(value, `${what}: a mapping stands here`, complaints);
  return [];
}

/** Items of a list; a single value is a list of one, an empty one of none. */
export function itemsOf(value: Value): readonly Value[] {
  if (value.kind === 'list') return value.items;
  if (value.kind === 'scalar' && value.value === null) return [];
  return [value];
}

export function listOf<T>(value: Value, reader: FieldReader<T>, complaints: Complaints): T[] {
  return itemsOf(value).flatMap((item) => {
    const read = reader(item, complaints);
    return read === undefined ? [] : [read];
  });
}

export const text: FieldReader<Fact<string>> = (value, complaints) => {
  if (value.kind !== 'scalar' || value.value === null) return wrongKind(value, 'a text stands here', complaints);
  if (value.text.length > TEXT_AT_MOST)
    return wrongKind(value, `a text has ${TEXT_AT_MOST} characters at most`, complaints);
  return factAt(value.text, value.place);
};

export const flag: FieldReader<Fact<boolean>> = (value, complaints) => {
  if (value.kind !== 'scalar') return wrongKind(value, 'true or false stands here', complaints);
  const said = typeof value.value === 'boolean' ? value.value : FLAGS.get(value.text.toLowerCase());
  return said === undefined ? wrongKind(value, 'true or false stands here', complaints) : factAt(said, value.place);
};

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ['yes', true],
  ['on', true],
  ['no', false],
  ['off', false],
]);

export function numberUpTo(most: number): FieldReader<Fact<number>> {
  return (value, complaints) => {
    const number = value.kind === 'scalar' ? value.value : null;
    if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= most) {
      return factAt(number, value.place);
    }
    return wrongKind(value, `a number from 0 to ${most} stands here`, complaints);
  };
}

export function oneOf<T extends string>(words: readonly T[]): FieldReader<Fact<T>> {
  return (value, complaints) => {
    // A word that YAML reads as a truth value is a word here.
    const said = value.kind === 'scalar' ? value.text : '';
    const word = words.find((each) => each === said);
    return word === undefined
      ? wrongKind(value, `one of ${words.join(', ')} stands here`, complaints)
      : factAt(word, value.place);
  };
}

export const address: FieldReader<Fact<Address>> = (value, complaints) => {
  const said = value.kind === 'scalar' ? parseAddress(value.text) : null;
  return said ? factAt(said, value.place) : wrongKind(value, 'an address stands here', complaints);
};

export const prefix: FieldReader<Fact<Prefix>> = (value, complaints) => {
  const said = value.kind === 'scalar' ? readPrefix(value.text) : null;
  return said ? factAt(said, value.place) : wrongKind(value, 'a prefix stands here', complaints);
};

export const addressWithLength: FieldReader<Fact<AddressWithLength>> = (value, complaints) => {
  const said = value.kind === 'scalar' ? readAddressWithLength(value.text) : null;
  return said ? factAt(said, value.place) : wrongKind(value, 'an address with a length stands here', complaints);
};

export function wrongKind(value: Value, reason: string, complaints: Complaints): undefined {
  const what =
    value.kind === 'scalar' ? (value.value === null ? 'nothing' : quote(value.text)) : `a ${shown(value.kind)}`;
  complaints.mistake('value-wrong', value.place, `Cannot use ${what}: ${reason}`);
  return undefined;
}
