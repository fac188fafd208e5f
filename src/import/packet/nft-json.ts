/**
 * `nft -j list ruleset` (libnftables-json(5)), put into the tables of a machine.
 */

import { parseAddress } from '../../net/address.ts';
import type { Place } from '../imported.ts';
import type { Complaints } from '../text/complaints.ts';
import { itemsOf, type Json, type JsonText, listIn, mapIn, numberIn, textIn } from '../text/json.ts';
import { at } from '../text/part.ts';
import { shown } from '../text/quote.ts';
import { readPrefix } from '../text/values.ts';
import { chainKind, familyOfTable, isHook, nftTests, protocolTest } from './nft-meaning.ts';
import { inOrder } from './nft-statements.ts';
import { concernsOf } from './outcome.ts';
import type { Chain, Rule, Table, Test, Verdict } from './ruleset.ts';

/** Reads the whole listing into `tables`. */
export function readNftJson(json: JsonText, tables: Map<string, Table>, complaints: Complaints): void {
  const sets = new Map<string, readonly Json[]>();
  for (const item of listIn(json.root, 'nftables')) {
    const set = mapIn(item, 'set');
    if (set) sets.set(`${textIn(set, 'family')} ${textIn(set, 'table')} ${textIn(set, 'name')}`, listIn(set, 'elem'));
  }
  for (const item of listIn(json.root, 'nftables')) {
    const place = json.placeOf(item);
    const chain = mapIn(item, 'chain');
    const rule = mapIn(item, 'rule');
    const named = chain ?? rule ?? mapIn(item, 'table');
    if (!named) continue;
    const table = tableOf(tables, textIn(named, 'family'), textIn(named, rule || chain ? 'table' : 'name'));
    if (!table) continue;
    if (chain) addChain(table, chain, place);
    if (rule) {
      const own = table.chains.get(textIn(rule, 'chain') ?? '');
      const elementsOf = (name: string) =>
        sets.get(`${textIn(rule, 'family')} ${textIn(rule, 'table')} ${name}`) ?? null;
      if (own) addRule(own, rule, place, elementsOf, complaints);
    }
  }
}

function tableOf(tables: Map<string, Table>, family: string | null, name: string | null): Table | null {
  const kind = familyOfTable(family ?? '');
  if (kind === null || name === null) return null;
  const key = `nft ${family} ${name}`;
  const there = tables.get(key);
  if (there) return there;
  const table: Table = { name: `${family} ${name}`, ...(kind !== 'both' && { family: kind }), chains: new Map() };
  tables.set(key, table);
  return table;
}

function addChain(table: Table, chain: Json, place: Place): void {
  const name = textIn(chain, 'name') ?? '';
  const hook = textIn(chain, 'hook');
  const priority = numberIn(chain, 'prio') ?? 0;
  const base = { name, priority, rules: [] };
  if (hook === null || !isHook(hook)) {
    table.chains.set(name, { ...base, kind: 'filter', policy: null });
    return;
  }
  const verdict = textIn(chain, 'policy') === 'drop' ? 'drop' : 'accept';
  const kind = chainKind(textIn(chain, 'type') ?? 'filter', priority);
  table.chains.set(name, { ...base, hook, kind, policy: { verdict, origin: at(place) } });
}

interface Branch {
  readonly tests: readonly Test[];
  readonly verdict: Verdict;
}

/** Branches when it decides, tests when it narrows, 'never', or null when it is not understood. */
type Statement = { readonly branches: readonly Branch[] } | { readonly tests: readonly Test[] } | 'never' | null;

type ElementsOf = (name: string) => readonly Json[] | null;

function addRule(chain: Chain, rule: Json, place: Place, elementsOf: ElementsOf, complaints: Complaints): void {
  const tests: Test[] = [];
  let branches: readonly Branch[] = [{ tests: [], verdict: { kind: 'continue' } }];
  const expressions = listIn(rule, 'expr');
  if (!expressions.some(decides)) return;
  for (const expression of expressions) {
    const said = statementOf(expression, chain, tests, elementsOf);
    if (said === 'never') return;
    if (said === null) {
      const name = expression.kind === 'map' ? [...expression.entries.keys()].join(' ') : '';
      complaints.notUnderstood(place, `cannot read this rule of nft: ${shown(name)}`, concernsOf(chain));
      return;
    }
    if ('tests' in said) tests.push(...said.tests);
    else branches = said.branches;
  }
  const made = branches.map(
    (branch): Rule => ({ tests: [...tests, ...branch.tests], verdict: branch.verdict, origin: at(place) }),
  );
  chain.rules.push(...made);
}

