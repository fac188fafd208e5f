/**
 * What nft's expressions mean, whether they came as text or as JSON: a left side by its words (`ip saddr`, `iifname`,
 * `ct state`), and the values it is compared with.
 */

import { type Address, type Family, parseAddress } from '../../net/address.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { PortRange } from '../../plan/plan.ts';
import { readPorts, readPrefix } from '../text/values.ts';
import type { HookName, Protocol, State, Test } from './ruleset.ts';

/** A right side's value as text: `wg0`, `10.0.0.0/8`, `80-90`, `established`. */
export type NftValues = readonly string[];

const PROTOCOLS: ReadonlyMap<string, Protocol> = new Map([
  ['tcp', 'tcp'],
  ['6', 'tcp'],
  ['udp', 'udp'],
  ['17', 'udp'],
  ['icmp', 'icmp'],
  ['1', 'icmp'],
  ['icmpv6', 'icmp'],
  ['ipv6-icmp', 'icmp'],
  ['58', 'icmp'],
]);

const ECHO = new Set(['echo-request', 'echo-reply', '8', '0', '128', '129']);

/** Tests of `left op values`; null when not understood, 'never' when no ordinary packet fits. */
export function nftTests(left: string, values: NftValues, not: boolean): readonly Test[] | 'never' | null {
  switch (left) {
    case 'iifname':
    case 'iif':
    case 'oifname':
    case 'oif':
      return [{ field: left.startsWith('i') ? 'from' : 'to', of: values, not }];
    case 'nfproto':
      return familyTests(values, not);
    case 'protocol':
      return etherTests(values, not);
    case 'l4proto':
    case 'ip protocol':
    case 'ip6 nexthdr':
      return [...familyOf(left), { field: 'protocol', of: values.map((each) => PROTOCOLS.get(each) ?? 'other'), not }];
    case 'ip saddr':
    case 'ip6 saddr':
    case 'ip daddr':
    case 'ip6 daddr': {
      const of = values.flatMap((each) => prefixesOf(each) ?? [null]);
      const known = of.filter((each) => each !== null);
      if (known.length !== of.length) return null;
      return [...familyOf(left), { field: left.endsWith('saddr') ? 'source' : 'destination', of: known, not }];
    }
    case 'tcp dport':
    case 'udp dport':
    case 'th dport':
    case 'tcp sport':
    case 'udp sport':
    case 'th sport': {
      const of: PortRange[] = [];
      for (const each of values) {
        const ports = readPorts(each);
        if (ports === null) return null;
        of.push(ports);
      }
      const protocol = left.startsWith('th') ? [] : [protocolTest(left.slice(0, 3) as 'tcp' | 'udp')];
      return [...protocol, { field: left.endsWith('dport') ? 'ports' : 'sourcePorts', of, not }];
    }
    case 'ct state': {
      const states = values.filter((each) => each !== 'untracked');
      if (!states.every(isState)) return null;
      return states.length === 0 ? (not ? [] : 'never') : [{ field: 'states', of: states, not }];
    }
    case 'ct status':
      return values.length === 1 && values[0] === 'dnat' ? [{ field: 'translated', not }] : null;
    case 'icmp type':
    case 'icmpv6 type': {
      if (values.some((each) => ECHO.has(each)) === not) return 'never';
      const family = left === 'icmp type' ? 4 : 6;
      return [{ field: 'family', of: [family], not: false }, protocolTest('icmp')];
    }
    case 'fib saddr type':
    case 'fib daddr type':
      if (values.length !== 1 || values[0] !== 'local') return null;
      return [{ field: left.startsWith('fib s') ? 'ownSource' : 'ownDestination', not }];
    case 'pkttype':
      // Packets for one machine are what flows are made of.
      return (values.includes('unicast') || values.includes('host')) !== not ? [] : 'never';
    default:
      return null;
  }
}

export function protocolTest(protocol: Protocol): Test {
  return { field: 'protocol', of: [protocol], not: false };
}

/** `10.8.0.2` or a range of which the first is meant; null when it is no address. */
export function nftAddress(text: string): Address | null {
  return parseAddress(text.split('-')[0]!);
}

const HOOKS: ReadonlySet<string> = new Set(['prerouting', 'input', 'forward', 'output', 'postrouting']);

export function isHook(name: string): name is HookName {
  return HOOKS.has(name);
}

/** A base chain's `type`. Routes are chosen anew after a `route` chain: nothing here looks at that. */
export function chainKind(type: string, priority: number): 'filter' | 'nat' | 'mangle' {
  if (type === 'nat') return 'nat';
  return type === 'route' || priority === -150 ? 'mangle' : 'filter';
}

/** Priorities by name, as nft(8) has them. */
const PRIORITIES: ReadonlyMap<string, number> = new Map([
  ['raw', -300],
  ['mangle', -150],
  ['dstnat', -100],
  ['filter', 0],
  ['security', 50],
  ['srcnat', 100],
]);

/** `0`, `-150`, `filter`, `filter + 10`, `srcnat-1`. */
export function readPriority(text: string): number | null {
  const match = /^\s*([a-z]+)?\s*(?:([+-]?)\s*([0-9]{1,9}))?\s*$/.exec(text);
  if (match === null || text.trim() === '') return null;
  const base = match[1] === undefined ? 0 : PRIORITIES.get(match[1]);
  if (base === undefined) return null;
  const offset = match[3] === undefined ? 0 : Number(match[3]);
  return match[2] === '-' ? base - offset : base + offset;
}

export function familyOfTable(name: string): Family | 'both' | null {
  return name === 'ip' ? 4 : name === 'ip6' ? 6 : name === 'inet' ? 'both' : null;
}

function familyOf(left: string): Test[] {
  if (left.startsWith('ip6 ')) return [{ field: 'family', of: [6], not: false }];
  return left.startsWith('ip ') ? [{ field: 'family', of: [4], not: false }] : [];
}

function familyTests(values: NftValues, not: boolean): readonly Test[] | null {
  const of = values.map((each): Family | null => (each === 'ipv4' ? 4 : each === 'ipv6' ? 6 : null));
  const known = of.filter((each) => each !== null);
  return known.length === of.length ? [{ field: 'family', of: known, not }] : null;
}

function etherTests(values: NftValues, not: boolean): readonly Test[] | null {
  return familyTests(
    values.map((each) => (each === 'ip' ? 'ipv4' : each === 'ip6' ? 'ipv6' : each)),
    not,
  );
}

function isState(text: string): text is State {
  return text === 'new' || text === 'established' || text === 'related' || text === 'invalid';
}

/** A prefix, an address, or a range of addresses that is a prefix. */
function prefixesOf(text: string): Prefix[] | null {
  const one = readPrefix(text);
  if (one) return [one];
  const [first, last] = text.split('-').map((each) => parseAddress(each.trim()));
  if (!first || !last || first.family !== last.family || last.bits < first.bits) return null;
  const size = last.bits - first.bits + 1n;
  const width = first.family === 4 ? 32 : 128;
  const isPrefix = (size & (size - 1n)) === 0n && first.bits % size === 0n;
  return isPrefix ? [{ family: first.family, bits: first.bits, length: width - (size.toString(2).length - 1) }] : null;
}
