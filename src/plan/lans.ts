/**
 * LANs: their prefixes, their default gateway, and the routes somebody has to add on it.
 */

import type { Lan } from '../description/network.ts';
import type { Address, Family } from '../net/address.ts';
import { type Prefix, prefixContains } from '../net/prefix.ts';
import { ofFamily } from '../net/prefix-set.ts';
import { coverExactly } from './allowed-ips.ts';
import { carrierAddresses, type Directory, mappingsOf, originOf, outerPrefixes, prefixesOf } from './directory.ts';
import { byRule, fromFile, stated } from './origin.ts';
import type { Fact, LanPlan, Origin } from './plan.ts';

/** The prefixes behind tunnels, by LAN: what everybody else sends to the router. */
export type LanRoutes = ReadonlyMap<Lan, readonly Fact<Prefix>[]>;

/** The prefixes under which others know every LAN, each because of where it is written and of who carries it. */
export function lanRoutes(directory: Directory): LanRoutes {
  return new Map(
    directory.network.lans.map((lan) => {
      const via = fromFile(lan.via!.place);
      const facts = outerPrefixes(lan).map((prefix) => ({
        value: prefix.value,
        origin: byRule('router-is-next-hop', [originOf(directory, prefix), via]),
      }));
      return [lan, facts];
    }),
  );
}

/**
 * The plan of every LAN.
 *
 * `elsewhere(lan)` is what lies in the tunnels as seen from there: inside prefixes and the other LANs, the fewest.
 */
export function planLans(directory: Directory, elsewhere: (lan: Lan) => readonly Fact<Prefix>[]): LanPlan[] {
  const gatewayRoutes = gatewayRouting();
  return directory.network.lans.map((lan) => {
    const carrier = carrierAddresses(directory, lan).map(stated);
    return {
      name: lan.name.value,
      place: lan.name.place,
      prefixes: prefixesOf(lan).map((prefix) => ({ value: prefix.value, origin: originOf(directory, prefix) })),
      seenAs: mappingsOf(lan).map(({ real, seenAs }) => ({
        real: { value: real.value, origin: originOf(directory, real) },
        seenAs: stated(seenAs),
      })),
      via: stated(lan.via!),
      attach: stated(lan.attach!),
      defaultGateway: defaultGateway(lan, carrier),
      defaultGatewayPlatform: lan.defaultGatewayPlatform ? stated(lan.defaultGatewayPlatform) : null,
      gatewayFirewall: lan.gatewayFirewall ? stated(lan.gatewayFirewall) : null,
      advertise: lan.advertise.map(stated),
      gatewayRoutes: lan.attach!.value === 'static-route' ? gatewayRoutes(lan, carrier, elsewhere(lan)) : [],
      lent: lan.lend.flatMap((each) => each.addresses.map(stated)),
      hosts: lan.hosts.map((host) => ({
        name: host.name.value,
        addresses: host.address.map(stated),
        ...(host.platform ? { platform: stated(host.platform) } : {}),
      })),
    };
  });
}

/** The families of a LAN's prefixes. */
export function familiesOf(lan: Lan): Family[] {
  const prefixes = prefixesOf(lan).map((prefix) => prefix.value);
  return ([4, 6] as const).filter((family) => ofFamily(prefixes, family).length > 0);
}

/** With `attach: default-gateway` the carrier is the default gateway, said or not. */
function defaultGateway(lan: Lan, carrier: readonly Fact<Address>[]): Fact<Address>[] {
  if (lan.attach!.value !== 'default-gateway') return lan.defaultGateway.map(stated);
  const attach = fromFile(lan.attach!.place);
  return carrier.map(({ value, origin }) => ({ value, origin: byRule('via-is-gateway', [attach, origin]) }));
}

/**
 * What the default gateway must send to the carrier: everything in the tunnels, in the families of the LAN.
 *
 * Hosts know only their default gateway; without these routes it sends replies to the internet, and they are lost.
 * A thousand LANs have a million of these, so they share the origins of what they lead to.
 */
function gatewayRouting(): (lan: Lan, carrier: readonly Fact<Address>[], elsewhere: Facts) => LanPlan['gatewayRoutes'] {
  const origins = new Map<Fact<Prefix>, Origin>();
  const originOf = (fact: Fact<Prefix>): Origin => {
    let origin = origins.get(fact);
    if (!origin) {
      origin = byRule('gateway-route', [fact.origin]);
      origins.set(fact, origin);
    }
    return origin;
  };
  return (lan, carrier, elsewhere) =>
    familiesOf(lan).flatMap((family) => {
      const gateway = carrier.find((fact) => fact.value.family === family)!.value;
      return elsewhere
        .filter((fact) => fact.value.family === family)
        .map((fact) => ({ prefix: fact.value, gateway, origin: originOf(fact) }));
    });
}

type Facts = readonly Fact<Prefix>[];

/**
 * Everything in the tunnels: the inside prefixes and every LAN's. No two overlap.
 *
 * With a ULA prefix, the whole of it in place of its parts, so that the next LAN changes nobody's configuration; what of
 * it does not exist ends at the router.
 */
export function everything(directory: Directory, routes: LanRoutes): Fact<Prefix>[] {
  const { ula } = directory;
  const inside = directory.inside.map((prefix) => ({
    value: prefix.value,
    origin: byRule('router-is-next-hop', [originOf(directory, prefix)]),
  }));
  const parts = [...inside, ...[...routes.values()].flat()].filter(({ value }) => !isPartOf(ula, value));
  return ula ? [...parts, { value: ula.value, origin: byRule('ula-rule', [fromFile(ula.place)]) }] : parts;
}

/** Whether `prefix` lies in the network's ULA prefix. */
export function isPartOf(ula: Directory['ula'], prefix: Prefix): boolean {
  return ula !== null && prefixContains(ula.value, prefix);
}

/** What a LAN is for the router: the peer that carries it owns the prefixes under which others know it. */
export function carriedPrefixes(lans: readonly Lan[]): Fact<Prefix>[] {
  return coverExactly(
    lans.flatMap((lan) => {
      const via = fromFile(lan.via!.place);
      return outerPrefixes(lan).map((prefix) => ({
        value: prefix.value,
        origin: byRule('lan-behind-via', [fromFile(prefix.place), via]),
      }));
    }),
  );
}