/** A rule without any such expression only counts, logs or marks. */
function decides(expression: Json): boolean {
  if (expression.kind !== 'map') return true;
  const [name, value] = [...expression.entries][0] ?? ['', expression];
  if (name === 'mangle') return mapIn(mapIn(value, 'key'), 'tcp option') !== undefined;
  return !['match', 'counter', 'log', 'notrack', 'limit', 'quota'].includes(name);
}

function statementOf(expression: Json, chain: Chain, before: readonly Test[], elementsOf: ElementsOf): Statement {
  if (expression.kind !== 'map') return null;
  const [name, value] = [...expression.entries][0] ?? ['', expression];
  switch (name) {
    case 'match':
      return matchOf(value, elementsOf);
    case 'accept':
    case 'drop':
    case 'return':
    case 'reject':
      return decide({ kind: name });
    case 'jump':
    case 'goto':
      return decide({ kind: name, chain: textIn(value, 'target') ?? '' });
    case 'counter':
    case 'log':
    case 'notrack':
    case 'continue':
      return { tests: [] };
    case 'limit':
      // Ordinary flows stay below a rate that accepts, and below one that is there to be exceeded.
      return mapIn(value, 'inv')?.kind === 'literal' ? 'never' : { tests: [] };
    case 'masquerade':
      return decide({ kind: 'masquerade' });
    case 'snat':
    case 'dnat':
      return translationOf(name, value, chain, before);
    case 'vmap':
      return verdictMapOf(value);
    case 'mangle':
      return mangleOf(value);
    default:
      return null;
  }
}

function decide(verdict: Verdict): Statement {
  return { branches: [{ tests: [], verdict }] };
}

function matchOf(value: Json, elementsOf: ElementsOf): Statement {
  const left = mapIn(value, 'left');
  const right = mapIn(value, 'right');
  if (!left || !right) return null;
  const flags = tcpFlagsOf(left, right, textIn(value, 'op') === '==');
  if (flags) return flags;
  const words = leftWords(left);
  const values = valuesOf(right, elementsOf);
  if (words === null || values === null) return null;
  const tests = nftTests(words, values, textIn(value, 'op') === '!=');
  return tests === null || tests === 'never' ? tests : { tests };
}

/** The left side in the words of nft's text. */
function leftWords(left: Json): string | null {
  const meta = mapIn(left, 'meta');
  if (meta) return textIn(meta, 'key');
  const payload = mapIn(left, 'payload');
  if (payload) return `${textIn(payload, 'protocol')} ${textIn(payload, 'field')}`;
  const [first] = listIn(left, 'concat');
  // `icmpv6 type . icmpv6 code`: the type decides.
  if (first) return /^icmp(v6)? type$/.test(leftWords(first) ?? '') ? leftWords(first) : null;
  const ct = mapIn(left, 'ct');
  if (ct) return `ct ${textIn(ct, 'key')}`;
  const fib = mapIn(left, 'fib');
  if (fib) {
    const flags = listIn(fib, 'flags').map((each) => (each.kind === 'text' ? each.value : ''));
    return `fib ${flags.join(',')} ${textIn(fib, 'result')}`;
  }
  return null;
}

/** Values as nft's text would have them. */
function valuesOf(right: Json, elementsOf: ElementsOf): readonly string[] | null {
  if (right.kind === 'text' && right.value.startsWith('@')) {
    const elements = elementsOf(right.value.slice(1));
    return elements && flat(elements.map((each) => valuesOf(each, elementsOf)));
  }
  if (right.kind === 'text') return [right.value];
  if (right.kind === 'number') return [String(right.value)];
  if (right.kind === 'list') return flat(right.items.map((each) => valuesOf(each, elementsOf)));
  const set = mapIn(right, 'set');
  if (set) return flat(itemsOf(set).map((each) => valuesOf(each, elementsOf)));
  const prefix = mapIn(right, 'prefix');
  if (prefix) return [`${textIn(prefix, 'addr')}/${textIn(prefix, 'len')}`];
  const range = listIn(right, 'range');
  const [first, last] = range.map((each) => valuesOf(each, elementsOf)?.[0]);
  if (first && last) return [`${first}-${last}`];
  const [joined] = listIn(right, 'concat');
  if (joined) return valuesOf(joined, elementsOf);
  const element = mapIn(right, 'elem');
  const inner = mapIn(element, 'val');
  return inner ? valuesOf(inner, elementsOf) : null;
}

