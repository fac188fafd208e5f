/**
 * A machine's draft becomes a device of the plan: everything stated, what follows from it, and a list of what nobody
 * stated.
 */

import { ADDRESS_BITS } from '../../net/address.ts';
import { hostPrefix, type Prefix, prefixHas } from '../../net/prefix.ts';
import type { Device, Fact, Interface, NeighbourProxy, Outside, Route, UnknownFact } from '../../plan/plan.ts';
import { outcomeOf } from '../packet/outcome.ts';
import type { Rule, Table } from '../packet/ruleset.ts';
import { OUTWARD } from '../shell/queries.ts';
import type { SurveyMachine } from '../survey/survey.ts';
import type { Complaints } from '../text/complaints.ts';
import type { Draft, RouteDraft } from './draft.ts';
import { platformOf } from './platform.ts';
import { type Mentions, placeInterfaces, type Standing, type WiredInterface } from './standing.ts';
import { forwardingOf, reversePathFiltersOf } from './switches.ts';
import { type NameOfKey, tunnelOf, tunnelRoutes } from './tunnels.ts';

export function deviceOf(
  draft: Draft,
  standings: readonly Standing[],
  nameOfKey: NameOfKey,
  complaints: Complaints,
): Device {
  const { survey } = draft;
  const platform = platformOf(draft);
  const tunnels = draft.tunnels.map((each) => tunnelOf(each, platform, nameOfKey, complaints));
  const others = placeInterfaces(draft, standings, mentionsOf(draft));
  const interfaces: Interface[] = [...tunnels, ...others];
  const ids = interfaces.map((each) => each.id);
  const outcome = outcomeOf(draft.tables.values(), { interfaces: ids, addresses: ownAddresses(interfaces) });
  for (const { origin, reason, concerns } of outcome.lost) {
    complaints.notUnderstood(origin.kind === 'file' ? origin.place : draft.place, reason, [concerns]);
  }
  const { forwarding, unknown } = forwardingOf(draft, ids);
  const tunnelled = draft.tunnels.flatMap((each, i) => tunnelRoutes(each, tunnels[i]!, draft.routesObserved));
  const rpFilters = reversePathFiltersOf(draft, ids);
  const outside = survey && outsideOf(survey);
  return {
    name: draft.name,
    kind: 'machine',
    platform,
    place: draft.place,
    interfaces,
    routes: routesOf(draft, tunnelled, others, standings),
    forwarding,
    translations: outcome.translations,
    filters: outcome.filters,
    mssClamps: outcome.clamps,
    neighbourProxies: proxiesOf(draft, others),
    ...(rpFilters.length > 0 && { reversePathFilters: rpFilters }),
    ...(outside && { outside }),
    unknown: [...unknownOf(draft), ...unknown],
    switches: [...draft.switches].map(([path, value]) => ({ path, value })),
    ...(survey?.listens && { services: survey.listens }),
    ...(survey?.endpointNames && { lookups: survey.endpointNames }),
    ...(survey?.clockIsWrong && { clockIsWrong: survey.clockIsWrong }),
    dns: draft.tunnels.flatMap((each) => each.configuration.dns),
  };
}

function ownAddresses(interfaces: readonly Interface[]): Prefix[] {
  return interfaces.flatMap((each) =>
    each.kind === 'wireguard'
      ? each.addresses.map(({ value }) => hostPrefix(value))
      : each.addresses.map(({ value }) => hostPrefix(value.address)),
  );
}

/** Interfaces that only rules and routes name. */
const MENTIONS_AT_MOST = 200;

/** Names of interfaces in routes, proxies and rules; loopback and tunnels apart. */
function mentionsOf(draft: Draft): Mentions {
  const tunnels = new Set(draft.tunnels.map((each) => each.id));
  const names = new Set<string>();
  const outwards = new Set<string>();
  const mention = (name: string | undefined | null) => {
    const isName = name === OUTWARD || /^[^\s/()]{1,32}$/.test(name ?? '');
    if (names.size >= MENTIONS_AT_MOST) return;
    if (name && isName && name !== 'lo' && !tunnels.has(name) && !name.endsWith('*')) {
      names.add(name);
    }
  };
  for (const { device, prefix } of draft.routes) {
    mention(device);
    if (device && prefix.length === 0) outwards.add(device);
  }
  for (const { device } of draft.proxies) mention(device);
  for (const rule of rulesOf(draft.tables.values())) {
    for (const test of rule.tests) {
      if (test.field !== 'from' && test.field !== 'to') continue;
      for (const name of test.of) {
        mention(name);
        if (rule.verdict.kind === 'masquerade' && test.field === 'to' && !test.not) outwards.add(name);
      }
    }
  }
  addWildcards(draft, names);
  return { all: [...names], outwards };
}

/** `eth+` on a machine of which no interface is known that begins so: there is one, or the rule would not be there. */
function addWildcards(draft: Draft, names: Set<string>): void {
  const known = [...draft.interfaces.keys(), ...names];
  for (const rule of rulesOf(draft.tables.values())) {
    for (const test of rule.tests) {
      if ((test.field !== 'from' && test.field !== 'to') || test.not) continue;
      for (const name of test.of) {
        const stem = name.slice(0, -1);
        if (!name.endsWith('*') || stem === '' || /^(tun|tap|wg|veth|docker)/.test(stem)) continue;
        if (!known.some((each) => each.startsWith(stem))) names.add(`${stem}0`);
      }
    }
  }
}

function* rulesOf(tables: Iterable<Table>): Generator<Rule> {
  for (const table of tables) for (const chain of table.chains.values()) yield* chain.rules;
}

