/**
 * Causes that no trace shows, because packets find their way in the model: time, names that changed, several addresses
 * outside, source checks by firewalls, ways that are not the ones that were meant. Each is read from the plan's facts along
 * a run that works.
 */

import { type Address, sameAddress } from '../../net/address.ts';
import { prefixHas } from '../../net/prefix.ts';
import { addressText, linkName, stationName } from '../explain/names.ts';
import type { Run } from '../flow.ts';
import type { Hop, TunnelStep } from '../trace.ts';
import { dialled } from '../tunnels.ts';
import { routeTo } from '../world/route-table.ts';
import { isPrivate, SOMEBODY } from '../world/stand-ins.ts';
import type { Link, Station, TunnelLink, World } from '../world.ts';
import { ownerOf } from './attempts.ts';
import type { Culprit } from './finding.ts';
import { allowedFor, carries, dials, peersOf, stationOrigins, tunnelsOf } from './rules/scene.ts';
import { gapCulprit, namedPrefix } from './rules/ways.ts';

export interface Suspect {
  readonly culprit: Culprit;
  readonly weight: number;
  readonly assumption: string | null;
  readonly isReply: boolean;
}

/** What may be wrong although `run` works; nothing is proved by it. */
export function suspectsBeyond(world: World, run: Run): Suspect[] {
  const [first] = run.packets;
  const called =
    first?.trace.hops[0]?.station.kind === 'internet' ? ownerOf(world, first.trace.hops[0].packet.destination) : null;
  const tunnels = run.packets.slice(0, 2).flatMap(({ trace }) => trace.hops.flatMap((hop) => tunnelStepsOf(hop)));
  return [
    ...(called === null ? asymmetries(run) : homelessReplies(called, first!.trace.hops[0]!.packet.destination)),
    ...tunnels.flatMap(({ hop, step }) => {
      const { station } = hop;
      return [
        ...clocks(station, step),
        ...names(station, step),
        ...families(station, step),
        ...sourceChecks(station, step),
        ...homes(station, step),
        ...providers(station, step),
      ];
    }),
  ];
}

function tunnelStepsOf(hop: Hop): { hop: Hop; step: TunnelStep }[] {
  return hop.steps.flatMap((step) => (step.kind === 'tunnel' ? [{ hop, step }] : []));
}

/** Whom `station` dials, or who dials it. */
function dialling(
  station: Station,
  { peer, other }: TunnelStep,
): { near: Station; far: Station; link: TunnelLink; peer: TunnelStep['peer'] } | null {
  if (other === null) return null;
  const [near, far] = peer.endpoint !== undefined ? [station, other] : [other, station];
  for (const link of tunnelsOf(near)) {
    const found = link.peers.named(far.name).find(({ endpoint }) => endpoint !== undefined);
    if (found !== undefined) return { near, far, link, peer: found };
  }
  return null;
}

/** A handshake carries the time, and an older one than the last is refused. */
function clocks(station: Station, { other }: TunnelStep): Suspect[] {
  return [station, ...(other ? [other] : [])].flatMap((each) => {
    const wrong = each.device?.clockIsWrong;
    if (!wrong?.value) return [];
    const culprit: Culprit = {
      cause: 'clock-not-set',
      station: each,
      origins: [wrong.origin],
      words:
        'has a clock that is wrong: its handshakes carry the time, and the other side refuses one that is older than the last',
      cure: `on ${stationName(each)}: set the clock before the tunnel starts (NTP, time-sync.target); restarting the tunnel on the other side forgets the last handshake`,
    };
    return [{ culprit, weight: 3, assumption: 'that the clock was ahead before', isReply: false }];
  });
}

/** WireGuard looks a name up once. */
function names(station: Station, step: TunnelStep): Suspect[] {
  const found = dialling(station, step);
  const host = found?.peer.endpoint?.value.host;
  const lookup = found?.near.device?.lookups?.find(({ value }) => value.name === host);
  if (!found || !lookup?.value.atStart || !lookup.value.now || sameAddress(lookup.value.atStart, lookup.value.now))
    return [];
  const culprit: Culprit = {
    cause: 'stale-endpoint',
    station: found.near,
    origins: [lookup.origin, found.peer.endpoint!.origin],
    words: `still sends to ${addressText(lookup.value.atStart)}, which ${host} stood for at the start; now it stands for ${addressText(lookup.value.now)}`,
    cure: `on ${stationName(found.near)}: look the name up again (\`wg set\` with the same endpoint, or a restart of the tunnel), and regularly: the reresolve-dns script of wireguard-tools`,
  };
  return [
    {
      culprit,
      weight: 3,
      assumption: `that ${addressText(lookup.value.atStart)} is no longer ${stationName(found.far)}`,
      isReply: false,
    },
  ];
}

