/**
 * What stations are built on: the LANs with the addresses that are taken there, and tables shared by identity.
 */

import type { Address, Family } from '../../net/address.ts';
import type { Device, Fact, LanPlan, Peer, Plan, Route } from '../../plan/plan.ts';
import { addressKey } from './address-key.ts';
import { PeerTable } from './peer-table.ts';
import { type RankedRoute, type RouteRank, RouteTable, type RouteVisitor } from './route-table.ts';
import { freeAddress } from './stand-ins.ts';

/** A LAN while its stations are being built. */
export class LanGround {
  readonly lan: LanPlan;
  readonly families: readonly Family[];
  /** Addresses of the default gateway: those stated, those of the device that it is, or assumed ones. */
  readonly gateways: readonly Fact<Address>[];
  /** Whether some box that is not described is the default gateway, as on every LAN that nobody planned. */
  readonly gatewayIsAssumed: boolean;
  readonly #taken: Set<string>;
  readonly #standing = new Map<string, readonly Fact<Address>[]>();

  constructor(lan: LanPlan, devices: readonly Device[]) {
    this.lan = lan;
    this.families = familiesOf(lan.prefixes);
    const known = [...lan.defaultGateway, ...lan.lent, ...lan.hosts.flatMap((host) => host.addresses)];
    this.#taken = new Set(known.map(({ value }) => addressKey(value)));
    for (const { value } of devices.flatMap((device) => statedOn(device, lan.name))) this.#take(value);
    for (const device of devices) this.#stand(device);
    const ofDevice = lan.defaultGatewayName && this.#standing.get(lan.defaultGatewayName.value);
    const stated = [...lan.defaultGateway, ...(ofDevice ?? [])];
    this.gatewayIsAssumed = lan.attach === null && stated.length === 0;
    this.gateways = this.gatewayIsAssumed ? this.assumedAddresses() : stated;
  }

  /** The addresses of a device there, assumed where nobody stated any. */
  addressesOf(device: Device): readonly Fact<Address>[] {
    return this.#standing.get(device.name) ?? [];
  }

  /** An address that nobody has, for each family. From then on it is taken. */
  assumedAddresses(): Fact<Address>[] {
    const found = this.families.flatMap((family) => this.#standIns(family).slice(0, 1));
    for (const { value } of found) this.#take(value);
    return found;
  }

  /** An address that nobody has in every prefix that has one left. */
  unnamedAddresses(): Fact<Address>[] {
    return this.families.flatMap((family) => this.#standIns(family));
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
      const gateway = this.gateways.find(({ value }) => value.family === family);
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

  #stand(device: Device): void {
    const here = device.interfaces.filter((each) => each.kind === 'lan' && each.lan === this.lan.name);
    if (here.length === 0) return;
    const stated = statedOn(device, this.lan.name).filter(({ isProxied }) => !isProxied);
    this.#standing.set(device.name, stated.length > 0 ? stated : this.assumedAddresses());
  }

  #take(address: Address): void {
    this.#taken.add(addressKey(address));
  }

  #standIns(family: Family): Fact<Address>[] {
    return this.lan.prefixes.flatMap(({ value, origin }) => {
      const free = value.family === family ? freeAddress(value, this.#taken) : null;
      return free === null ? [] : [{ value: free, origin }];
    });
  }
}

/** The addresses that a device has on a LAN, and those that it answers for there. */
function statedOn(device: Device, lan: string): (Fact<Address> & { readonly isProxied: boolean })[] {
  return device.interfaces.flatMap((each) => {
    if (each.kind !== 'lan' || each.lan !== lan) return [];
    const own = each.addresses.map(({ value, origin }) => ({ value: value.address, origin, isProxied: false }));
    const proxied = device.neighbourProxies
      .filter((proxy) => proxy.interface === each.id)
      .map(({ address, origin }) => ({ value: address, origin, isProxied: true }));
    return [...own, ...proxied];
  });
}

/** Tables of the plan's lists: one for each list, however many devices share it. */
export class SharedTables {
  readonly #routes = new Map<readonly unknown[], RouteTable>();
  readonly #peers = new Map<readonly Peer[], PeerTable>();

  routes(device: Device): RouteTable {
    const tunnels = () => new Set(device.interfaces.filter(({ kind }) => kind === 'wireguard').map(({ id }) => id));
    return this.#once(
      device.routes,
      () => {
        const ids = tunnels();
        return device.routes.map((route) => ({ ...route, rank: rankOf(route, ids) }));
      },
      (visitor) => {
        const ids = tunnels();
        for (const route of device.routes) {
          const { via } = route;
          const interfaceId = 'interface' in via ? via.interface : null;
          visitor(route, via.kind, interfaceId, via.kind === 'gateway' ? via.gateway : null, rankOf(route, ids));
        }
      },
    );
  }

  /** The routes somebody adds on a LAN's default gateway, or hosts learn, out of `interfaceId`. */
  gatewayRoutes(list: LanPlan['gatewayRoutes'], interfaceId: string): RouteTable {
    return this.#once(
      list,
      () =>
        list.map(({ prefix, gateway, origin }) => ({
          prefix,
          via: { kind: 'gateway', interface: interfaceId, gateway },
          origin,
          rank: 'stated',
        })),
      (visitor) => {
        for (const route of list) visitor(route, 'gateway', interfaceId, route.gateway, 'stated');
      },
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

  #once(list: readonly unknown[], routes: () => RankedRoute[], visit: (visitor: RouteVisitor) => void): RouteTable {
    let table = this.#routes.get(list);
    if (table === undefined) {
      table = new RouteTable(routes, visit);
      this.#routes.set(list, table);
    }
    return table;
  }
}

function rankOf({ via }: Route, tunnels: ReadonlySet<string>): RouteRank {
  if (via.kind === 'unreachable') return 'unreachable';
  return tunnels.has(via.interface) ? 'tunnel' : 'stated';
}

/** The LANs of a plan, with everybody who stands there. */
export function groundsOf(plan: Plan): Map<string, LanGround> {
  const standing = new Map<string, Device[]>(plan.lans.map(({ name }) => [name, []]));
  for (const device of plan.devices) {
    const lans = new Set(device.interfaces.flatMap((each) => (each.kind === 'lan' ? [each.lan] : [])));
    for (const lan of lans) standing.get(lan)?.push(device);
  }
  return new Map(plan.lans.map((lan) => [lan.name, new LanGround(lan, standing.get(lan.name)!)]));
}

/** The families among addresses or prefixes. */
export function familiesOf(facts: readonly Fact<{ readonly family: Family }>[]): Family[] {
  return ([4, 6] as const).filter((family) => facts.some(({ value }) => value.family === family));
}