function routesOf(
  draft: Draft,
  tunnelled: readonly RouteDraft[],
  interfaces: readonly WiredInterface[],
  standings: readonly Standing[],
): Route[] {
  const routes = [...tunnelled, ...draft.routes].flatMap((each) => routeOf(each, interfaces));
  return [...withoutTwins(routes), ...defaultRoutes(draft, interfaces, standings)];
}

function routeOf(
  { prefix, kind, device, gateway, metric, isAdvertised, origin }: RouteDraft,
  interfaces: readonly WiredInterface[],
): Route[] {
  const base = { prefix, ...(metric > 0 && { metric }), ...(isAdvertised && { isAdvertised }), origin };
  if (kind !== 'unicast') return [{ ...base, via: { kind: 'unreachable' } }];
  const own = device ?? interfaceTowards(gateway, interfaces);
  if (own === undefined) return [];
  return [
    { ...base, via: gateway ? { kind: 'gateway', interface: own, gateway } : { kind: 'interface', interface: own } },
  ];
}

function interfaceTowards(gateway: RouteDraft['gateway'], interfaces: readonly WiredInterface[]): string | undefined {
  if (!gateway) return undefined;
  const around = interfaces.find(({ addresses }) =>
    addresses.some(({ value }) => prefixHas({ ...maskOf(value) }, gateway)),
  );
  return around?.id ?? (interfaces.length === 1 ? interfaces[0]!.id : undefined);
}

function maskOf({ address, length }: { address: { family: 4 | 6; bits: bigint }; length: number }): Prefix {
  const shift = BigInt(ADDRESS_BITS[address.family] - length);
  return { family: address.family, bits: (address.bits >> shift) << shift, length };
}

/** A survey may repeat what follows from a configuration: the same route is one, told by what was read first. */
function withoutTwins(routes: readonly Route[]): Route[] {
  const seen = new Set<string>();
  return routes.filter(({ prefix, via, metric }) => {
    const way = via.kind === 'unreachable' ? '' : via.interface;
    const gateway = via.kind === 'gateway' ? via.gateway.bits : '';
    const name = `${prefix.family} ${prefix.bits} ${prefix.length} ${via.kind} ${way} ${gateway} ${metric ?? 0}`;
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}

/**
 * A default route that was left out: to the default gateway of the LAN, or straight out where an interface leads
 * nowhere that is described. IPv6 only where an IPv6 address says that there is any.
 */
function defaultRoutes(draft: Draft, interfaces: readonly WiredInterface[], standings: readonly Standing[]): Route[] {
  return ([4, 6] as const).flatMap((family): Route[] => {
    const tunnels = new Set(draft.tunnels.map((each) => each.id));
    const isThere = draft.routes.some(
      ({ prefix, device }) => prefix.family === family && prefix.length === 0 && !tunnels.has(device ?? ''),
    );
    if (isThere || draft.routesObserved.has(family)) return [];
    const prefix: Prefix = { family, bits: 0n, length: 0 };
    for (const { lan, gateways, isGateway, origin } of standings) {
      const gateway = gateways.find(({ value }) => value.family === family);
      const own = interfaces.find((each) => each.kind === 'lan' && each.lan === lan);
      if (!gateway || !own || isGateway) continue;
      const because = [gateway.origin, origin];
      const via = { kind: 'gateway', interface: own.id, gateway: gateway.value } as const;
      return [{ prefix, via, origin: { kind: 'rule', rule: 'default-route-left-out', because } }];
    }
    const outer = interfaces.filter((each) => each.kind === 'outer');
    const [only] = outer;
    if (outer.length !== 1 || !only) return [];
    if (family === 6 && !only.addresses.some(({ value }) => value.address.family === 6)) return [];
    const origin: Fact<unknown>['origin'] = { kind: 'file', place: draft.place };
    return [
      {
        prefix,
        via: { kind: 'interface', interface: only.id },
        origin: { kind: 'rule', rule: 'default-route-left-out', because: [origin] },
      },
    ];
  });
}

function proxiesOf(draft: Draft, interfaces: readonly WiredInterface[]): NeighbourProxy[] {
  return draft.proxies.flatMap(({ address, device, origin }) => {
    const around = interfaces.find(({ addresses }) => addresses.some(({ value }) => prefixHas(maskOf(value), address)));
    const id = device ?? around?.id ?? interfaces.find((each) => each.kind === 'lan')?.id;
    return id === undefined ? [] : [{ address, interface: id, origin }];
  });
}

function outsideOf(survey: SurveyMachine): Outside | null {
  const outside: Outside = {
    ...(survey.publicAddresses && { public: survey.publicAddresses.value }),
    ...(survey.behindNat && { behindNat: survey.behindNat }),
    ...(survey.inbound && { inbound: survey.inbound.value }),
    ...(survey.publishedPorts && { publishedPorts: survey.publishedPorts.value }),
    ...(survey.sourceDestCheck && { sourceDestinationCheck: survey.sourceDestCheck }),
    ...(survey.pathMtu && { pathMtu: survey.pathMtu }),
  };
  return Object.keys(outside).length > 0 ? outside : null;
}

const PARTS: readonly UnknownFact[] = [
  'addresses',
  'routes',
  'input-filter',
  'forward-filter',
  'output-filter',
  'translations',
  'mss-clamps',
  'neighbour-proxies',
  'reverse-path-filter',
  'outside',
];

function unknownOf(draft: Draft): UnknownFact[] {
  const isKnown = (part: UnknownFact) => draft.known.has(part) || (part === 'addresses' && draft.interfaces.size > 0);
  return PARTS.filter((part) => !isKnown(part));
}
