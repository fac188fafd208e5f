/**
 * One rule of iptables or ip6tables: what follows `-A CHAIN`.
 */

import { type Family, parseAddress } from '../../net/address.ts';
import type { Origin } from '../../plan/plan.ts';
import { readNumber, readPrefix } from '../text/values.ts';
import { readMatch } from './iptables-matches.ts';
import type { HookName, Rule, Test, Verdict } from './ruleset.ts';

/** Where a rule stands. */
export interface RulePlace {
  readonly family: Family;
  /** The hook of a built-in chain; NETMAP turns it round. */
  readonly hook?: HookName;
  readonly origin: Origin;
}

/** Targets after which the packet goes on, as far as anything here looks at it. */
const GOES_ON = new Set([
  'LOG',
  'NFLOG',
  'ULOG',
  'MARK',
  'CONNMARK',
  'CLASSIFY',
  'TOS',
  'DSCP',
  'CHECKSUM',
  'TTL',
  'HL',
  'TRACE',
  'ACCOUNT',
]);

/** The rule, 'never' for one that fits nothing, or why it is not understood. */
export function readIptablesRule(
  words: readonly string[],
  place: RulePlace,
): Rule | 'never' | { readonly why: string } {
  const jump = words.findIndex((word) => ['-j', '--jump', '-g', '--goto'].includes(word));
  // Without a target a rule only counts.
  if (jump < 0 || GOES_ON.has(words[jump + 1] ?? '')) return 'never';
  const tests: Test[] = [];
  let isNever = false;
  let verdict: Verdict = { kind: 'continue' };
  for (let at = 0; at < words.length; ) {
    const isNegated = words[at] === '!';
    if (isNegated) at++;
    const word = words[at];
    if (word === undefined) return { why: 'it ends in "!"' };
    if (word === '-j' || word === '--jump' || word === '-g' || word === '--goto') {
      const name = words[at + 1];
      if (name === undefined) return { why: 'its target is missing' };
      const read = readTarget(name, words, at + 2, place, word.includes('g'), tests);
      if (read === null) return { why: `target ${name}` };
      verdict = read.verdict;
      at = read.next;
      continue;
    }
    const match = readMatch(words, at, isNegated, place.family);
    if (match === 'none' || match === null)
      return { why: `match ${word}${word === '-m' ? ` ${words[at + 1] ?? ''}` : ''}` };
    tests.push(...match.tests);
    isNever ||= match.isNever === true;
    at += match.words;
  }
  if (isNever) return 'never';
  return { tests, verdict, origin: place.origin };
}

function readTarget(
  name: string,
  words: readonly string[],
  at: number,
  place: RulePlace,
  isGoto: boolean,
  tests: readonly Test[],
): { readonly verdict: Verdict; readonly next: number } | null {
  const options = optionsFrom(words, at);
  const done = (verdict: Verdict | null) => verdict && { verdict, next: options.next };
  switch (name) {
    case 'ACCEPT':
      return done({ kind: 'accept' });
    case 'DROP':
      return done({ kind: 'drop' });
    case 'REJECT':
      return done({ kind: 'reject' });
    case 'RETURN':
      return done({ kind: 'return' });
    case 'MASQUERADE':
      return done({ kind: 'masquerade' });
    case 'SNAT': {
      const to = readTranslated(options.values.get('--to-source') ?? options.values.get('--to'));
      return done(to && { kind: 'source', address: to.address });
    }
    case 'DNAT': {
      const to = readTranslated(options.values.get('--to-destination') ?? options.values.get('--to'));
      return done(to && { kind: 'destination', ...to });
    }
    case 'NETMAP': {
      const to = readPrefix(options.values.get('--to') ?? '');
      const field = place.hook === 'prerouting' || place.hook === 'output' ? 'destination' : 'source';
      const own = tests.flatMap((test) => (test.field === field && !test.not ? test.of : []))[0];
      return done(to && own?.length === to.length ? { kind: 'prefix', of: own, to } : null);
    }
    case 'TCPMSS': {
      const bytes = readNumber(options.values.get('--set-mss') ?? '', 65535);
      return done({ kind: 'clamp', ...(bytes !== null && { bytes }) });
    }
    default:
      // Targets of iptables are in capitals; chains of one's own may be, too, and are known when they are made.
      return isGoto
        ? { verdict: { kind: 'goto', chain: name }, next: at }
        : { verdict: { kind: 'jump', chain: name }, next: at };
  }
}

/** Options of a target up to the next match, with their values; an option without one has an empty value. */
function optionsFrom(
  words: readonly string[],
  at: number,
): { readonly values: ReadonlyMap<string, string>; readonly next: number } {
  const values = new Map<string, string>();
  let next = at;
  while (next < words.length && words[next]!.startsWith('--') && words[next] !== '--comment') {
    const value = words[next + 1];
    const hasValue = value !== undefined && !value.startsWith('-');
    values.set(words[next]!, hasValue ? value : '');
    next += hasValue ? 2 : 1;
  }
  return { values, next };
}

/** `10.8.0.2`, `10.8.0.2:8080`, `[fd00::2]:8080`, also a range of addresses or ports, of which the first stands here. */
export function readTranslated(
  text: string | undefined,
): { address: NonNullable<ReturnType<typeof parseAddress>>; port?: number } | null {
  if (text === undefined) return null;
  const match =
    /^\[([^\]]+)\](?::([0-9]+)(?:-[0-9]+)?)?$/.exec(text) ??
    /^([0-9.]+)(?:-[0-9.]+)?(?::([0-9]+)(?:-[0-9]+)?)?$/.exec(text);
  const address = parseAddress(match?.[1] ?? text);
  if (address === null) return null;
  const port = match?.[2] === undefined ? null : readNumber(match[2], 65535);
  return port === null ? { address } : { address, port };
}
