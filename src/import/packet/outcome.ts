/**
 * What the tables of a machine come to in a plan: filters, translations, clamps.
 *
 * A plan's packets meet one chain after another at a hook, as Linux' do. Chains before routing that drop count at both
 * hooks after it. A translation of prefixes is one thing in a plan and two rules in a kernel; half of one is said to be
 * not understood.
 */

import type { Family } from '../../net/address.ts';
import { formatPrefix, hostPrefix, type Prefix } from '../../net/prefix.ts';
import type { Filter, MssClamp, Origin, Translation, UnknownFact } from '../../plan/plan.ts';
import { expand, type Ground, type StatefulMatches } from './expand.ts';
import { flatten } from './flatten.ts';
import type { Chain, HookName, Rule, Table, Verdict } from './ruleset.ts';

export interface Outcome {
  readonly filters: readonly Filter[];
  readonly translations: readonly Translation[];
  readonly clamps: readonly MssClamp[];
  /** What a plan cannot hold. */
  readonly lost: readonly { readonly origin: Origin; readonly reason: string; readonly concerns: UnknownFact }[];
}

/** Filters, and translations, of one machine; what comes after them is given up. */
const FILTERS_AT_MOST = 50_000;

type Draft<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? Item[] : T[K] };

interface Half {
  readonly translation: Extract<Translation, { kind: 'one-to-one' }>;
  readonly direction: 'in' | 'out';
}

export function outcomeOf(given: Iterable<Table>, machine: Omit<Ground, 'translated'>): Outcome {
  const tables = [...given];
  const ground: Ground = { ...machine, translated: translatedBy(tables) };
  const outcome: Draft<Outcome> = { filters: [], translations: [], clamps: [], lost: [] };
  const halves: Half[] = [];
  const chains = tables
    .flatMap((table) => [...table.chains.values()].filter(({ hook }) => hook).map((chain) => ({ table, chain })))
    .sort((a, b) => a.chain.priority - b.chain.priority);
  for (const { table, chain } of chains) {
    const rules = flatten(table, chain);
    const families = table.family ? [table.family] : ([4, 6] as const);
    const [first] = chain.rules;
    if (rules === null && first) {
      const reason = `cannot follow the jumps of chain ${chain.name}: they come to too many rules`;
      for (const concerns of concernsOf(chain)) outcome.lost.push({ origin: first.origin, reason, concerns });
      continue;
    }
    const name = `${table.name} ${chain.name}`;
    for (const family of families) {
      for (const rule of rules ?? []) addRule(outcome, halves, chain, name, rule, family, ground);
      if (chain.policy?.verdict === 'drop') {
        const { origin } = chain.policy;
        addFilter(outcome, chain, name, { tests: [], verdict: { kind: 'drop' }, origin }, family, [{}]);
      }
    }
  }
  joinHalves(outcome, halves);
  return outcome;
}

/** Which parts of a device a chain decides. */
export function concernsOf({ hook, kind }: Pick<Chain, 'hook' | 'kind'>): UnknownFact[] {
  if (kind === 'nat') return ['translations'];
  // A chain of one's own may be jumped to from anywhere.
  if (hook === undefined) return ['input-filter', 'forward-filter'];
  if (hook === 'input') return ['input-filter'];
  if (hook === 'forward') return kind === 'mangle' ? ['mss-clamps', 'forward-filter'] : ['forward-filter'];
  if (hook === 'output') return ['output-filter'];
  return hook === 'prerouting' ? ['input-filter', 'forward-filter'] : ['forward-filter'];
}

function addRule(
  outcome: Draft<Outcome>,
  halves: Half[],
  chain: Chain,
  name: string,
  rule: Rule,
  family: Family,
  ground: Ground,
): void {
  const { interfaces } = ground;
  const { verdict, origin } = rule;
  const list =
    chain.kind === 'nat' ? outcome.translations : verdict.kind === 'clamp' ? outcome.clamps : outcome.filters;
  if (isFull(outcome, list, origin, chain.kind === 'nat' ? 'translations' : concernsOf(chain)[0]!)) return;
  const matches = expand(rule.tests, family, ground);
  if (matches === null) {
    for (const concerns of concernsOf(chain)) {
      outcome.lost.push({ origin, reason: 'cannot write this rule out: it comes to too many', concerns });
    }
    return;
  }
  if (chain.kind === 'nat') addTranslation(outcome, halves, chain, rule, family, matches, interfaces);
  else if (verdict.kind === 'clamp') addClamp(outcome, rule, verdict, family, matches, interfaces);
  else addFilter(outcome, chain, name, rule, family, matches);
}

