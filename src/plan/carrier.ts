/**
 * What a machine does for the LANs it carries: it forwards, translates, filters, answers for lent addresses, and keeps
 * TCP segments small enough.
 */

import type { Lan } from '../description/network.ts';
import type { Address, Family } from '../net/address.ts';
import { hostPrefix, prefixHas } from '../net/prefix.ts';
import { mappingsOf, outerPrefixes, prefixesOf, type Standing } from './directory.ts';
import { INTO_TUNNEL, lanInterface, TUNNEL } from './interface-names.ts';
import { familiesOf } from './lans.ts';
import { byRule, fromFile } from './origin.ts';
import type { Fact, Filter, Forwarding, MssClamp, NeighbourProxy, Origin, Route, Translation } from './plan.ts';

/** A prefix of a carried LAN in which the carrier has no address is still on that wire, and needs saying so. */
export function onLinkRoutes(carried: readonly Lan[], standings: readonly Standing[]): Route[] {
  return carried.flatMap((lan) => {
    const addresses = standings.find((standing) => standing.lan === lan)!.addresses;
    return prefixesOf(lan)
      .filter((prefix) => !addresses.some((address) => prefixHas(prefix.value, address.value)))
      .map((prefix) => ({
        prefix: prefix.value,
        via: { kind: 'interface' as const, interface: lanInterface(lan) },
        origin: byRule('lan-on-link', [fromFile(prefix.place), fromFile(lan.via!.place)]),
      }));
  });
}

/**
 * A carried prefix ends here, also while the LAN's link is down and nothing else leads there. Its packets would otherwise
 * leave by the default route, or go back into the tunnel where a wider prefix leads, until their hop limit ends.
 */
export function lastResorts(carried: readonly Lan[]): Route[] {
  return carried.flatMap((lan) =>
    [...new Set([...prefixesOf(lan), ...outerPrefixes(lan)])].map(({ value, place }) => ({
      prefix: value,
      via: { kind: 'unreachable' as const },
      origin: byRule('unreachable-aggregate', [fromFile(place), fromFile(lan.via!.place)]),
    })),
  );
}

/**
 * The switches of a carrier: between the tunnel and each LAN it carries, and between any two of them, in every family
 * that both sides have.
 */
export function forwardingFor(carried: readonly Lan[]): Forwarding[] {
  const sides = carried.map(sideOf);
  return sides.flatMap((side, i) => [
    ...side.families.flatMap((family) => [
      { family, from: TUNNEL, to: side.id, origin: byRule('forward-for-lan', [side.because]) },
      { family, from: side.id, to: TUNNEL, origin: byRule('forward-for-lan', [side.because]) },
    ]),
    ...sides.slice(i + 1).flatMap((other) =>
      sharedFamilies(side, other).flatMap((family) => {
        const origin = byRule('forward-for-lan', [side.because, other.because]);
        return [
          { family, from: side.id, to: other.id, origin },
          { family, from: other.id, to: side.id, origin },
        ];
      }),
    ),
  ]);
}

/**
 * The translations of a carrier. A packet gets the first that fits: between two carried LANs, the one that brings the reply
 * back stands before the one that shows the sender under another address.
 */
export function translationsFor(carried: readonly Lan[]): Translation[] {
  const sides = carried.map(sideOf);
  return [...masquerades(sides), ...oneToOne(sides)];
}

/**
 * Towards each LAN that joins by `masquerade`, from the tunnel and from the other LANs, and only in that direction. What
 * the LAN's hosts send keeps its addresses, and replies are translated back by the state of the connection.
 */
function masquerades(sides: readonly Side[]): Translation[] {
  return sides.flatMap((side) => {
    const attach = side.lan.attach!;
    if (attach.value !== 'masquerade') return [];
    const others = sides.filter((other) => other !== side);
    return side.families.flatMap((family) => [
      masquerade(family, TUNNEL, side.id, [fromFile(attach.place)]),
      ...others
        .filter((other) => other.families.includes(family))
        .map((other) => masquerade(family, other.id, side.id, [fromFile(attach.place), other.because])),
    ]);
  });
}

