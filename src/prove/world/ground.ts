/**
 * What stations are built on: the LANs with the addresses that are taken there, and tables shared by identity.
 */

import type { Address, Family } from '../../net/address.ts';
import { prefixHas } from '../../net/prefix.ts';
import type { Device, Fact, LanPlan, Peer, Plan, Route } from '../../plan/plan.ts';
import { addressKey } from './address-key.ts';
import { PeerTable } from './peer-table.ts';
import { type RankedRoute, type RouteRank, RouteTable } from './route-table.ts';
import { freeAddress } from './stand-ins.ts';

/** A LAN while its stations are being built. */
export class LanGround {
  readonly lan: LanPlan;
  readonly families: readonly Family[];
  readonly #taken: Set<string>;

  constructor(lan: LanPlan) {
    this.lan = lan;
    this.families = ([4, 6] as const).filter((family) => lan.prefixes.some(({ value }) => value.family === family));
    const known = [...lan.defaultGateway, ...lan.lent, ...lan.hosts.flatMap((host) => host.addresses)];
    this.#taken = new Set(known.map(({ value }) => addressKey(value)));
  }

  take(address: Address): void {
    this.#taken.add(addressKey(address));
  }

  /** An address that nobody has, in the first prefix of the family that has one left. */
  assumedAddress(family: Family): Fact<Address>[] {
    return this.#standIns(family).slice(0, 1);
  }

  /** An address that nobody has in every prefix that has one left. */
  unnamedAddresses(): Fact<Address>[] {
    return ([4, 6] as const).flatMap((family) => this.#standIns(family));
  }

  #standIns(family: Family): Fact<Address>[] {
    return this.lan.prefixes.flatMap(({ value, origin }) => {
      const free = value.family === family ? freeAddress(value, this.#taken) : null;
      return free === null ? [] : [{ value: free, origin }];
    });
  }

  /** The prefixes of the LAN as routes of what stands on it, in these families. */
  onLink(interfaceId: string, families: readonly Family[], rank: RouteRank): RankedRoute[] {
    return this.lan.prefixes
      .filter(({ value }) => families.includes(value.family))
      .map(({ value, origin }) => ({
        prefix: value,
        via: { kind: 'interface', interface: interfaceId },
        origin,
        rank,
      }));
  }

  /** The way out of the LAN for what stands on it and has addresses of these families; nothing at the gateway itself. */
  defaultRoutes(interfaceId: string, families: readonly Family[], own: readonly Fact<Address>[]): RankedRoute[] {
    const taken = new Set(own.map(({ value }) => addressKey(value)));
    return families.flatMap((family) => {
      const gateway = this.lan.defaultGateway.find(({ value }) => value.family === family);
      if (gateway === undefined || taken.has(addressKey(gateway.value))) return [];
      return [
        {
          prefix: { family, bits: 0n, length: 0 },
          via: { kind: 'gateway' as const, interface: interfaceId, gateway: gateway.value },
          origin: gateway.origin,
          rank: 'assumed' as const,
        },
      ];
    });
  }
}

/** Tables of the plan's lists: one for each list, however many devices share it. */
export class SharedTables {
  readonly #routes = new Map<readonly unknown[], RouteTable>();
  readonly #peers = new Map<readonly Peer[], PeerTable>();

  routes(device: Device): RouteTable {
    return this.#once(device.routes, () => {
      const tunnels = new Set(device.interfaces.filter(({ kind }) => kind === 'wireguard').map(({ id }) => id));
      return device.routes.map((route) => ({ ...route, rank: rankOf(route, tunnels) }));
    });
  }

  /** The routes somebody adds on a LAN's default gateway, or hosts learn, out of `interfaceId`. */
  gatewayRoutes(list: LanPlan['gatewayRoutes'], interfaceId: string): RouteTable {
    return this.#once(list, () =>
      list.map(({ prefix, gateway, origin }) => ({
        prefix,
        via: { kind: 'gateway', interface: interfaceId, gateway },
        origin,
        rank: 'stated',
      })),
    );
  }

  peers(list: readonly Peer[]): PeerTable {
    let table = this.#peers.get(list);
    if (table === undefined) {
      table = new PeerTable(list);
      this.#peers.set(list, table);
    }
    return table;
  }

  #once(list: readonly unknown[], routes: () => RankedRoute[]): RouteTable {
    let table = this.#routes.get(list);
    if (table === undefined) {
      table = new RouteTable(routes);
      this.#routes.set(list, table);
    }
    return table;
  }
}

function rankOf({ via }: Route, tunnels: ReadonlySet<string>): RouteRank {
  if (via.kind === 'unreachable') return 'unreachable';
  return tunnels.has(via.interface) ? 'tunnel' : 'stated';
}

/** The LANs of a plan, with every address that anybody is known to have there. */
export function groundsOf(plan: Plan): Map<string, LanGround> {
  const grounds = new Map(plan.lans.map((lan) => [lan.name, new LanGround(lan)]));
  for (const device of plan.devices) {
    for (const each of device.interfaces) {
      if (each.kind !== 'lan') continue;
      const ground = grounds.get(each.lan);
      for (const { value } of each.addresses) ground?.take(value.address);
    }
    for (const { address, interface: id } of device.neighbourProxies) {
      const on = device.interfaces.find((each) => each.id === id);
      if (on?.kind === 'lan') grounds.get(on.lan)?.take(address);
    }
  }
  return grounds;
}

/** The prefix of the LAN that holds `address`, for the length of an address that was assumed. */
export function lengthOn(lan: LanPlan, address: Address): number | null {
  return lan.prefixes.find(({ value }) => prefixHas(value, address))?.value.length ?? null;
}
