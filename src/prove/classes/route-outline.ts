/**
 * What of a route table is asked before its routes are: how long it is, and through whom they lead. Looked through once,
 * because stations share tables.
 */

import type { Address } from '../../net/address.ts';
import type { RouteTable } from '../world/route-table.ts';

export interface RouteOutline {
  readonly count: number;
  /** Each once, as objects: the same address may be there twice. */
  readonly gateways: readonly Address[];
}

const known = new WeakMap<RouteTable, RouteOutline>();

export function outlineOf(table: RouteTable): RouteOutline {
  let outline = known.get(table);
  if (outline === undefined) {
    const gateways = new Set<Address>();
    let last: Address | null = null;
    let count = 0;
    table.visit((_route, _kind, _interface, gateway) => {
      count++;
      if (gateway !== null && gateway !== last) gateways.add(gateway);
      last = gateway;
    });
    outline = { count, gateways: [...gateways] };
    known.set(table, outline);
  }
  return outline;
}
