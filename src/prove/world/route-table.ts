/**
 * Routes of a list, found by longest prefix. Stations that share a list share the table.
 */

import type { Address, Family } from '../../net/address.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { Origin, Route } from '../../plan/plan.ts';
import { type Found, PrefixMap } from '../prefix-map.ts';

/** A route as a station holds it. */
export interface RankedRoute {
  readonly prefix: Prefix;
  /** `nowhere`: as if there was no route, although a shorter prefix has one. */
  readonly via: Route['via'] | { readonly kind: 'nowhere' };
  /** Null where nobody wrote it down. */
  readonly origin: Origin | null;
  readonly rank: RouteRank;
  /** Absent: 0. Between routes that were stated, it decides before the rank. */
  readonly metric?: number;
  /** It came by router advertisements. */
  readonly isAdvertised?: boolean;
}

/**
 * Of several routes to one prefix the lowest rank wins.
 *
 * `connected`: the prefix of an interface's own address, which the kernel adds with the lowest metric there is.
 * `connected-late`: the same where a tunnel's route goes before it (Windows, Android, NetworkManager).
 * `assumed`: that what is on a LAN is on its wire, and the default route, where nobody stated one.
 */
export const ROUTE_RANKS = ['connected', 'tunnel', 'connected-late', 'stated', 'assumed', 'unreachable'] as const;
export type RouteRank = (typeof ROUTE_RANKS)[number];

/** Called with the parts of a route; the gateway is null where the interface leads there by itself. */
export type RouteVisitor = (
  route: Pick<RankedRoute, 'prefix' | 'metric' | 'isAdvertised'>,
  kind: RankedRoute['via']['kind'],
  interfaceId: string | null,
  gateway: Address | null,
  rank: RouteRank,
) => void;

export class RouteTable {
  readonly #list: () => Iterable<RankedRoute>;
  readonly #visit: ((visitor: RouteVisitor) => void) | null;
  #map: PrefixMap<RankedRoute> | null = null;

  /**
   * `list` is called once, when the table is first asked. `visit` goes over the same routes without making them: a
   * thousand tables of a thousand routes are looked through where only a few are ever asked.
   */
  constructor(list: () => Iterable<RankedRoute>, visit: ((visitor: RouteVisitor) => void) | null = null) {
    this.#list = list;
    this.#visit = visit;
  }

  /** Every route of the list in its order, those to one prefix too. */
  visit(visitor: RouteVisitor): void {
    if (this.#visit !== null) {
      this.#visit(visitor);
      return;
    }
    for (const route of this.#list()) {
      const { via } = route;
      const interfaceId = 'interface' in via ? via.interface : null;
      visitor(route, via.kind, interfaceId, via.kind === 'gateway' ? via.gateway : null, route.rank);
    }
  }

  /** The route of the longest prefix that holds `address`, or null. */
  longest(address: Address): RankedRoute | null {
    return this.#filled().longest(address)?.value ?? null;
  }

  /** Every route that some address of the family takes; of several to one prefix, the one that wins. */
  entries(family: Family): Iterable<Found<RankedRoute>> {
    return this.#filled().entries(family);
  }

  #filled(): PrefixMap<RankedRoute> {
    if (this.#map === null) {
      this.#map = new PrefixMap();
      for (const route of this.#list()) {
        const known = this.#map.exact(route.prefix);
        if (known === undefined || isBefore(route, known)) this.#map.set(route.prefix, route);
      }
    }
    return this.#map;
  }
}

/** The route that a station with these tables takes to `address`, or null. */
export function routeTo(tables: readonly RouteTable[], address: Address): RankedRoute | null {
  let best: RankedRoute | null = null;
  for (const table of tables) {
    const route = table.longest(address);
    if (route === null) continue;
    const longer = best === null ? 1 : route.prefix.length - best.prefix.length;
    if (longer > 0 || (longer === 0 && isBefore(route, best!))) best = route;
  }
  return best;
}

/** Whether, of two routes to one prefix, the second of which was found first, `a` is used. */
export function isBefore(a: Pick<RankedRoute, 'rank' | 'metric'>, b: Pick<RankedRoute, 'rank' | 'metric'>): boolean {
  if (STATED.has(a.rank) && STATED.has(b.rank) && a.metric !== b.metric) return (a.metric ?? 0) < (b.metric ?? 0);
  return ROUTE_RANKS.indexOf(a.rank) < ROUTE_RANKS.indexOf(b.rank);
}

const STATED: ReadonlySet<RouteRank> = new Set(['tunnel', 'stated']);
