/**
 * One route as `ip route` prints it and `ip route add` takes it: `10.9.0.0/16 via 192.168.1.7 dev eth1 metric 100`.
 */

import { type Address, type Family, parseAddress } from '../../net/address.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { Place } from '../imported.ts';
import { readNumber, readPrefix } from '../text/values.ts';

export interface RouteLine {
  /** `unreachable` answers; `blackhole` is silent. */
  readonly kind: 'unicast' | 'unreachable' | 'blackhole';
  readonly prefix: Prefix;
  readonly gateway?: Address;
  readonly device?: string;
  readonly metric: number;
  /** Name or number; absent: the main table. */
  readonly table?: string;
  /** Where it was learned: `kernel`, `ra`, `dhcp`, `static` … */
  readonly learned?: string;
  /** The address that packets of the machine's own get. */
  readonly source?: Address;
  readonly place: Place;
}

/** Words that say nothing about where packets go, and how many values follow them. */
const ASIDE: ReadonlyMap<string, number> = new Map([
  ['scope', 1],
  ['pref', 1],
  ['expires', 1],
  ['mtu', 1],
  ['advmss', 1],
  ['hoplimit', 1],
  ['initcwnd', 1],
  ['initrwnd', 1],
  ['onlink', 0],
  ['linkdown', 0],
  ['dead', 0],
  ['error', 1],
  ['realm', 1],
  ['tos', 1],
  ['weight', 1],
  ['rtt', 1],
  ['users', 1],
  ['used', 1],
  ['age', 1],
]);

/** The route that the words say; null when they are not understood; 'other' for routes that take part in no forwarding. */
export function readRouteWords(words: readonly string[], place: Place, family?: Family): RouteLine | 'other' | null {
  let at = 0;
  let kind: RouteLine['kind'] = 'unicast';
  switch (words[at]) {
    case 'unreachable':
    case 'prohibit':
      kind = 'unreachable';
      at++;
      break;
    case 'blackhole':
      kind = 'blackhole';
      at++;
      break;
    case 'unicast':
      at++;
      break;
    case 'local':
    case 'broadcast':
    case 'multicast':
    case 'anycast':
      return 'other';
  }
  const destination = words[at++];
  if (destination === undefined) return null;
  let gateway: Address | undefined;
  const named: { device?: string; table?: string; learned?: string; source?: Address } = {};
  let metric = 0;
  while (at < words.length) {
    const word = words[at]!;
    const value = words[at + 1];
    const aside = ASIDE.get(word);
    if (aside !== undefined) {
      at += 1 + aside;
      continue;
    }
    if (value === undefined) return null;
    at += 2;
    switch (word) {
      case 'via': {
        const isFamily = value === 'inet' || value === 'inet6';
        const address = parseAddress(isFamily ? (words[at++] ?? '') : value);
        if (address === null) return null;
        gateway = address;
        break;
      }
      case 'dev':
        named.device = value;
        break;
      case 'metric':
      case 'preference': {
        const number = readNumber(value, 0xffffffff);
        if (number === null) return null;
        metric = number;
        break;
      }
      case 'table':
        named.table = value;
        break;
      case 'proto':
      case 'protocol':
        named.learned = value;
        break;
      case 'src': {
        const address = parseAddress(value);
        if (address === null) return null;
        named.source = address;
        break;
      }
      default:
        return null;
    }
  }
  const prefix = readDestination(destination, family ?? gateway?.family ?? named.source?.family ?? 4);
  if (prefix === null || (family !== undefined && prefix.family !== family)) return null;
  if (kind === 'unicast' && gateway === undefined && named.device === undefined) return null;
  return { kind, prefix, ...(gateway && { gateway }), ...named, metric, place };
}

function readDestination(text: string, family: Family): Prefix | null {
  if (text === 'default' || text === 'all' || text === 'any') return { family, bits: 0n, length: 0 };
  return readPrefix(text);
}
