/**
 * What was typed, read by the table of verbs: which verb, its arguments, its options.
 */

import { parseArgs } from 'node:util';
import { nearestWord } from '../../description/schema/nearest-word.ts';
import { quoted } from '../../description/visible.ts';
import type { Option, Verb } from '../verb.ts';
import { GLOBAL_OPTIONS } from './globals.ts';
import { Refused } from './outcome.ts';

export interface CommandLine {
  readonly verb: Verb;
  readonly positionals: readonly string[];
  /** By the option's name; a flag has an empty list, a single value the last one given. */
  readonly options: ReadonlyMap<string, readonly string[]>;
}

/** Asked for before any verb. */
export type Request =
  | { readonly asks: 'help' | 'version'; readonly verb?: undefined }
  | { readonly asks: 'verb-help'; readonly verb: Verb };

/** The command in `words`. Throws `Refused` ("usage" and its kin). */
export function readCommandLine(words: readonly string[], verbs: readonly Verb[]): CommandLine | Request {
  const { verb, rest } = findVerb(words, verbs);
  if (verb === null) return { asks: rest };
  const tokens = tokensOf(rest, [...verb.options, ...GLOBAL_OPTIONS], verb);
  if (tokens.options.has('help')) return { asks: 'verb-help', verb };
  checkPositionals(tokens.positionals, verb);
  return { verb, ...tokens };
}

/** Whether `words` ask for JSON, whatever else is wrong with them. */
export function asksForJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return (end < 0 ? words : words.slice(0, end)).includes('--json');
}

type Found =
  | { readonly verb: Verb; readonly rest: readonly string[] }
  | { readonly verb: null; readonly rest: 'help' | 'version' };

/** The verb is the first word that belongs to no option; options of every verb may stand before it. */
function findVerb(words: readonly string[], verbs: readonly Verb[]): Found {
  let at = 0;
  while (at < words.length && words[at]!.startsWith('-')) {
    const word = words[at]!;
    if (word === '--version') return { verb: null, rest: 'version' };
    const option = GLOBAL_OPTIONS.find((each) => word === `--${each.name}` || word.startsWith(`--${each.name}=`));
    if (option === undefined && word !== '-h') {
      throw unknownOption(word, GLOBAL_OPTIONS, ['options of a verb stand behind it', 'run: wg-router --help']);
    }
    at += option?.value !== undefined && !word.includes('=') ? 2 : 1;
  }
  const first = words[at];
  if (first === undefined) return { verb: null, rest: 'help' };
  const before = words.slice(0, at);
  if (first === 'help') {
    const named = words.slice(at + 1).filter((word) => !word.startsWith('-'));
    return named.length === 0
      ? { verb: null, rest: 'help' }
      : findVerb([...before, ...named.slice(0, 2), '--help'], verbs);
  }
  for (const length of [2, 1]) {
    const name = words.slice(at, at + length).join(' ');
    const verb = verbs.find((each) => each.name === name);
    if (verb !== undefined) return { verb, rest: [...before, ...words.slice(at + length)] };
  }
  throw unknownVerb(first, words[at + 1], verbs);
}

function unknownVerb(first: string, second: string | undefined, verbs: readonly Verb[]): Refused {
  const shown = verbs.filter((verb) => !verb.isHidden);
  const seconds = shown.filter((verb) => verb.name.startsWith(`${first} `)).map((verb) => verb.name.split(' ')[1]!);
  if (seconds.length > 0) {
    const choice = `say which: ${seconds.map((word) => `wg-router ${first} ${word}`).join(', ')}`;
    const isMissing = second === undefined || second.startsWith('-');
    return new Refused(
      isMissing ? 'verb-missing' : 'unknown-verb',
      isMissing ? `Cannot ${first}: it is not said what` : `Cannot ${first} ${quoted(second)}: it is no such thing`,
      [choice],
    );
  }
  const near = nearestWord(first, new Set(shown.map((verb) => verb.name.split(' ')[0]!)));
  return new Refused('unknown-verb', `Cannot run ${quoted(first)}: there is no such command`, [
    ...(near === null ? [] : [`did you mean: wg-router ${near}`]),
    'run: wg-router --help',
  ]);
}