/** An endpoint of a family in which the other side is not known to have an address. */
function families(station: Station, step: TunnelStep): Suspect[] {
  const found = dialling(station, step);
  if (found === null) return [];
  const { near, far, link, peer } = found;
  const address = dialled({ station: near, link, peer });
  const known = far.device?.interfaces.flatMap((each) => (each.kind === 'wireguard' ? [] : each.addresses)) ?? [];
  const isPublic = far.outside?.public?.some(({ value }) => value.family === address?.family) ?? false;
  if (address === null || isPublic || known.length === 0) return [];
  if (known.some(({ value }) => value.address.family === address.family)) return [];
  const culprit: Culprit = {
    cause: 'wrong-endpoint',
    station: near,
    origins: [peer.endpoint!.origin, ...known.map(({ origin }) => origin)],
    words: `dials ${stationName(far)} over IPv${address.family} (${addressText(address)}), and no interface of it is known to have an IPv${address.family} address`,
    cure: `an Endpoint of ${stationName(far)} over IPv${address.family === 6 ? 4 : 6}; or an IPv${address.family} address for ${stationName(far)}`,
  };
  return [{ culprit, weight: 3, assumption: `that ${stationName(far)} has no other address`, isReply: true }];
}

/**
 * A tunnel that takes everything keeps its own packets out by a mark. A source check that does not know the mark drops what
 * the other side sends outside. The kernel's own IPv4 check is told of it (`src_valid_mark`), a firewall's for IPv6 is not.
 */
function sourceChecks(station: Station, step: TunnelStep): Suspect[] {
  const found = dialling(station, step);
  if (found === null) return [];
  const { near, link, peer } = found;
  const address = dialled({ station: near, link, peer });
  const strict = near.reversePathFilters.find(({ mode }) => mode === 'strict');
  if (strict === undefined || address?.family !== 6 || !link.tunnel.avoidsItself?.value) return [];
  const via = peer.allowedIps.find(({ value }) => prefixHas(value, address));
  if (via === undefined) return [];
  const culprit: Culprit = {
    cause: 'rp-filter',
    station: near,
    origins: [strict.origin, via.origin],
    words: `drops what ${addressText(address)} sends it outside: its source check finds the way back in the tunnel, because it does not know the mark that keeps the tunnel’s packets out`,
    cure: `on ${stationName(near)}: switch the IPv6 source check off or make it loose (firewalld: IPv6_rpfilter=loose or no; or a rule that restores the mark before the check)`,
  };
  return [{ culprit, weight: 2.5, assumption: 'that the strict source check covers IPv6', isReply: true }];
}

/** A machine with several addresses outside may answer from another one than was called. */
function homes(station: Station, step: TunnelStep): Suspect[] {
  const found = dialling(station, step);
  if (found === null) return [];
  const { far, near, link, peer } = found;
  const address = dialled({ station: near, link, peer });
  const outer = far.links.filter(({ kind }) => kind === 'outer');
  const home = address && outer.find(({ addresses }) => addresses.some(({ value }) => sameAddress(value, address)));
  if (!address || !home || outer.length < 2) return [];
  const via = routeTo(far.routes, { family: address.family, bits: address.bits ^ (1n << 24n) })?.via;
  if (via === undefined || !('interface' in via) || via.interface === home.id) return [];
  const culprit: Culprit = {
    cause: 'multihomed-wrong-source',
    station: far,
    origins: home.addresses.map(({ origin }) => origin),
    words: `is called at ${addressText(address)} on ${home.id}, and its default route leads out of ${via.interface}: its answers leave there`,
    cure: `on ${stationName(far)}: a rule that sends what comes from ${addressText(address)} out of ${home.id} (ip rule add from ${addressText(address)} table …); or the address of ${via.interface} as Endpoint`,
  };
  return [
    { culprit, weight: 2.5, assumption: 'that no rule sends answers back by where the question came', isReply: true },
  ];
}

