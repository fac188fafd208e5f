/**
 * Matches of iptables and ip6tables, as on the command line and in `iptables-save`, to tests.
 *
 * What a match narrows and cannot be said in tests is not understood, and with it the rule. Matches on flags that no
 * ordinary connection has make a rule that never fits; such rules are understood and left out.
 */

import { ADDRESS_BITS, type Family, parseAddress } from '../../net/address.ts';
import type { Prefix } from '../../net/prefix.ts';
import { readPorts, readPrefix } from '../text/values.ts';
import type { Protocol, State, Test } from './ruleset.ts';

export interface ReadMatch {
  readonly tests: readonly Test[];
  /** Words of the match, its own name included. */
  readonly words: number;
  /** Fits nothing that an ordinary flow sends. */
  readonly isNever?: boolean;
}

const PROTOCOLS: ReadonlyMap<string, Protocol> = new Map([
  ['tcp', 'tcp'],
  ['6', 'tcp'],
  ['udp', 'udp'],
  ['17', 'udp'],
  ['icmp', 'icmp'],
  ['1', 'icmp'],
  ['icmpv6', 'icmp'],
  ['icmp6', 'icmp'],
  ['ipv6-icmp', 'icmp'],
  ['58', 'icmp'],
]);

/** Extensions whose name alone says nothing; their options follow. */
const EXTENSIONS = new Set([
  'tcp',
  'udp',
  'icmp',
  'icmp6',
  'icmpv6',
  'ipv6-icmp',
  'conntrack',
  'state',
  'multiport',
  'comment',
  'addrtype',
  'iprange',
  'limit',
  'hashlimit',
  'connlimit',
  'hl',
  'ttl',
  'rt',
  'policy',
  'recent',
]);

/** Options that narrow nothing, and how many values follow. */
const ASIDE: ReadonlyMap<string, number> = new Map([
  ['--comment', 1],
  ['-c', 2],
  ['--set-counters', 2],
  ['-w', 0],
  ['--wait', 0],
  ['-n', 0],
  ['-v', 0],
  // Ordinary flows stay below a rate.
  ['--limit', 1],
  ['--limit-burst', 1],
  ['--hashlimit-upto', 1],
  ['--hashlimit', 1],
  ['--hashlimit-burst', 1],
  ['--hashlimit-mode', 1],
  ['--hashlimit-name', 1],
  ['--hashlimit-htable-expire', 1],
  ['--connlimit-upto', 1],
  ['--connlimit-mask', 1],
  ['--set', 0],
  ['--seconds', 1],
  ['--hitcount', 1],
  ['--name', 1],
  ['--mask', 1],
  ['--rsource', 0],
  ['--rdest', 0],
  ['--reap', 0],
]);

const ECHO = new Set(['any', '8', '0', '128', '129', 'echo-request', 'echo-reply', 'ping', 'pong']);

/**
 * The match that begins at `words[at]`, a `!` before it already read; null when it is not understood, 'none' when no match
 * begins there.
 */
