/**
 * DNS: whether the resolver that a machine is given is reached through its tunnel, and answers there.
 */

import { type Address, sameAddress } from '../../net/address.ts';
import { prefixHas } from '../../net/prefix.ts';
import { addressText, stationName } from '../explain/names.ts';
import { flowOf, type Run } from '../flow.ts';
import { isPrivate } from '../world/stand-ins.ts';
import type { Station, World } from '../world.ts';
import { ownerOf } from './attempts.ts';
import type { CauseCode } from './cause-codes.ts';
import type { Culprit } from './finding.ts';
import { culpritOf } from './rules/culprit.ts';
import { allowedFor, lanHas } from './rules/scene.ts';

export interface DnsFailure {
  readonly culprit: Culprit;
  readonly run: Run;
  readonly resolver: Address;
  /** Whether the address of the resolver is that of somebody described; else it may be near the machine, wherever that is. */
  readonly isDescribed: boolean;
}

const DNS_PORT = 53;

/** The resolvers of `from` that it cannot ask. */
export function dnsFailures(world: World, from: Station): DnsFailure[] {
  return (from.device?.dns ?? []).flatMap(({ value, origin }) => {
    const failure = resolverFailure(world, from, value);
    if (failure === null) return [];
    const { culprit } = failure;
    const isOfResolver = culprit.cause === 'dns-service-not-listening' || culprit.cause === 'dns-not-in-allowedips';
    return [isOfResolver ? { ...failure, culprit: { ...culprit, origins: [origin, ...culprit.origins] } } : failure];
  });
}

/** Why `from` gets no answer from a resolver at `resolver`; null when nothing says that it does not. */
export function resolverFailure(world: World, from: Station, resolver: Address): DnsFailure | null {
  const question = { from, to: null, destination: resolver, protocol: 'udp', port: DNS_PORT } as const;
  const { best } = flowOf(world, question);
  const isDescribed =
    ownerOf(world, resolver) !== null || world.plan.lans.some(({ name }) => lanHas(world, name, resolver));
  if (best.outcome === 'works') {
    const culprit = refusal(best, resolver);
    return culprit && { culprit, run: best, resolver, isDescribed: true };
  }
  const culprit =
    culpritOf(world, best) ??
    (isPrivate(resolver) && allowedFor(from, resolver) === null ? unreachable(from, resolver) : null);
  if (culprit === null) return null;
  const isAway = culprit.station === from && AWAY.has(culprit.cause);
  return {
    culprit: isAway ? { ...culprit, cause: 'dns-not-in-allowedips' } : culprit,
    run: best,
    resolver,
    isDescribed,
  };
}

const AWAY: ReadonlySet<CauseCode> = new Set([
  'client-allowedips-missing-dest',
  'hub-allowedips-missing-lan',
  'route-missing',
  'masquerade-missing',
]);

function unreachable(from: Station, resolver: Address): Culprit {
  return {
    cause: 'dns-not-in-allowedips',
    station: from,
    origins: [],
    words: `asks ${addressText(resolver)} for names, which is in the AllowedIPs of none of its peers`,
    cure: `on ${stationName(from)}: ${addressText(resolver)} in AllowedIPs of the peer behind which it is`,
  };
}

/** The question arrives, and the service does not serve there. */
function refusal(run: Run, resolver: Address): Culprit | null {
  const { arrived, hops } = run.packets[0]!.trace;
  const { station } = hops.at(-1)!;
  const services = station.device?.services?.filter(({ value }) => value.name === 'dns') ?? [];
  if (services.length === 0 || arrived === null) return null;
  const fits = services.some(
    ({ value }) =>
      value.addresses.some((each) => sameAddress(each, arrived.destination)) &&
      (value.answers.length === 0 || value.answers.some((prefix) => prefixHas(prefix, arrived.source!))),
  );
  if (fits) return null;
  return {
    cause: 'dns-service-not-listening',
    station,
    origins: services.map(({ origin }) => origin),
    words: `gets the question at ${addressText(resolver)} from ${addressText(arrived.source)}, and its DNS service does not answer there`,
    cure: `on ${stationName(station)}: let the DNS service listen at ${addressText(resolver)} and answer ${addressText(arrived.source)} (dnsmasq: listen-address and interface; unbound: interface and access-control; Pi-hole: permit all origins)`,
  };
}
