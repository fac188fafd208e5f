/**
 * What `iptables-save` and `ip6tables-save` print, put into tables of a machine.
 */

import type { Family } from '../../net/address.ts';
import { iptablesTable } from '../machine/draft.ts';
import { readIptablesRule } from '../packet/iptables-rule.ts';
import { concernsOf } from '../packet/outcome.ts';
import type { Chain, Table } from '../packet/ruleset.ts';
import type { Complaints } from '../text/complaints.ts';
import { at, LINE_CHARACTERS_AT_MOST, type Line, linesOf, placeOf, type TextPart } from '../text/part.ts';
import { shown } from '../text/quote.ts';

export function readIptablesSave(part: TextPart, family: Family, complaints: Complaints): Map<string, Table> {
  const draft = { tables: new Map<string, Table>() };
  let table: Table | null = null;
  for (const line of linesOf(part)) {
    const text = line.text.trim();
    if (text === '' || text.startsWith('#') || text === 'COMMIT') continue;
    if (text.length > LINE_CHARACTERS_AT_MOST) {
      complaints.notUnderstood(placeOf(line), 'cannot read so long a line', ['forward-filter', 'input-filter']);
    } else if (text.startsWith('*')) {
      table = iptablesTable(draft, family, text.slice(1));
      if (table === null) complaints.notUnderstood(placeOf(line), `cannot read table ${shown(text.slice(1))}`, []);
    } else if (table && text.startsWith(':')) declareChain(table, line, text);
    else if (table && /^(\[[0-9:]+\] )?-A /.test(text)) addRule(table, line, text, family, complaints);
    else if (table)
      complaints.notUnderstood(placeOf(line), `cannot read ${shown(text)}`, ['forward-filter', 'input-filter']);
  }
  return draft.tables;
}

/** `:FORWARD DROP [0:0]`; a chain of one's own has `-` for its policy. */
function declareChain(table: Table, line: Line, text: string): void {
  const [name = '', policy] = text.slice(1).split(/\s+/);
  const chain = table.chains.get(name);
  if (chain?.hook) {
    const verdict = policy === 'DROP' ? 'drop' : 'accept';
    chain.policy = { verdict, origin: at(placeOf(line)) };
    return;
  }
  const kind: Chain['kind'] = table.name.endsWith('nat') ? 'nat' : table.name.endsWith('mangle') ? 'mangle' : 'filter';
  table.chains.set(name, { name, kind, priority: 0, policy: null, rules: [] });
}

function addRule(table: Table, line: Line, text: string, family: Family, complaints: Complaints): void {
  const [, name = '', ...words] = savedWords(text.replace(/^\[[0-9:]+\] /, ''));
  const chain = table.chains.get(name);
  if (!chain) {
    complaints.notUnderstood(placeOf(line), `cannot find chain ${shown(name)}`, ['forward-filter', 'input-filter']);
    return;
  }
  const place = placeOf(line);
  const hook = chain.hook ?? hookOf(table, chain);
  const read = readIptablesRule(words, { family, ...(hook && { hook }), origin: at(place) });
  if (read === 'never') return;
  const isLost =
    !('why' in read) &&
    (read.verdict.kind === 'jump' || read.verdict.kind === 'goto') &&
    !table.chains.has(read.verdict.chain);
  if ('why' in read || isLost) {
    const why = 'why' in read ? read.why : `target ${'chain' in read.verdict ? read.verdict.chain : ''}`;
    complaints.notUnderstood(place, `cannot read ${shown(why)} of this rule`, concernsOf(chain));
    return;
  }
  chain.rules.push(read);
}

/** Where a chain of one's own is jumped to from, for NETMAP; the first that is found. */
function hookOf(table: Table, chain: Chain): Chain['hook'] {
  if (chain.kind !== 'nat') return undefined;
  for (const each of table.chains.values()) {
    if (each.hook && each.rules.some(({ verdict }) => 'chain' in verdict && verdict.chain === chain.name))
      return each.hook;
  }
  return undefined;
}

/** Words as iptables-save quotes them: in double quotes, with a backslash before quotes and backslashes. */
function savedWords(text: string): string[] {
  const words: string[] = [];
  for (const [word, quoted] of text.matchAll(/"((?:[^"\\]|\\.)*)"|\S+/g)) {
    words.push(quoted === undefined ? word : quoted.replace(/\\(.)/g, '$1'));
  }
  return words;
}
