/**
 * What iproute2 prints with `-j`: addresses, routes, rules, neighbours.
 */

import { type Address, type Family, parseAddress } from '../../net/address.ts';
import type { Fact } from '../../plan/plan.ts';
import type { Place } from '../imported.ts';
import type { ProxyDraft } from '../machine/draft.ts';
import type { Complaints } from '../text/complaints.ts';
import { itemsOf, type Json, type JsonText, listIn, mapIn, numberIn, textIn } from '../text/json.ts';
import { at, factAt } from '../text/part.ts';
import { quote } from '../text/quote.ts';
import type { AddressWithLength } from '../text/values.ts';
import { type RouteLine, readRouteWords } from './ip-route-line.ts';

export interface ShownInterface {
  readonly id: string;
  readonly place: Place;
  readonly mtu: Fact<number> | null;
  /** Null: its kind is not shown. */
  readonly isWireGuard: boolean | null;
  /** Link-local ones left out. */
  readonly addresses: readonly Fact<AddressWithLength>[];
}

/** `ip -j addr`, also with `-d`. The loopback interface is left out. */
export function readIpAddr(json: JsonText, complaints: Complaints): ShownInterface[] {
  return itemsOf(json.root).flatMap((item) => {
    const id = textIn(item, 'ifname');
    const place = json.placeOf(item);
    if (id === null) {
      if (item.kind === 'map' && item.entries.size > 0) wrong(place, 'an interface', complaints);
      return [];
    }
    if (textIn(item, 'link_type') === 'loopback' || id === 'lo') return [];
    const mtu = numberIn(item, 'mtu');
    const kind = textIn(mapIn(item, 'linkinfo'), 'info_kind');
    const addresses = listIn(item, 'addr_info').flatMap((info): Fact<AddressWithLength>[] => {
      const address = parseAddress(textIn(info, 'local') ?? '');
      const length = numberIn(info, 'prefixlen');
      if (textIn(info, 'scope') === 'link' && address?.family === 6) return [];
      if (address === null || length === null || length < 0 || length > (address.family === 4 ? 32 : 128)) {
        wrong(json.placeOf(info), 'an address', complaints);
        return [];
      }
      return [factAt({ address, length }, json.placeOf(info))];
    });
    const isWireGuard = kind === null ? (textIn(item, 'link_type') === 'ether' ? false : null) : kind === 'wireguard';
    return [{ id, place, mtu: mtu === null ? null : factAt(mtu, place), isWireGuard, addresses }];
  });
}

/** `ip -j route`, of one table or all. */
export function readIpRoute(json: JsonText, complaints: Complaints): RouteLine[] {
  const items = itemsOf(json.root);
  // Of a default route without a gateway, a listing of one family tells which it is.
  const isIpv6 =
    items.every((item) => textIn(item, 'dst')?.includes('.') !== true) &&
    items.some((item) => textIn(item, 'dst')?.includes(':'));
  return items.flatMap((item) => {
    const place = json.placeOf(item);
    const destination = textIn(item, 'dst');
    if (destination === null) {
      if (item.kind === 'map' && item.entries.size > 0) wrong(place, 'a route', complaints);
      return [];
    }
    // Of several ways to one destination the kernel chooses by flow: the first stands for all.
    const hops = listIn(item, 'nexthops');
    const hop = hops[0] ?? item;
    if (hops.length > 1)
      complaints.notUnderstood(place, 'cannot follow several ways at once; the first is taken', ['routes']);
    const words = [textIn(item, 'type') ?? 'unicast', destination];
    const add = (word: string, value: string | null) => {
      if (value !== null) words.push(word, value);
    };
    add('via', textIn(hop, 'gateway') ?? textIn(mapIn(hop, 'via'), 'host'));
    add('dev', textIn(hop, 'dev') ?? textIn(item, 'dev'));
    add('metric', textIn(item, 'metric'));
    add('table', textIn(item, 'table'));
    add('proto', textIn(item, 'protocol'));
    add('src', textIn(item, 'prefsrc'));
    const line = readRouteWords(words, place, familyOf(item, words, isIpv6));
    if (line === 'other') return [];
    if (line === null) {
      complaints.notUnderstood(place, `cannot read the route to ${quote(destination)}`, ['routes']);
      return [];
    }
    return isLocal(line) ? [] : [line];
  });
}

