/**
 * LANs as the API shows them.
 */

import type { Network } from '../../../description/network.ts';
import { formatAddress } from '../../../net/address.ts';
import { formatPrefix } from '../../../net/prefix.ts';
import type { LanPlan, Plan } from '../../../plan/plan.ts';
import type { LanShape } from '../shape/lan.ts';

/** In the order of the file. */
export function lanViews(plan: Plan, network: Network): LanShape[] {
  const lends = new Map(network.lans.map((lan) => [lan.name.value, lan.lend]));
  return plan.lans.map((lan) => ({
    name: lan.name,
    prefixes: lan.prefixes.map(({ value }) => formatPrefix(value)),
    seenAs: lan.seenAs.map(({ seenAs }) => formatPrefix(seenAs.value)),
    via: lan.via?.value ?? null,
    viaAddresses: addressesOfVia(lan, plan),
    attach: lan.attach?.value ?? null,
    defaultGateway: lan.defaultGateway.map(({ value }) => formatAddress(value)),
    defaultGatewayPlatform: lan.defaultGatewayPlatform?.value ?? null,
    gatewayFirewall: lan.gatewayFirewall?.value ?? null,
    advertise: lan.advertise.map(({ value }) => value),
    lent: (lends.get(lan.name) ?? []).map(({ machine, addresses }) => ({
      machine: machine.value,
      addresses: addresses.map(({ value }) => formatAddress(value)),
    })),
    gatewayRoutes: lan.gatewayRoutes.map(({ prefix, gateway }) => ({
      prefix: formatPrefix(prefix),
      gateway: formatAddress(gateway),
    })),
    hosts: lan.hosts.map(({ name, addresses, platform }) => ({
      name,
      addresses: addresses.map(({ value }) => formatAddress(value)),
      platform: platform?.value ?? null,
    })),
  }));
}

function addressesOfVia({ name, via }: LanPlan, plan: Plan): string[] {
  const device = plan.devices.find((each) => each.name === via?.value);
  const onLan = device?.interfaces.find((each) => each.kind === 'lan' && each.lan === name);
  return onLan?.kind === 'lan' ? onLan.addresses.map(({ value }) => formatAddress(value.address)) : [];
}
