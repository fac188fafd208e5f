/**
 * What a LAN attached by a static route needs from others, as every text about it says it: the same facts, by family.
 * Choosing the words is left to each format.
 */

import type { Address, Family } from '../../net/address.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { LanPlan, Plan } from '../../plan/plan.ts';

export interface LanNeeds {
  readonly network: string;
  readonly lan: string;
  /** The machine that carries the LAN. */
  readonly via: string;
  readonly platform: NonNullable<LanPlan['defaultGatewayPlatform']>['value'];
  readonly firewall: NonNullable<LanPlan['gatewayFirewall']>['value'] | null;
  readonly advertise: ReadonlySet<LanPlan['advertise'][number]['value']>;
  /** The default gateway's addresses. */
  readonly gateways: readonly Address[];
  /** Only families that have routes; IPv4 first. */
  readonly families: readonly FamilyNeeds[];
}

export interface FamilyNeeds {
  readonly family: Family;
  /** The LAN's own prefixes: sources of what the default gateway sees. */
  readonly prefixes: readonly Prefix[];
  /** What lies in the tunnels. */
  readonly destinations: readonly Prefix[];
  /** The address on the LAN of the machine that carries it. */
  readonly nextHop: Address;
}

/** The needs of `lan`; null when nobody has to do anything there. */
export function needsOf(plan: Plan, lan: LanPlan): LanNeeds | null {
  if (lan.via === null || lan.gatewayRoutes.length === 0) return null;
  const families = ([4, 6] as const).flatMap((family): FamilyNeeds[] => {
    const routes = lan.gatewayRoutes.filter(({ prefix }) => prefix.family === family);
    if (routes.length === 0) return [];
    const prefixes = lan.prefixes.map(({ value }) => value).filter((prefix) => prefix.family === family);
    return [{ family, prefixes, destinations: routes.map(({ prefix }) => prefix), nextHop: routes[0]!.gateway }];
  });
  return {
    network: plan.name,
    lan: lan.name,
    via: lan.via.value,
    platform: lan.defaultGatewayPlatform?.value ?? 'other',
    firewall: lan.gatewayFirewall?.value ?? null,
    advertise: new Set(lan.advertise.map(({ value }) => value)),
    gateways: lan.defaultGateway.map(({ value }) => value),
    families,
  };
}