function addFilter(
  outcome: Draft<Outcome>,
  chain: Chain,
  name: string,
  { verdict, origin }: Rule,
  family: Family,
  matches: readonly StatefulMatches[],
): void {
  if (verdict.kind !== 'accept' && verdict.kind !== 'drop' && verdict.kind !== 'reject') return;
  for (const hook of filterHooks(chain.hook!)) {
    for (const match of matches) {
      outcome.filters.push({ ...match, action: verdict.kind, hook, chain: `${name} ${family}`, family, origin });
    }
  }
}

function isFull(outcome: Draft<Outcome>, list: readonly unknown[], origin: Origin, concerns: UnknownFact): boolean {
  if (list.length < FILTERS_AT_MOST) return false;
  const reason = 'cannot hold all rules of this machine';
  if (!outcome.lost.some((each) => each.reason === reason && each.concerns === concerns)) {
    outcome.lost.push({ origin, reason, concerns });
  }
  return true;
}

/** Destinations of translations, as prefixes of one address. */
function translatedBy(tables: readonly Table[]): Prefix[] {
  const prefixes = new Map<string, Prefix>();
  for (const table of tables) {
    for (const { rules } of table.chains.values()) {
      for (const { verdict } of rules) {
        if (verdict.kind !== 'destination') continue;
        const prefix = hostPrefix(verdict.address);
        prefixes.set(formatPrefix(prefix), prefix);
      }
    }
  }
  return [...prefixes.values()];
}

/** The hooks of a plan at which a kernel's hook decides. What is dropped after routing was to be forwarded or sent. */
function filterHooks(hook: HookName): NonNullable<Filter['hook']>[] {
  if (hook === 'prerouting') return ['input', 'forward'];
  if (hook === 'postrouting') return ['forward', 'output'];
  return [hook];
}

function addClamp(
  outcome: Draft<Outcome>,
  { origin }: Rule,
  verdict: Extract<Verdict, { kind: 'clamp' }>,
  family: Family,
  matches: readonly StatefulMatches[],
  interfaces: readonly string[],
): void {
  const bytes = verdict.bytes === undefined ? {} : { bytes: verdict.bytes };
  for (const { from, to } of matches) {
    if (to !== undefined) outcome.clamps.push({ family, interface: to, only: 'leaving', ...bytes, origin });
    else if (from !== undefined) outcome.clamps.push({ family, interface: from, only: 'arriving', ...bytes, origin });
    else outcome.clamps.push(...interfaces.map((each) => ({ family, interface: each, ...bytes, origin })));
  }
}

function addTranslation(
  outcome: Draft<Outcome>,
  halves: Half[],
  chain: Chain,
  { verdict, origin }: Rule,
  family: Family,
  matches: readonly StatefulMatches[],
  interfaces: readonly string[],
): void {
  const arrives = chain.hook === 'prerouting';
  // What the machine sends itself, and what is for itself, no host of a network notices.
  if (!arrives && chain.hook !== 'postrouting') return;
  if ('address' in verdict && verdict.address.family !== family) return;
  for (const { states: _, ...match } of matches) {
    switch (verdict.kind) {
      case 'accept':
      case 'return':
        outcome.translations.push({ kind: 'keep', family, ...match, origin });
        break;
      case 'masquerade':
        for (const to of match.to === undefined ? interfaces : [match.to]) {
          outcome.translations.push({ kind: 'masquerade', family, ...match, to, origin });
        }
        break;
      case 'source':
        outcome.translations.push({ kind: 'source', family, ...match, address: verdict.address, origin });
        break;
      case 'destination': {
        const port = verdict.port === undefined ? {} : { port: verdict.port };
        outcome.translations.push({ kind: 'destination', family, ...match, address: verdict.address, ...port, origin });
        break;
      }
      case 'prefix': {
        const [real, seenAs] = arrives ? [verdict.to, verdict.of] : [verdict.of, verdict.to];
        const own = arrives ? match.from : match.to;
        for (const each of own === undefined ? interfaces : [own]) {
          const translation = { kind: 'one-to-one', real, seenAs, interface: each, origin } as const;
          halves.push({ translation, direction: arrives ? 'in' : 'out' });
        }
        break;
      }
    }
  }
}

function joinHalves(outcome: Draft<Outcome>, halves: readonly Half[]): void {
  const nameOf = ({ translation: { real, seenAs, interface: id } }: Half) =>
    `${formatPrefix(real)} ${formatPrefix(seenAs)} ${id}`;
  const directions = new Map<string, Set<Half['direction']>>();
  for (const half of halves) {
    const name = nameOf(half);
    directions.set(name, (directions.get(name) ?? new Set()).add(half.direction));
  }
  const done = new Set<string>();
  for (const half of halves) {
    const name = nameOf(half);
    if (done.has(name)) continue;
    done.add(name);
    if (directions.get(name)!.size === 2) outcome.translations.push(half.translation);
    else {
      const reason = 'cannot hold a translation of prefixes in one direction only';
      outcome.lost.push({ origin: half.translation.origin, reason, concerns: 'translations' });
    }
  }
}