export function readMatch(
  words: readonly string[],
  at: number,
  isNegated: boolean,
  family: Family,
): ReadMatch | 'none' | null {
  const word = words[at]!;
  // `-i ! eth0`, as it was written before 2010.
  const not = isNegated || words[at + 1] === '!';
  const valueAt = at + (words[at + 1] === '!' ? 2 : 1);
  const value = words[valueAt] ?? '';
  const used = valueAt - at + 1;
  const test = (each: Test | null): ReadMatch | null => each && { tests: [each], words: used };
  const aside = ASIDE.get(word);
  if (aside !== undefined) return { tests: [], words: 1 + aside + (aside === 0 && /^[0-9]+$/.test(value) ? 1 : 0) };
  switch (word) {
    case '-i':
    case '--in-interface':
      return test(interfaceTest('from', value, not));
    case '-o':
    case '--out-interface':
      return test(interfaceTest('to', value, not));
    case '-s':
    case '--source':
    case '--src':
      return prefixMatch('source', value, not, used);
    case '-d':
    case '--destination':
    case '--dst':
      return prefixMatch('destination', value, not, used);
    case '-p':
    case '--protocol':
    case '--proto': {
      if (value === 'all' || value === '0') return { tests: [], words: used };
      return test({ field: 'protocol', of: [PROTOCOLS.get(value.toLowerCase()) ?? 'other'], not });
    }
    case '-m':
    case '--match':
      return EXTENSIONS.has(value) ? { tests: [], words: used } : null;
    case '--dport':
    case '--dports':
    case '--destination-port':
    case '--destination-ports':
      return test(portsTest('ports', value, not));
    case '--sport':
    case '--sports':
    case '--source-port':
    case '--source-ports':
      return test(portsTest('sourcePorts', value, not));
    case '--state':
    case '--ctstate':
      return statesMatch(value, not, used);
    case '--syn':
      // The first packet of a connection, and with `!` every other.
      return { tests: [{ field: 'states', of: ['new'], not: isNegated }], words: 1 };
    case '--tcp-flags':
      return tcpFlags(value, words[valueAt + 1] ?? '', not, used + 1);
    case '--icmp-type':
    case '--icmpv6-type':
      return { tests: [], words: used, isNever: !ECHO.has(value) !== not };
    case '--src-type':
    case '--dst-type': {
      if (value !== 'LOCAL') return { tests: [], words: used, isNever: !not };
      return test({ field: word === '--src-type' ? 'ownSource' : 'ownDestination', not });
    }
    case '--src-range':
    case '--dst-range': {
      const of = rangeToPrefixes(value, family);
      return of && test({ field: word === '--src-range' ? 'source' : 'destination', of, not });
    }
    case '--dir':
    case '--hl-eq':
    case '--hl-gt':
    case '--ttl-eq':
    case '--ttl-gt':
      return { tests: [], words: used };
    case '--pol':
      // Packets of IPsec are no plain flow.
      return { tests: [], words: used, isNever: (value === 'ipsec') !== not };
    case '--rcheck':
    case '--update':
      // Who comes too often; without a number, who knocked somewhere before.
      return words.includes('--hitcount') ? { tests: [], words: 1, isNever: !isNegated } : null;
    case '--rt-type':
      return { tests: [], words: used, isNever: !not };
    case '--hashlimit-above':
    case '--connlimit-above':
      return { tests: [], words: used, isNever: true };
    case '-4':
    case '--ipv4':
      return { tests: [], words: 1, isNever: family !== 4 };
    case '-6':
    case '--ipv6':
      return { tests: [], words: 1, isNever: family !== 6 };
    default:
      return 'none';
  }
}

function interfaceTest(field: 'from' | 'to', name: string, not: boolean): Test | null {
  if (!/^[^\s/]{1,40}$/.test(name)) return null;
  return { field, of: [name.replace(/\+$/, '*')], not };
}

/** A prefix of length 0 tests nothing: `iptables-save` leaves it out. */
function prefixMatch(field: 'source' | 'destination', text: string, not: boolean, words: number): ReadMatch | null {
  const of = text.split(',').map(readPrefix);
  if (!of.every((each) => each !== null)) return null;
  if (of.some(({ length }) => length === 0)) return { tests: [], words, isNever: not };
  return { tests: [{ field, of, not }], words };
}

function portsTest(field: 'ports' | 'sourcePorts', text: string, not: boolean): Test | null {
  const of = text.split(',').map(readPorts);
  return of.every((each) => each !== null) ? { field, of, not } : null;
}

function statesMatch(text: string, not: boolean, words: number): ReadMatch | null {
  if (text === 'DNAT') return { tests: [{ field: 'translated', not }], words };
  const states: State[] = [];
  for (const name of text.toLowerCase().split(',')) {
    if (name === 'new' || name === 'established' || name === 'related' || name === 'invalid') states.push(name);
    else if (name !== 'untracked') return null;
  }
  if (states.length === 0) return { tests: [], words, isNever: !not };
  return { tests: [{ field: 'states', of: states, not }], words };
}

/** Connections send SYN, SYN with ACK, and then ACK; FIN and RST at their end. */
function tcpFlags(mask: string, set: string, not: boolean, words: number): ReadMatch {
  const masked = mask.toUpperCase().split(',');
  const isSynAlone = set.toUpperCase() === 'SYN';
  if (!isSynAlone || !masked.includes('SYN')) return { tests: [], words, isNever: !not };
  if (!masked.includes('ACK')) return { tests: [], words, isNever: not };
  return { tests: [{ field: 'states', of: ['new'], not }], words };
}

/** The fewest prefixes of `first-last`. */
function rangeToPrefixes(text: string, family: Family): Prefix[] | null {
  const [first, last = first] = text.split('-');
  const from = parseAddress(first ?? '');
  const to = parseAddress(last ?? '');
  if (from?.family !== family || to?.family !== family || from.bits > to.bits) return null;
  const prefixes: Prefix[] = [];
  let next = from.bits;
  while (next <= to.bits) {
    let size = 0;
    while (
      size < ADDRESS_BITS[family] &&
      next % (2n << BigInt(size)) === 0n &&
      next + (2n << BigInt(size)) - 1n <= to.bits
    ) {
      size++;
    }
    prefixes.push({ family, bits: next, length: ADDRESS_BITS[family] - size });
    next += 1n << BigInt(size);
  }
  return prefixes;
}