/** A LAN with `seen-as` is known by other addresses in the tunnel, and on the other LANs of its carrier too. */
function oneToOne(sides: readonly Side[]): Translation[] {
  return sides.flatMap((side) =>
    mappingsOf(side.lan).flatMap(({ real, seenAs }) => {
      const others = sides.filter((other) => other !== side && other.families.includes(real.value.family));
      return [TUNNEL, ...others.map((other) => other.id)].map((id) => ({
        kind: 'one-to-one' as const,
        real: real.value,
        seenAs: seenAs.value,
        interface: id,
        origin: byRule('seen-as', [fromFile(real.place), fromFile(seenAs.place)]),
      }));
    }),
  );
}

function masquerade(family: Family, from: string, to: string, because: readonly Origin[]): Translation {
  return { kind: 'masquerade', family, from, to, origin: byRule('masquerade-towards-lan', because) };
}

/**
 * Clamps on the tunnel of a carrier, in the families of its LANs.
 *
 * Hosts on a LAN start at the size of their own link, and the tunnel is narrower. ICMP would tell them, and is often
 * filtered between the carrier and a host.
 */
export function clampsFor(carried: readonly Lan[]): MssClamp[] {
  return ([4, 6] as const).flatMap((family) => {
    const because = carried.filter((lan) => familiesOf(lan).includes(family)).map((lan) => fromFile(lan.via!.place));
    return because.length === 0 ? [] : [{ family, interface: TUNNEL, origin: byRule('clamp-for-lan', because) }];
  });
}

/**
 * Under an address of the carrier or of its LANs, nothing enters its tunnel that does not come from these LANs. The router
 * takes such packets for the carrier's own, and a carrier that forwards elsewhere too would let the world send them.
 */
export function filtersFor(carried: readonly Lan[], own: readonly Fact<Address>[]): Filter[] {
  const sides = carried.map(sideOf);
  if (sides.length === 0) return [];
  const rule = (because: Origin) => ({
    hook: 'forward' as const,
    chain: INTO_TUNNEL,
    to: TUNNEL,
    origin: byRule('no-spoofed-sources', [because]),
  });
  const sources = [
    ...own.map(({ value, origin }) => ({ value: hostPrefix(value), because: origin })),
    ...carried.flatMap((lan) =>
      [...new Set([...prefixesOf(lan), ...outerPrefixes(lan)])].map(({ value, place }) => ({
        value,
        because: fromFile(place),
      })),
    ),
  ];
  return ([4, 6] as const).flatMap((family) => [
    ...sides
      .filter((side) => side.families.includes(family))
      .map((side) => ({ action: 'accept' as const, family, from: side.id, ...rule(side.because) })),
    ...sources
      .filter(({ value }) => value.family === family)
      .map(({ value, because }) => ({ action: 'drop' as const, family, source: value, ...rule(because) })),
  ]);
}

/** A carrier answers for every address that its LANs lend: those who have them are elsewhere. */
export function proxiesFor(carried: readonly Lan[]): NeighbourProxy[] {
  return carried.flatMap((lan) =>
    lan.lend.flatMap(({ addresses }) =>
      addresses.map(({ value, place }) => ({
        address: value,
        interface: lanInterface(lan),
        origin: byRule('answers-for-lent', [fromFile(place), fromFile(lan.via!.place)]),
      })),
    ),
  );
}

/** A carried LAN as its carrier sees it. */
interface Side {
  readonly lan: Lan;
  /** The interface towards it. */
  readonly id: string;
  readonly families: readonly Family[];
  /** That it is carried. */
  readonly because: Origin;
}

function sideOf(lan: Lan): Side {
  return { lan, id: lanInterface(lan), families: familiesOf(lan), because: fromFile(lan.via!.place) };
}

function sharedFamilies(a: Side, b: Side): Family[] {
  return a.families.filter((family) => b.families.includes(family));
}