/** Only IPv6 has a preference. */
function familyOf(item: Json, words: readonly string[], isIpv6: boolean): Family {
  const addresses = words.filter((word) => /^[0-9a-f]*[.:][0-9a-f.:/]*$/.test(word));
  if (addresses.length > 0) return addresses[0]!.includes(':') ? 6 : 4;
  return isIpv6 || textIn(item, 'pref') !== null ? 6 : 4;
}

/** On the link and to many: nothing of it is routed. */
function isLocal({ prefix, table }: RouteLine): boolean {
  if (table === 'local' || table === '255') return true;
  const top = prefix.family === 6 ? Number(prefix.bits >> 112n) : Number(prefix.bits >> 24n);
  if (prefix.length === 0) return false;
  return prefix.family === 6 ? (top & 0xffc0) === 0xfe80 || top >> 8 === 0xff : top === 127 || top >= 224;
}

export interface PolicyRule {
  readonly place: Place;
  readonly table: string;
  /** `not fwmark M`: for everything but a tunnel's own packets, as wg-quick makes it. */
  readonly exceptMark: string | null;
  /** `suppress_prefixlength 0`: the table without its default route. */
  readonly withoutDefault: boolean;
  /** It looks at something else. */
  readonly isOther: boolean;
}

/** `ip -j rule`. */
export function readIpRule(json: JsonText): PolicyRule[] {
  return itemsOf(json.root).flatMap((item) => {
    const table = textIn(item, 'table');
    if (item.kind !== 'map' || table === null) return [];
    const mark = textIn(item, 'fwmark');
    const isNegated = item.entries.has('not');
    const known = new Set([
      'priority',
      'src',
      'table',
      'fwmark',
      'not',
      'suppress_prefixlen',
      'suppress_prefixlength',
      'protocol',
      'proto',
    ]);
    const isOther =
      [...item.entries.keys()].some((key) => !known.has(key)) ||
      textIn(item, 'src') !== 'all' ||
      (mark !== null) !== isNegated;
    const suppressed = textIn(item, 'suppress_prefixlen') ?? textIn(item, 'suppress_prefixlength');
    return [
      {
        place: json.placeOf(item),
        table,
        exceptMark: isNegated ? mark : null,
        withoutDefault: suppressed === '0',
        isOther,
      },
    ];
  });
}

export interface Neighbour {
  readonly address: Address;
  readonly device: string;
  /** Its link-layer address. */
  readonly mac: string;
}

/**
 * `ip -j neigh show proxy`: addresses it answers for; `ip -j neigh`: who is there. A listing is of one kind: `proxies` is
 * null when it is of the other.
 */
export function readIpNeigh(json: JsonText): {
  readonly proxies: readonly ProxyDraft[] | null;
  readonly neighbours: readonly Neighbour[];
} {
  const proxies: ProxyDraft[] = [];
  const neighbours: Neighbour[] = [];
  for (const item of itemsOf(json.root)) {
    const address = parseAddress(textIn(item, 'dst') ?? '');
    const device = textIn(item, 'dev');
    const mac = textIn(item, 'lladdr');
    if (item.kind !== 'map' || address === null || device === null) continue;
    if (item.entries.has('proxy')) proxies.push({ address, device, origin: at(json.placeOf(item)) });
    else if (mac !== null) neighbours.push({ address, device, mac });
  }
  return { proxies: proxies.length === 0 && itemsOf(json.root).length > 0 ? null : proxies, neighbours };
}

function wrong(place: Place, what: string, complaints: Complaints): void {
  complaints.mistake('value-wrong', place, `Cannot read this as ${what} of ip -j`);
}

/** Which listing of iproute2 the text is, by its keys, and an empty one by its file's name; null when it is none. */
export function kindOfIpJson(
  sample: string,
  name: string,
): 'ip-addr' | 'ip-link' | 'ip-route' | 'ip-rule' | 'ip-neigh' | null {
  if (/"addr_info"/.test(sample)) return 'ip-addr';
  if (/"ifname"/.test(sample)) return 'ip-link';
  if (/"priority"/.test(sample) && /"table"/.test(sample)) return 'ip-rule';
  if (/"lladdr"|"proxy"|"state"/.test(sample)) return 'ip-neigh';
  if (/"dst"/.test(sample)) return 'ip-route';
  if (!/^\s*\[\s*(\{\}\s*)?\]\s*$/.test(sample)) return null;
  const word = /(addr|link|route|rule|neigh)/.exec(name)?.[1];
  return word === undefined ? null : (`ip-${word}` as 'ip-addr');
}
