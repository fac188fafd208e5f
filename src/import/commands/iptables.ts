/**
 * iptables and ip6tables as hooks call them.
 */

import type { Family } from '../../net/address.ts';
import { iptablesTable } from '../machine/draft.ts';
import { readIptablesRule } from '../packet/iptables-rule.ts';
import { concernsOf } from '../packet/outcome.ts';
import { ruleText } from '../packet/rule-text.ts';
import type { Chain, Rule, Table } from '../packet/ruleset.ts';
import { at } from '../text/part.ts';
import { shown } from '../text/quote.ts';
import { FILTERING, type HookContext, type Status } from './context.ts';

const COMMANDS: ReadonlyMap<string, string> = new Map([
  ['--append', '-A'],
  ['--insert', '-I'],
  ['--delete', '-D'],
  ['--check', '-C'],
  ['--replace', '-R'],
  ['--flush', '-F'],
  ['--policy', '-P'],
  ['--new-chain', '-N'],
  ['--new', '-N'],
  ['--delete-chain', '-X'],
  ['--list', '-L'],
  ['--list-rules', '-S'],
  ['--zero', '-Z'],
]);

const TAKES_CHAIN = new Set(['-A', '-I', '-D', '-C', '-R', '-F', '-P', '-N', '-X', '-L', '-S', '-Z']);

export function runIptables(family: Family, args: readonly string[], context: HookContext): Status {
  const call = readCall(args);
  if (call === null) return misunderstood('its arguments', args, context, FILTERING);
  const table = iptablesTable(context.draft, family, call.table);
  if (table === null) return misunderstood(`table ${call.table}`, args, context, FILTERING);
  const { command, chain: name } = call;
  const chain = name === null ? null : (table.chains.get(name) ?? null);
  switch (command) {
    case '-L':
    case '-S':
      return name === null || chain !== null;
    case '-Z':
      return true;
    case '-N':
      if (name === null || chain !== null) return false;
      table.chains.set(name, { name, kind: kindOf(call.table), priority: 0, policy: null, rules: [] });
      return true;
    case '-X':
      if (name !== null && chain === null) return false;
      if (name !== null && !chain?.hook) table.chains.delete(name);
      return true;
    case '-F':
      if (name !== null && chain === null) return false;
      for (const each of chain ? [chain] : table.chains.values()) each.rules.length = 0;
      return true;
    case '-P': {
      const verdict = call.rest[0] === 'ACCEPT' ? 'accept' : call.rest[0] === 'DROP' ? 'drop' : null;
      if (!chain?.hook || verdict === null) return misunderstood('its policy', args, context, FILTERING);
      chain.policy = { verdict, origin: at(context.place) };
      return true;
    }
  }
  if (name === null) return misunderstood('its chain', args, context, FILTERING);
  const own = chain ?? (name === DOCKER_USER ? dockerChain(table, context) : null);
  if (own === null) {
    return command === '-C' || command === '-D' ? false : misunderstood(`chain ${name}`, args, context, FILTERING);
  }
  return changeRules(command, table, own, call.rest, args, family, context);
}

/** Docker's chain for rules that go before its own; FORWARD begins with a jump to it. */
const DOCKER_USER = 'DOCKER-USER';

function dockerChain(table: Table, { place }: HookContext): Chain | null {
  const forward = table.chains.get('FORWARD');
  if (forward?.kind !== 'filter') return null;
  const chain: Chain = { name: DOCKER_USER, kind: 'filter', priority: 0, policy: null, rules: [] };
  table.chains.set(DOCKER_USER, chain);
  forward.rules.unshift({ tests: [], verdict: { kind: 'jump', chain: DOCKER_USER }, origin: at(place) });
  return chain;
}

interface Call {
  readonly table: string;
  readonly command: string;
  readonly chain: string | null;
  readonly rest: readonly string[];
}

function readCall(args: readonly string[]): Call | null {
  let table = 'filter';
  let command: string | null = null;
  let chain: string | null = null;
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const word = COMMANDS.get(args[i]!) ?? args[i]!;
    if (word === '-t' || word === '--table') table = args[++i] ?? '';
    else if (word === '-w' || word === '--wait' || word === '-W') {
      if (/^[0-9]+$/.test(args[i + 1] ?? '')) i++;
    } else if (word === '-n' || word === '-v' || word === '--line-numbers' || word === '-nL' || word === '-nvL') {
      if (word.endsWith('L')) command = '-L';
    } else if (command === null && TAKES_CHAIN.has(word)) {
      command = word;
      if (args[i + 1] !== undefined && !args[i + 1]!.startsWith('-')) chain = args[++i]!;
    } else rest.push(args[i]!);
  }
  return command === null ? null : { table, command, chain, rest };
}

function changeRules(
  command: string,
  table: Table,
  chain: Chain,
  rest: readonly string[],
  args: readonly string[],
  family: Family,
  context: HookContext,
): Status {
  const number = /^[0-9]{1,6}$/.test(rest[0] ?? '') ? Number(rest[0]) : null;
  if (command === '-D' && number !== null) {
    if (number < 1 || number > chain.rules.length) return false;
    chain.rules.splice(number - 1, 1);
    return true;
  }
  const words = number === null ? rest : rest.slice(1);
  const said = readIptablesRule(words, { family, ...(chain.hook && { hook: chain.hook }), origin: at(context.place) });
  if (said !== 'never' && 'why' in said) {
    // Looking for or deleting what cannot be read changes nothing that was.
    if (command === '-C' || command === '-D') return null;
    return misunderstood(said.why, args, context, concernsOf(chain));
  }
  const read = said === 'never' ? placeholder(words, context) : said;
  const { verdict } = read;
  if ((verdict.kind === 'jump' || verdict.kind === 'goto') && !table.chains.has(verdict.chain)) {
    return command === '-C' || command === '-D'
      ? false
      : misunderstood(`target ${verdict.chain}`, args, context, concernsOf(chain));
  }
  const there = indexOfRule(chain, read);
  switch (command) {
    case '-C':
      return there >= 0;
    case '-D':
      if (there < 0) return false;
      chain.rules.splice(there, 1);
      return true;
    case '-A':
      // A survey may repeat a rule of the hooks: the first of two alike decides.
      chain.rules.push(read);
      return true;
    case '-I':
      chain.rules.splice(Math.min((number ?? 1) - 1, chain.rules.length), 0, read);
      return true;
    case '-R':
      if (number === null || number < 1 || number > chain.rules.length) return false;
      chain.rules[number - 1] = read;
      return true;
    default:
      return misunderstood(command, args, context, concernsOf(chain));
  }
}

/** A rule that decides nothing keeps its place: others are counted from it. */
function placeholder(words: readonly string[], { place }: HookContext): Rule {
  return { tests: [], verdict: { kind: 'continue' }, origin: at(place), text: words.join(' ') };
}

function indexOfRule(chain: Chain, rule: Rule): number {
  const text = ruleText(rule);
  return chain.rules.findIndex((each) => ruleText(each) === text);
}

function kindOf(table: string): Chain['kind'] {
  if (table === 'nat') return 'nat';
  return table === 'mangle' || table === 'raw' ? 'mangle' : 'filter';
}

function misunderstood(
  what: string,
  args: readonly string[],
  { complaints, place }: HookContext,
  concerns: Parameters<typeof complaints.notUnderstood>[2],
): Status {
  complaints.notUnderstood(place, `cannot follow ${shown(what)} of iptables ${shown(args.join(' '))}`, concerns);
  return null;
}
