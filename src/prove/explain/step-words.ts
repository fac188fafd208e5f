/**
 * One step in words: a predicate whose subject is the station (`has no route to 10.66.0.2`), so that it stands in a table
 * of hops, in the message of a diagnostic, and in a longer sentence alike.
 *
 * A step that ends a packet says why; one that passes says what it did, or nothing where it only did not object.
 */

import type { Address } from '../../net/address.ts';
import type { Filter, Peer } from '../../plan/plan.ts';
import type {
  AllowedIpsInStep,
  AllowedIpsOutStep,
  FilterStep,
  Hop,
  NeighbourStep,
  Packet,
  RouteStep,
  Step,
  TranslationStep,
} from '../trace.ts';
import type { UnknownPart } from '../world.ts';
import { addressText, linkName, prefixText, stationName } from './names.ts';
import { obstacleWords } from './obstacles.ts';

/** What `step` does at `hop`, whether the packet ends there or goes on. */
export function stepWords(step: Step, hop: Hop): string {
  const { station, packet } = hop;
  switch (step.kind) {
    case 'source-address':
      return step.address === null
        ? `has no IPv${packet.family} address to send from`
        : `sends as ${addressText(step.address)}`;
    case 'route':
      return routeWords(step, hop);
    case 'allowed-ips-out':
      return ownerWords(step);
    case 'tunnel':
      if (step.state === 'down') return `cannot open its tunnel to ${peerName(step.peer)}: ${openingWords(step, hop)}`;
      if (step.state === 'idle') {
        return `reaches ${peerName(step.peer)} only after ${peerName(step.peer)} spoke: ${openingWords(step, hop)}`;
      }
      return `sends into its tunnel to ${peerName(step.peer)}`;
    case 'allowed-ips-in':
      return sourceWords(step);
    case 'back-to-sender':
      return `drops it: it would go back into the tunnel to ${peerName(step.peer)}, which it came out of`;
    case 'reverse-path':
      return step.ends === null
        ? `accepts ${addressText(step.source)} on ${linkName(station, step.interface)}`
        : `drops it: replies to ${addressText(step.source)} would not leave by ${linkName(station, step.interface)} (rp_filter, ${step.mode})`;
    case 'forwarding':
      return `${step.ends === null ? 'forwards' : 'does not forward'} IPv${step.family} from ${linkName(station, step.from)} to ${linkName(station, step.to)}`;
    case 'hop-limit':
      return step.ends === null ? `leaves ${step.left} hops` : 'drops it: its hop limit has ended, it goes round';
    case 'size':
      return sizeWords(step, hop);
    case 'segment-size':
      return `lowers the segment size from ${step.before} to ${step.after} bytes`;
    case 'tracking':
      return trackingWords(step.state, step.because);
    case 'filter':
      return filterWords(step);
    case 'translation':
      return translationWords(step);
    case 'neighbour':
      return neighbourWords(step, hop);
    case 'provider':
      if (step.ends === null) return 'passes its provider';
      return step.check === 'inbound'
        ? 'never gets it: its provider does not let it in'
        : `sends it in vain: its provider drops what is not its own (source ${addressText(packet.source)})`;
    case 'internet':
      return internetWords(step, packet);
    case 'assumption':
      return `${step.isFavourable ? 'would let it go on' : 'might not let it go on'}: ${unknownWords(step.part)} is not known`;
    case 'delivery':
      return deliveryWords(step.ends, step.address);
  }
}

export function peerName({ name }: Peer): string {
  return name === '' ? 'an unknown machine' : name;
}

/** The internet as a station. */
function internetWords({ because }: Extract<Step, { kind: 'internet' }>, { source, destination }: Packet): string {
  switch (because) {
    case 'private-source':
      return `drops it: it comes from the private address ${addressText(source)}`;
    case 'private-destination':
      return `drops it: ${addressText(destination)} is a private address, which nobody has there`;
    case null:
      return 'takes it';
  }
}

function routeWords({ destination, route, ends }: RouteStep, { station }: Hop): string {
  if (route === null || route.via.kind === 'nowhere') return `has no route to ${addressText(destination)}`;
  switch (route.via.kind) {
    case 'unreachable':
      return ends === null
        ? `knows that ${addressText(destination)} does not exist`
        : `answers that ${addressText(destination)} does not exist: nothing that is described has this address`;
    case 'gateway':
      return route.prefix.length === 0
        ? `sends it to its default gateway ${addressText(route.via.gateway)}`
        : `sends ${prefixText(route.prefix)} to ${addressText(route.via.gateway)}`;
    case 'interface':
      return `sends ${prefixText(route.prefix)} to ${linkName(station, route.via.interface)}`;
  }
}

function ownerWords({ destination, peer, prefix, losers }: AllowedIpsOutStep): string {
  if (peer === null) {
    return `drops it: ${addressText(destination)} is in the allowed IPs of none of its peers`;
  }
  return `sends ${prefixText(prefix!)} to ${peerName(peer)}${lostWords(losers.map((each) => each.peer))}`;
}

function sourceWords({ source, sender, owner, ends, losers }: AllowedIpsInStep): string {
  const from = `${addressText(source)} from ${peerName(sender)}`;
  if (ends === null) return `accepts ${from}`;
  if (owner === null) return `drops it: ${addressText(source)} is not in the allowed IPs of ${peerName(sender)}`;
  const isLost = losers.some(({ peer }) => peer === sender);
  return isLost
    ? `drops it: ${addressText(source)} is in the allowed IPs of ${peerName(sender)} and, later, of ${peerName(owner)}, and only the last one counts`
    : `drops it: ${from} does not fit, because ${addressText(source)} is in the allowed IPs of ${peerName(owner)}`;
}

