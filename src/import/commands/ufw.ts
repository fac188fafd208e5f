/**
 * ufw as hooks call it: `ufw route allow in on wg0 out on eth0`, `ufw allow 51820/udp`.
 */

import { iptablesTable } from '../machine/draft.ts';
import type { Test } from '../packet/ruleset.ts';
import { at } from '../text/part.ts';
import { shown } from '../text/quote.ts';
import { readPorts, readPrefix } from '../text/values.ts';
import { FILTERING, type HookContext, type Status } from './context.ts';

export function runUfw(args: readonly string[], context: HookContext): Status {
  const { draft, place, complaints } = context;
  const words = args.filter((each) => each !== '--force');
  if (words[0] === 'status' || words[0] === 'reload') return true;
  const isRoute = words[0] === 'route';
  const rest = isRoute ? words.slice(1) : words;
  const isDeleted = rest[0] === 'delete';
  const read = readUfwRule(isDeleted ? rest.slice(1) : rest);
  if (read === null || isDeleted) {
    complaints.notUnderstood(place, `cannot follow ufw ${shown(args.join(' '))}`, FILTERING);
    return null;
  }
  for (const family of [4, 6] as const) {
    const chain = iptablesTable(draft, family, 'filter')!.chains.get(isRoute ? 'FORWARD' : 'INPUT')!;
    chain.rules.push({ tests: read.tests, verdict: { kind: read.verdict }, origin: at(place) });
  }
  return true;
}

function readUfwRule(words: readonly string[]): { tests: Test[]; verdict: 'accept' | 'drop' | 'reject' } | null {
  let i = words[0] === 'insert' || words[0] === 'prepend' ? (words[0] === 'insert' ? 2 : 1) : 0;
  const action = words[i++];
  const verdict = action === 'allow' ? 'accept' : action === 'deny' ? 'drop' : action === 'reject' ? 'reject' : null;
  if (verdict === null) return null;
  const tests: Test[] = [];
  let side: 'from' | 'to' = 'to';
  while (i < words.length) {
    const word = words[i]!;
    const value = words[i + 1] ?? '';
    if ((word === 'in' || word === 'out') && value === 'on') {
      tests.push({ field: word === 'in' ? 'from' : 'to', of: [words[i + 2] ?? ''], not: false });
      i += 3;
    } else if (word === 'in' || word === 'out') i += 1;
    else if (word === 'from' || word === 'to') {
      side = word;
      if (value !== 'any') {
        const prefix = readPrefix(value);
        if (prefix === null) return null;
        tests.push({ field: word === 'from' ? 'source' : 'destination', of: [prefix], not: false });
      }
      i += 2;
    } else if (word === 'port') {
      const ports = readPorts(value);
      if (ports === null) return null;
      tests.push({ field: side === 'from' ? 'sourcePorts' : 'ports', of: [ports], not: false });
      i += 2;
    } else if (word === 'proto' && (value === 'tcp' || value === 'udp')) {
      tests.push({ field: 'protocol', of: [value], not: false });
      i += 2;
    } else if (word === 'comment') i += 2;
    else {
      const [port = '', protocol] = word.split('/');
      const ports = readPorts(port);
      if (ports === null || i + 1 !== words.length) return null;
      if (protocol === 'tcp' || protocol === 'udp') tests.push({ field: 'protocol', of: [protocol], not: false });
      tests.push({ field: 'ports', of: [ports], not: false });
      i += 1;
    }
  }
  return { tests, verdict };
}
