/**
 * iproute2's `ip` as hooks call it: routes, neighbours, addresses, links; rules only as far as they change nothing.
 */

import { type Family, parseAddress } from '../../net/address.ts';
import { readRouteWords } from '../formats/ip-route-line.ts';
import { interfaceOf, type RouteDraft, routeOf } from '../machine/draft.ts';
import { isMain } from '../machine/from-survey.ts';
import { at } from '../text/part.ts';
import { shown } from '../text/quote.ts';
import { readAddressWithLength, readNumber } from '../text/values.ts';
import { type HookContext, ROUTING, type Status } from './context.ts';

export function runIp(args: readonly string[], context: HookContext): Status {
  let family: Family | undefined;
  let at = 0;
  for (; at < args.length && args[at]!.startsWith('-'); at++) {
    const option = args[at]!;
    if (option === '-4' || option === '-6') family = option === '-4' ? 4 : 6;
    else if (option === '-f' || option === '-family') family = args[++at] === 'inet6' ? 6 : 4;
    else if (option === '-n' || option === '-netns' || option === '-b' || option === '-batch') {
      context.complaints.notUnderstood(context.place, `cannot follow ip ${shown(args.join(' '))}`, ROUTING);
      return null;
    }
  }
  const [object = '', ...rest] = args.slice(at);
  if (object !== '' && 'route'.startsWith(object)) return runRoute(rest, family, context);
  if (object !== '' && 'rule'.startsWith(object)) return runRule(rest, context);
  if (object !== '' && 'neighbour'.startsWith(object.replace('neighbor', 'neighbour')))
    return runNeighbour(rest, context);
  if (object !== '' && 'address'.startsWith(object)) return runAddress(rest, context);
  if (object !== '' && 'link'.startsWith(object)) return runLink(rest, context);
  context.complaints.notUnderstood(context.place, `cannot follow ip ${shown(args.join(' '))}`, ROUTING);
  return null;
}

function isVerb(word: string | undefined, ...verbs: string[]): boolean {
  return word !== undefined && word !== '' && verbs.some((verb) => verb.startsWith(word));
}

function runRoute(args: readonly string[], family: Family | undefined, context: HookContext): Status {
  const [verb, ...words] = args;
  if (verb === undefined || isVerb(verb, 'show', 'list', 'lst', 'get', 'save')) return true;
  const { draft, complaints, place } = context;
  const isRemoved = isVerb(verb, 'delete') && verb !== 'de';
  if (!isRemoved && !isVerb(verb, 'add', 'replace', 'change', 'append', 'prepend')) {
    complaints.notUnderstood(place, `cannot follow ip route ${shown(args.join(' '))}`, ROUTING);
    return null;
  }
  // What is removed may be named without the way it goes.
  const line = readRouteWords(
    isRemoved && !words.includes('dev') && !words.includes('via') ? [...words, 'dev', '*'] : words,
    place,
    family,
  );
  if (line === 'other') return true;
  if (line === null) {
    complaints.notUnderstood(place, `cannot follow ip route ${shown(args.join(' '))}`, ROUTING);
    return null;
  }
  if (!isMain(line.table)) {
    complaints.notUnderstood(place, `cannot follow routes of table ${shown(line.table ?? '')}`, ROUTING);
    return true;
  }
  const route = routeOf(line, at(place));
  const fits = (each: RouteDraft) =>
    each.prefix.family === route.prefix.family &&
    each.prefix.bits === route.prefix.bits &&
    each.prefix.length === route.prefix.length;
  if (isRemoved) {
    const before = draft.routes.length;
    draft.routes = draft.routes.filter((each) => !fits(each) || (route.device !== '*' && each.device !== route.device));
    return draft.routes.length < before ? true : null;
  }
  if (verb.startsWith('r') || verb.startsWith('c')) {
    draft.routes = draft.routes.filter((each) => !fits(each) || each.metric !== route.metric);
  }
  draft.routes.push(route);
  return true;
}

/**
 * Rules choose tables by what a plan does not hold. One that only excepts the tunnel's own packets, as wg-quick makes it,
 * is known by its mark.
 */
function runRule(args: readonly string[], { complaints, place }: HookContext): Status {
  if (args[0] === undefined || isVerb(args[0], 'show', 'list', 'lst')) return true;
  if (args.includes('suppress_prefixlength')) return true;
  complaints.notUnderstood(place, `cannot follow ip rule ${shown(args.join(' '))}`, ROUTING);
  return null;
}

/** `ip neigh add proxy A dev eth0`. Other entries only say what would be found out anyway. */
function runNeighbour(args: readonly string[], { draft, place, complaints }: HookContext): Status {
  const proxyAt = args.indexOf('proxy');
  if (proxyAt < 0) return true;
  const address = parseAddress(args[proxyAt + 1] ?? '');
  const device = args[args.indexOf('dev') + 1];
  if (address === null || device === undefined || !args.includes('dev')) {
    complaints.notUnderstood(place, `cannot follow ip neigh ${shown(args.join(' '))}`, ['neighbour-proxies']);
    return null;
  }
  const isSame = (each: (typeof draft.proxies)[number]) =>
    each.address.family === address.family && each.address.bits === address.bits && each.device === device;
  if (isVerb(args[0], 'delete')) {
    const index = draft.proxies.findIndex(isSame);
    if (index >= 0) draft.proxies.splice(index, 1);
    return index >= 0;
  }
  if (!draft.proxies.some(isSame)) draft.proxies.push({ address, device, origin: at(place) });
  return true;
}

function runAddress(args: readonly string[], { draft, tunnel, place, complaints }: HookContext): Status {
  if (args[0] === undefined || isVerb(args[0], 'show', 'list', 'lst')) return true;
  const device = args[args.indexOf('dev') + 1];
  const address = readAddressWithLength(args[1] === 'local' ? (args[2] ?? '') : (args[1] ?? ''));
  if (
    !isVerb(args[0], 'add', 'replace', 'change') ||
    address === null ||
    device === undefined ||
    !args.includes('dev')
  ) {
    complaints.notUnderstood(place, `cannot follow ip addr ${shown(args.join(' '))}`, ['addresses', 'routes']);
    return null;
  }
  const own = draft.tunnels.find(({ id }) => id === device) ?? (tunnel?.id === device ? tunnel : undefined);
  const list = own ? own.addresses : interfaceOf(draft, device, at(place)).addresses;
  list.push({ value: address, origin: at(place) });
  return true;
}

/** `ip link set dev wg0 mtu 1400`; links that are made or taken up say nothing. */
function runLink(args: readonly string[], { draft, place }: HookContext): Status {
  if (isVerb(args[0], 'show', 'list', 'lst') || args[0] === undefined) return true;
  const mtuAt = args.indexOf('mtu');
  const device = args.includes('dev') ? args[args.indexOf('dev') + 1] : args[1];
  const mtu = mtuAt < 0 ? null : readNumber(args[mtuAt + 1] ?? '', 65535);
  const own = draft.tunnels.find(({ id }) => id === device);
  if (own && mtu !== null) own.mtu = { value: mtu, origin: at(place) };
  return true;
}