function lostWords(losers: readonly Peer[]): string {
  return losers.length === 0 ? '' : ` (and not to ${losers.map(peerName).join(', ')}, whose allowed IPs it took)`;
}

function openingWords(step: Extract<Step, { kind: 'tunnel' }>, { station }: Hop): string {
  return step.opening.obstacle === null
    ? 'nobody begins'
    : obstacleWords(step.opening.obstacle, stationName(station), peerName(step.peer));
}

function sizeWords(step: Extract<Step, { kind: 'size' }>, { station }: Hop): string {
  const where = linkName(station, step.interface);
  const what = step.of === 'outer' ? 'datagrams of its tunnel' : 'packets';
  if (step.isCut) return `cuts ${what} of ${step.bytes} bytes into pieces of ${step.mtuBytes}`;
  return step.of === 'outer'
    ? `cannot send it: with what WireGuard adds it has ${step.bytes} bytes, and the path takes ${step.mtuBytes}`
    : `cannot send ${step.bytes} bytes to ${where}, which takes ${step.mtuBytes}, and they may not be cut`;
}

function trackingWords(state: string, because: 'half-seen' | 'beginning-unseen' | null): string {
  switch (because) {
    case 'half-seen':
      return 'sees only one half of this conversation: invalid for its connection tracking';
    case 'beginning-unseen':
      return 'has not seen how this conversation began: invalid for its connection tracking';
    default:
      return `takes it as ${state}`;
  }
}

function filterWords({ ends, rule, hook }: FilterStep): string {
  if (ends === null) return 'lets it pass';
  const verb = ends === 'rejected' ? 'refuses' : 'drops';
  const where = { input: ' for what comes in', forward: '', output: ' for what it sends' }[hook];
  const does = `${verb} it in its firewall${where}`;
  if (rule.states?.length === 1 && rule.states[0] === 'invalid') {
    return `${does}, which sees only one half of this conversation (invalid)`;
  }
  return isPolicy(rule) ? `${does}, where no rule lets it pass` : does;
}

/** A last rule that fits everything. */
function isPolicy({ action: _, hook: __, chain: ___, family: ____, origin: _____, ...matches }: Filter): boolean {
  return Object.values(matches).every((value) => value === undefined);
}

function translationWords({ field, before, after, rule, portBefore, portAfter }: TranslationStep): string {
  const [old, changed] = [addressText(before), addressText(after)];
  const ports = portBefore === portAfter ? '' : `, port ${portBefore} by ${portAfter}`;
  if (rule === null) return `puts ${changed} back in place of ${old}`;
  switch (rule.kind) {
    case 'masquerade':
      return `replaces the sender ${old} by its own address ${changed} (masquerade)`;
    case 'one-to-one':
      return `replaces ${old} by ${changed} (one to one)`;
    default:
      return `replaces the ${field === 'source' ? 'sender' : 'destination'} ${old} by ${changed}${ports}`;
  }
}

function neighbourWords({ segment, address, answer, silent }: NeighbourStep, { station }: Hop): string {
  if (answer === null) {
    const [first] = silent;
    const asked = `gets no answer for ${addressText(address)} on LAN ${segment}`;
    if (first === undefined) return `${asked}: nobody has this address`;
    const who = stationName(first.station);
    return first.because === 'not-forwarding'
      ? `${asked}: ${who} should answer and does not, because it does not forward`
      : `${asked}: ${who} should answer and does not, because its own route to it leads back to the LAN`;
  }
  if (answer.proxy !== null) {
    return `gives it to ${stationName(answer.station)}, which answers for ${addressText(address)} on LAN ${segment}`;
  }
  return answer.station === station
    ? `has ${addressText(address)} itself`
    : `gives it to ${stationName(answer.station)} on LAN ${segment}`;
}

function deliveryWords(ends: Step['ends'], address: Address): string {
  switch (ends) {
    case 'delivered-elsewhere':
      return `takes it for itself: it has ${addressText(address)}`;
    case 'unexpected-reply':
      return `drops the reply: it asked somebody else and knows nothing of ${addressText(address)}`;
    default:
      return 'gets it';
  }
}

/** A part of a station that nobody stated, as the subject of "… is not known". */
export function unknownWords(part: UnknownPart): string {
  return UNKNOWN[part];
}

const UNKNOWN: Readonly<Record<UnknownPart, string>> = {
  addresses: 'its address',
  routes: 'what routes it has',
  'forwarding-ipv4': 'whether it forwards IPv4',
  'forwarding-ipv6': 'whether it forwards IPv6',
  'input-filter': 'its firewall for what comes in',
  'forward-filter': 'its firewall for what it forwards',
  'output-filter': 'its firewall for what it sends',
  translations: 'what it translates',
  'mss-clamps': 'whether it lowers the segment size of TCP',
  'neighbour-proxies': 'for whom it answers on its LAN',
  'reverse-path-filter': 'its reverse path filter',
  outside: 'how the internet sees it',
  'gateway-firewall': 'its firewall',
  'outer-fragments': 'whether pieces of tunnel datagrams arrive',
  'router-advertisements': 'whether it keeps what routers advertise although it forwards',
};
