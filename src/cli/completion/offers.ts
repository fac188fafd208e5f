/**
 * What a shell offers at the end of a line that is being typed. Knows the table of verbs; the network's names are asked
 * for only where one fits.
 */

import { GLOBAL_OPTIONS } from '../command-line/globals.ts';
import type { Completes, Option, Positional, Verb } from '../verb.ts';

/** Names of a network file, by what they name. */
export interface DescribedNames {
  readonly routers: readonly string[];
  readonly machines: readonly string[];
  readonly lans: readonly string[];
  readonly hosts: readonly string[];
  readonly groups: readonly string[];
}

export interface Offer {
  readonly word: string;
  readonly what: string;
}

/** Words to choose from, or a kind of path for the shell itself to complete. */
export type Offers = readonly Offer[] | 'file' | 'folder';

/**
 * The offers for `words`, of which the last is being typed (maybe empty). `namesIn` reads the names of a network file,
 * of the usual one without an argument.
 */
export function offersFor(
  words: readonly string[],
  verbs: readonly Verb[],
  namesIn: (file: string | undefined) => DescribedNames,
): Offers {
  const current = words.at(-1) ?? '';
  const typed = readTyped(words.slice(0, -1), verbs);
  const named = (completes: Completes) => nameOffers(completes, namesIn(typed.file));
  const valuesOf = (slot: Option | Positional): Offers => {
    if (slot.words !== undefined) return slot.words.map((word) => ({ word, what: '' }));
    if (slot.completes === undefined) return [];
    return slot.completes === 'file' || slot.completes === 'folder' ? slot.completes : named(slot.completes);
  };
  if (typed.open !== null) return fitting(valuesOf(typed.open), current);
  const inline = /^--([a-z0-9-]+)=(.*)$/s.exec(current);
  if (inline !== null) {
    const option = typed.options.find((each) => each.name === inline[1]);
    const values = option === undefined ? [] : fitting(valuesOf(option), inline[2]!);
    return typeof values === 'string'
      ? values
      : values.map(({ word, what }) => ({ word: `--${inline[1]}=${word}`, what }));
  }
  if (current.startsWith('-') && !typed.isLiteral) {
    const open = typed.options.filter((option) => option.isList || !typed.given.has(option.name));
    return fitting(
      open.map((option) => ({ word: `--${option.name}`, what: option.summary })),
      current,
    );
  }
  if (typed.verb === null) return fitting(verbOffers(typed.before, verbs), current);
  const { positionals } = typed.verb;
  const slot = positionals[typed.positionals] ?? (positionals.at(-1)?.isList ? positionals.at(-1) : undefined);
  return slot === undefined ? [] : fitting(valuesOf(slot), current);
}

interface Typed {
  readonly verb: Verb | null;
  /** Words of a verb that is not whole yet: `add`. */
  readonly before: readonly string[];
  readonly positionals: number;
  /** Options that may follow, and those that are given. */
  readonly options: readonly Option[];
  readonly given: ReadonlySet<string>;
  /** The option that waits for its value. */
  readonly open: Option | null;
  readonly file: string | undefined;
  /** Behind `--`. */
  readonly isLiteral: boolean;
}

function readTyped(words: readonly string[], verbs: readonly Verb[]): Typed {
  let verb: Verb | null = null;
  let before: string[] = [];
  let positionals = 0;
  let open: Option | null = null;
  let file: string | undefined;
  let isLiteral = false;
  const given = new Set<string>();
  const optionsOf = () => [...(verb?.options ?? []), ...GLOBAL_OPTIONS];
  for (const word of words) {
    if (open !== null) {
      if (open.name === 'file') file = word;
      open = null;
    } else if (!isLiteral && word === '--') {
      isLiteral = true;
    } else if (!isLiteral && word.startsWith('-') && word !== '-') {
      const [name = '', value] = word.slice(2).split('=', 2);
      const option = optionsOf().find((each) => each.name === name);
      given.add(name);
      if (name === 'file' && value !== undefined) file = value;
      if (option?.value !== undefined && value === undefined) open = option;
    } else if (verb === null) {
      before = [...before, word];
      verb = verbs.find((each) => each.name === before.join(' ')) ?? null;
    } else {
      if (verb.positionals[positionals]?.name === 'FILE') file = word;
      positionals++;
    }
  }
  return { verb, before, positionals, options: optionsOf(), given, open, file, isLiteral };
}

/** First words of verbs, or the second ones behind `before`. */
function verbOffers(before: readonly string[], verbs: readonly Verb[]): Offer[] {
  const offers = new Map<string, string[]>();
  for (const { name, summary } of verbs) {
    const parts = name.split(' ');
    if (!before.every((word, i) => parts[i] === word)) continue;
    const word = parts[before.length];
    if (word === undefined) continue;
    const rest = parts.slice(before.length + 1).join(' ');
    offers.set(word, [...(offers.get(word) ?? []), rest === '' ? summary : rest]);
  }
  return [...offers].map(([word, what]) => ({ word, what: what.join(', ') }));
}

function nameOffers(completes: Completes, names: DescribedNames): Offer[] {
  const as = (what: string, list: readonly string[]) => list.map((word) => ({ word, what }));
  switch (completes) {
    case 'machine':
      return as('machine', names.machines);
    case 'lan':
      return as('LAN', names.lans);
    default:
      return [
        ...as('router', names.routers),
        ...as('machine', names.machines),
        ...as('LAN', names.lans),
        ...as('host', names.hosts),
        ...as('group', names.groups),
      ];
  }
}

function fitting(offers: Offers, current: string): Offers {
  return typeof offers === 'string' ? offers : offers.filter(({ word }) => word.startsWith(current));
}
