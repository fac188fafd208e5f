/**
 * What others must do for a LAN attached by a static route: instructions for its default gateway, written for that
 * device, and the two ways in which hosts learn the routes without it.
 */

import type { LanPlan, Plan } from '../../plan/plan.ts';
import { dhcpOption121Files } from '../advertise/dhcp-option-121.ts';
import { routerAdvertisementFiles } from '../advertise/router-advertisement.ts';
import type { Refusal } from '../refusal.ts';
import { fritzboxFiles } from './fritzbox.ts';
import type { GatewayFile } from './gateway-file.ts';
import { genericFiles } from './generic.ts';
import { type LanNeeds, needsOf } from './lan-needs.ts';
import { linuxFiles } from './linux.ts';
import { openwrtFiles } from './openwrt.ts';
import { opnsenseFiles } from './opnsense.ts';
import { pfsenseFiles } from './pfsense.ts';
import { routerosFiles } from './routeros.ts';
import { unifiFiles } from './unifi.ts';
import { vyosFiles } from './vyos.ts';

export interface GatewayResult {
  /** The default gateway's first, then DHCP, then router advertisements. None for a LAN that needs nothing of others. */
  readonly files: readonly GatewayFile[];
  /** Why one of the ways without the default gateway has no file. Its own instructions are always there. */
  readonly refusals: readonly Refusal[];
}

/** All instructions for `lan`, each file whole. */
export function renderGateway(plan: Plan, lan: LanPlan): GatewayResult {
  const needs = needsOf(plan, lan);
  if (needs === null) return { files: [], refusals: [] };
  const dhcp = dhcpOption121Files(needs);
  const announced = routerAdvertisementFiles(needs);
  return 'code' in dhcp
    ? { files: [...defaultGatewayFiles(needs), ...announced], refusals: [dhcp] }
    : { files: [...defaultGatewayFiles(needs), ...dhcp, ...announced], refusals: [] };
}

function defaultGatewayFiles(needs: LanNeeds): GatewayFile[] {
  switch (needs.platform) {
    case 'linux':
    case 'debian-networkd':
    case 'networkmanager':
      return linuxFiles(needs);
    case 'openwrt':
      return openwrtFiles(needs);
    case 'routeros':
      return routerosFiles(needs);
    case 'vyos':
      return vyosFiles(needs);
    case 'opnsense':
      return opnsenseFiles(needs);
    case 'pfsense':
      return pfsenseFiles(needs);
    case 'fritzbox':
      return fritzboxFiles(needs);
    case 'unifi':
      return unifiFiles(needs);
    default:
      return genericFiles(needs);
  }
}