/** Nobody said what the provider lets in. */
function providers(station: Station, step: TunnelStep): Suspect[] {
  const found = dialling(station, step);
  if (found === null || found.far.outside?.inbound !== undefined || found.far.outside?.behindNat?.value !== false)
    return [];
  const { far } = found;
  const port = tunnelsOf(far)[0]?.tunnel.listenPort?.value;
  const culprit: Culprit = {
    cause: 'provider-firewall',
    station: far,
    origins: stationOrigins(far),
    words: 'might not get the handshakes: what its provider lets in is not known',
    cure: `in the provider’s firewall of ${stationName(far)}: let in UDP ${port ?? 'to its ListenPort'}, from any source port`,
  };
  return [{ culprit, weight: 0.9, assumption: 'that its provider lets in only what is allowed', isReply: false }];
}

/** The reply leaves by another interface than the request came by, with a source that its provider does not know. */
function asymmetries(run: Run): Suspect[] {
  const [request, reply] = run.packets;
  const there = request?.trace.hops.at(-1);
  const back = reply?.trace.hops[0];
  if (there === undefined || back === undefined || there.station !== back.station) return [];
  const { station } = there;
  const out = station.links.find(({ id }) => id === back.leavesBy);
  const source = there.packet.destination;
  const home = station.links.find(({ addresses }) => addresses.some(({ value }) => sameAddress(value, source)));
  if (out === undefined || home === undefined || isPrivate(source)) return [];
  if (out.kind !== 'outer' || home.kind !== 'tunnel') return [];
  return [asymmetric(station, source, home, out)];
}

/** The internet calls an address of a tunnel, and the way back to the internet is another. */
function homelessReplies(station: Station, source: Address): Suspect[] {
  const home = tunnelsOf(station).find(({ addresses }) => addresses.some(({ value }) => sameAddress(value, source)));
  const via = routeTo(station.routes, SOMEBODY[source.family])?.via;
  const out =
    via !== undefined && 'interface' in via ? station.links.find(({ id }) => id === via.interface) : undefined;
  return home === undefined || out === undefined || out === home ? [] : [asymmetric(station, source, home, out)];
}

function asymmetric(station: Station, source: Address, home: Link, out: Link): Suspect {
  const culprit: Culprit = {
    cause: 'asymmetric-reply-path',
    station,
    origins: home.addresses.filter(({ value }) => sameAddress(value, source)).map(({ origin }) => origin),
    words: `is called at ${addressText(source)} of ${linkName(station, home.id)} and answers by ${linkName(station, out.id)}, whose provider drops a source that is not its own`,
    cure: `on ${stationName(station)}: answers from ${addressText(source)} into the tunnel: ip rule add from ${addressText(source)} table 51, ip route add default dev ${home.id} table 51`,
  };
  return { culprit, weight: 3, assumption: 'that its provider drops sources that are not its own', isReply: true };
}

/** A flow that is to go through `via` and does not: the first machine on its way that has a tunnel leading there. */
export function detourCulprit(world: World, run: Run, via: string): Culprit | null {
  const [request] = run.packets;
  if (request === undefined || request.trace.hops.some(({ station }) => station.name === via)) return null;
  for (const hop of request.trace.hops) {
    const { station, packet } = hop;
    const towards = peersOf(world, station).find(({ other }) => other?.name === via) ?? null;
    if (towards === null) continue;
    const owner = allowedFor(station, packet.destination);
    if (owner?.peer !== towards.peer) {
      const gap = gapCulprit({ world, station }, towards, packet.destination);
      const words = `sends ${isPrivate(packet.destination) ? addressText(packet.destination) : 'what goes to the internet'} past its tunnel: AllowedIPs of ${via} do not have it`;
      const cause = dials(station, towards) ? 'client-allowedips-missing-dest' : gap.cause;
      return { ...gap, cause, words };
    }
    const overlaps = hop.leavesBy !== null && carries(world, station, packet.destination);
    return {
      cause: overlaps ? 'lan-overlap' : 'route-missing',
      station,
      origins: [owner.origin],
      words: `has ${namedPrefix(world, packet.destination)} in AllowedIPs of ${via}, and its routes lead past the tunnel`,
      cure: `on ${stationName(station)}: a route to ${namedPrefix(world, packet.destination)} dev ${towards.link.id}`,
    };
  }
  return null;
}