function flat(lists: readonly (readonly string[] | null)[]): readonly string[] | null {
  const known = lists.filter((each) => each !== null);
  return known.length === lists.length ? known.flat() : null;
}

/** `tcp flags & (syn|rst) == syn`, and what no ordinary connection sends. */
function tcpFlagsOf(left: Json, right: Json, isEqual: boolean): Statement {
  const masked = listIn(left, '&');
  const payload = mapIn(masked[0] ?? left, 'payload');
  if (textIn(payload, 'protocol') !== 'tcp' || textIn(payload, 'field') !== 'flags') return null;
  const names = (value: Json | undefined): string[] => {
    if (value?.kind === 'text') return [value.value];
    if (value?.kind === 'list') return value.items.flatMap(names);
    return value?.kind === 'map' ? [...value.entries.values()].flatMap(names) : [];
  };
  const mask = names(masked[1]);
  const wanted = names(right);
  if (wanted.join() !== 'syn') return 'never';
  const isFirst = isEqual ? mask.length === 0 || mask.includes('ack') : false;
  return { tests: [protocolTest('tcp'), ...(isFirst ? [{ field: 'states', of: ['new'], not: false } as const] : [])] };
}

function translationOf(name: 'snat' | 'dnat', value: Json, chain: Chain, before: readonly Test[]): Statement {
  const addr = mapIn(value, 'addr');
  if (addr === undefined) return null;
  if (addr.kind === 'text' && mapIn(value, 'type_flags') === undefined) {
    const address = parseAddress(addr.value);
    const port = numberIn(value, 'port');
    if (address === null) return null;
    return decide(
      name === 'snat' ? { kind: 'source', address } : { kind: 'destination', address, ...(port !== null && { port }) },
    );
  }
  const map = mapIn(addr, 'map');
  const field = name === 'snat' ? 'source' : 'destination';
  if (!map) {
    const to = readPrefix(valuesOf(addr, () => null)?.[0] ?? '');
    const of = before.flatMap((test) => (test.field === field && !test.not ? test.of : []))[0];
    return to && of?.length === to.length && chain.kind === 'nat' ? decide({ kind: 'prefix', of, to }) : null;
  }
  const branches: Branch[] = [];
  for (const pair of itemsOf(mapIn(mapIn(map, 'data'), 'set') ?? addr)) {
    const [from, into] = itemsOf(pair).map((each) => readPrefix(valuesOf(each, () => null)?.[0] ?? ''));
    if (!from || !into || from.length !== into.length || from.family !== into.family) return null;
    branches.push({ tests: [{ field, of: [from], not: false }], verdict: { kind: 'prefix', of: from, to: into } });
  }
  return branches.length > 0 ? { branches } : null;
}

function verdictMapOf(value: Json): Statement {
  const left = leftWords(mapIn(value, 'key') ?? value);
  const data = mapIn(mapIn(value, 'data'), 'set');
  if (left === null || !data) return null;
  const branches: Branch[] = [];
  for (const pair of itemsOf(data)) {
    const [key, said] = itemsOf(pair);
    const values = key && valuesOf(key, () => null);
    const tests = values && nftTests(left, values, false);
    const name = said?.kind === 'map' ? [...said.entries.keys()][0] : undefined;
    if (!tests || !said) return null;
    if (tests === 'never') continue;
    if (name === 'accept' || name === 'drop' || name === 'return' || name === 'continue') {
      branches.push({ tests, verdict: { kind: name } });
    } else if (name === 'jump' || name === 'goto') {
      branches.push({ tests, verdict: { kind: name, chain: textIn(mapIn(said, name), 'target') ?? '' } });
    } else return null;
  }
  return { branches: inOrder(branches) };
}

/** Marks go on; the largest segment size is a clamp. */
function mangleOf(value: Json): Statement {
  const key = mapIn(value, 'key');
  if (mapIn(key, 'meta') || mapIn(key, 'ct')) return { tests: [] };
  if (textIn(mapIn(key, 'tcp option'), 'name') !== 'maxseg') return null;
  const bytes = numberIn(value, 'value');
  return { branches: [{ tests: [protocolTest('tcp')], verdict: { kind: 'clamp', ...(bytes !== null && { bytes }) } }] };
}
