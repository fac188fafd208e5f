/**
 * Routes of a list, found by longest prefix. Stations that share a list share the table.
 */

import type { Address, Family } from '../../net/address.ts';
import type { Origin, Route } from '../../plan/plan.ts';
import { type Found, PrefixMap } from '../prefix-map.ts';

/**
 * A route as a station holds it. Of several to one prefix the lowest rank wins: first the wire that an interface stands
 * on, then tunnels, then what a gateway is for, and `unreachable` last.
 */
export interface RankedRoute {
  readonly prefix: Route['prefix'];
  readonly via: Route['via'];
  /** Null where the kernel adds it by itself. */
  readonly origin: Origin | null;
  readonly rank: RouteRank;
}

export type RouteRank = (typeof ROUTE_RANK)[keyof typeof ROUTE_RANK];

export const ROUTE_RANK = { connected: 0, tunnel: 1, gateway: 2, assumed: 3, unreachable: 4 } as const;

export class RouteTable {
  readonly #list: () => Iterable<RankedRoute>;
  #map: PrefixMap<RankedRoute> | null = null;

  /** `list` is called once, when the table is first asked. */
  constructor(list: () => Iterable<RankedRoute>) {
    this.#list = list;
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
        if (known === undefined || route.rank < known.rank) this.#map.set(route.prefix, route);
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
    if (longer > 0 || (longer === 0 && route.rank < best!.rank)) best = route;
  }
  return best;
}
