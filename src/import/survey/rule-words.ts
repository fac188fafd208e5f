/**
 * Rules in a survey's words: `iif wg0 oif eth0`, `udp dport 51820 ct state invalid`, `iif eth0 udp dport 80 to 10.8.0.2`.
 *
 * They follow nft's words; a port may also follow its protocol (`tcp 22`), as lists of clouds have it.
 */

import type { Address } from '../../net/address.ts';
import { parseAddress } from '../../net/address.ts';
import type { State, Test } from '../packet/ruleset.ts';
import { readNumber, readPorts, readPrefix } from '../text/values.ts';

export interface RuleWords {
  readonly tests: readonly Test[];
  /** After `to`. */
  readonly to?: { readonly address: Address; readonly port?: number };
}

const STATES: ReadonlySet<string> = new Set(['new', 'established', 'related', 'invalid']);
const MOST_WORDS = 64;

/** What the words say, or null when they are not understood. */
export function readRuleWords(text: string): RuleWords | null {
  const words = text.trim().split(/\s+/);
  if (words.length > MOST_WORDS || words[0] === '') return null;
  const tests: Test[] = [];
  let to: RuleWords['to'];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const not = words[at + 1] === '!=' || words[at + 1] === '!';
    const value = words[at + (not ? 2 : 1)] ?? '';
    const test = simpleTest(word) ?? valueTest(word, value, not);
    if (test === null && word === 'to') {
      const destination = readDestination(value);
      if (destination === null) return null;
      to = destination;
      at++;
      continue;
    }
    if (test === null && word === 'ct' && value === 'state') {
      const states = (words[at + 2] ?? '').split(',');
      if (!states.every((state) => STATES.has(state))) return null;
      tests.push({ field: 'states', of: states as State[], not: false });
      at += 2;
      continue;
    }
    if (test === null) return null;
    tests.push(...test.tests);
    at += test.values === 0 ? 0 : test.values + (not ? 1 : 0);
    // A port alone after its protocol.
    const next = words[at + 1];
    if ((word === 'tcp' || word === 'udp') && next !== undefined && /^[0-9]/.test(next)) {
      const ports = readPorts(next);
      if (ports === null) return null;
      tests.push({ field: 'ports', of: [ports], not: false });
      at++;
    }
  }
  return { tests, to };
}

interface Read {
  readonly tests: readonly Test[];
  readonly values: number;
}

function simpleTest(word: string): Read | null {
  const read = (...tests: Test[]): Read => ({ tests, values: 0 });
  switch (word) {
    case 'established':
      return read({ field: 'states', of: ['established', 'related'], not: false });
    case 'related':
    case 'new':
    case 'invalid':
      return read({ field: 'states', of: [word], not: false });
    case 'tcp':
    case 'udp':
      return read({ field: 'protocol', of: [word], not: false });
    case 'icmp':
    case 'ping':
      return read({ field: 'protocol', of: ['icmp'], not: false }, { field: 'family', of: [4], not: false });
    case 'icmpv6':
      return read({ field: 'protocol', of: ['icmp'], not: false }, { field: 'family', of: [6], not: false });
    case 'ipv4':
      return read({ field: 'family', of: [4], not: false });
    case 'ipv6':
      return read({ field: 'family', of: [6], not: false });
    case 'any':
    case 'all':
      return read();
    default:
      return null;
  }
}

function valueTest(word: string, value: string, not: boolean): Read | null {
  const read = (test: Test): Read => ({ tests: [test], values: 1 });
  switch (word) {
    case 'iif':
    case 'iifname':
    case 'oif':
    case 'oifname':
      return /^[^\s/]{1,32}$/.test(value)
        ? read({ field: word.startsWith('i') ? 'from' : 'to', of: [value.replace(/\+$/, '*')], not })
        : null;
    case 'saddr':
    case 'from':
    case 'daddr': {
      const prefix = readPrefix(value);
      return prefix && read({ field: word === 'daddr' ? 'destination' : 'source', of: [prefix], not });
    }
    case 'dport':
    case 'sport': {
      const ports = value.split(',').map(readPorts);
      if (!ports.every((each) => each !== null)) return null;
      return read({ field: word === 'dport' ? 'ports' : 'sourcePorts', of: ports, not });
    }
    default:
      return null;
  }
}

/** `10.8.0.2`, `10.8.0.2:8080`, `[fd00::2]:8080`. */
function readDestination(text: string): RuleWords['to'] | null {
  const whole = parseAddress(text);
  if (whole) return { address: whole };
  const match = /^\[?([^\]]+)\]?:([0-9]+)$/.exec(text);
  const address = match && parseAddress(match[1]!);
  const port = match && readNumber(match[2]!, 65535);
  return address && port !== null ? { address, port } : null;
}