function tokensOf(words: readonly string[], options: readonly Option[], verb: Verb) {
  const { tokens } = parseArgs({
    args: [...words],
    options: {
      ...Object.fromEntries(
        options.map(({ name, value }) => [
          name,
          { type: value === undefined ? ('boolean' as const) : ('string' as const), multiple: true },
        ]),
      ),
      help: { type: 'boolean', short: 'h' },
    },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const option = options.find((each) => each.name === token.name);
    if (option === undefined)
      throw unknownOption(token.rawName, options, [`run: wg-router ${verb.name} --help`], verb.name);
    const present = values.get(option.name) ?? [];
    values.set(option.name, present);
    if (option.value === undefined) {
      if (token.value !== undefined)
        throw usage(verb, 'value-unexpected', `Cannot read --${option.name}: it takes no value`);
      continue;
    }
    present.push(...valuesOf(option, token.value, token.inlineValue === true, verb));
    if (!option.isList && present.length > 1) {
      throw usage(verb, 'option-repeated', `Cannot read --${option.name}: it is given more than once`);
    }
  }
  return { positionals, options: values };
}

function valuesOf(option: Option, value: string | undefined, isInline: boolean, verb: Verb): string[] {
  // `--output --json` forgot the file; `--output=--json` means it, and `-` is standard output.
  const isForgotten = value === undefined || (!isInline && value.length > 1 && value.startsWith('-'));
  const given = isForgotten ? [] : option.isList ? value.split(',').filter((each) => each !== '') : [value];
  if (given.length > 0 && given[0] !== '') return given;
  throw usage(verb, 'value-missing', `Cannot read --${option.name}: its value is missing (${option.value})`);
}

function checkPositionals(given: readonly string[], verb: Verb): void {
  const { positionals } = verb;
  const needed = positionals.filter((each) => !each.isOptional).length;
  if (given.length < needed) {
    const missing = positionals[given.length]!.name;
    throw usage(verb, 'argument-missing', `Cannot ${verb.name}: ${missing} is missing`);
  }
  if (given.length > positionals.length && !positionals.at(-1)?.isList) {
    const surplus = quoted(given[positionals.length]!);
    throw usage(verb, 'argument-surplus', `Cannot ${verb.name}: ${surplus} is one argument too many`);
  }
  if (given.some((each) => each === ''))
    throw usage(verb, 'argument-empty', `Cannot ${verb.name}: an argument is empty`);
}

/** The usage of a verb in one line: `config [MACHINE] [options]`. */
export function usageOf(verb: Verb): string {
  const positionals = verb.positionals.map(({ name, isOptional, isList }) => {
    const text = `${name}${isList ? '…' : ''}`;
    return isOptional ? `[${text}]` : text;
  });
  return ['wg-router', verb.name, ...positionals, '[options]'].join(' ');
}

function usage(verb: Verb, code: string, message: string): Refused {
  return new Refused(code, message, [`usage: ${usageOf(verb)}`, `run: wg-router ${verb.name} --help`]);
}

function unknownOption(rawName: string, options: readonly Option[], help: readonly string[], verb?: string): Refused {
  const name = rawName.replace(/^-+/, '').replace(/=.*$/s, '');
  const near = nearestWord(
    name,
    options.map((option) => option.name),
  );
  const of = verb === undefined ? 'this option' : `option ${quoted(rawName)} of ${verb}`;
  return new Refused(
    'unknown-option',
    `Cannot read ${verb === undefined ? quoted(rawName.replace(/=.*$/s, '')) : of}: there is no such option`,
    [...(near === null ? [] : [`did you mean: --${near}`]), ...help],
  );
}
