/**
 * How usual it is that an unknown part of a machine is against a flow, from how its platform comes out of the box.
 *
 * A number only orders what may be: 0 hardly ever, 1 now and then, 2 as the platform comes, 3 something that is stated
 * points to it. It never makes anything proved.
 */

import type { Station, UnknownPart, World } from '../world.ts';
import type { Culprit } from './finding.ts';
import { boxBefore } from './rules/tunnels-down.ts';

export interface Background {
  readonly world: World;
  /** Names of machines on which Docker is said to run: it switches forwarding on, and lets FORWARD drop. */
  readonly dockers: ReadonlySet<string>;
}

export function usualness(
  { world, dockers }: Background,
  station: Station,
  part: UnknownPart,
  culprit: Culprit,
): number {
  const platform = String(station.platform?.value ?? 'other');
  const isDocker = dockers.has(station.name);
  const isGateway = isDefaultGateway(world, station);
  switch (part) {
    case 'output-filter':
      return 0;
    case 'input-filter':
      if (platform === 'windows') return 2;
      return SELDOM_FILTERED.has(platform) ? 0 : 1;
    case 'forward-filter':
      if (isDocker) return 3;
      return CONTAINERS.has(platform) ? 0.5 : 1;
    case 'forwarding-ipv4':
    case 'forwarding-ipv6':
      if (part === 'forwarding-ipv4' && (isDocker || CONTAINERS.has(platform))) return 0.2;
      return isGateway || ROUTERS.has(platform) || station.device === null ? 0.2 : 2;
    case 'translations':
      if (POINTED_AT.has(culprit.cause)) return 3;
      if (!culprit.cause.startsWith('masquerade') && culprit.cause !== 'port-forward-wrong') return 2;
      if (culprit.cause === 'port-forward-wrong') return forwardsOtherwise(culprit) ? 3 : 1;
      return CONTAINERS.has(platform) ? 2 : 1.5;
    case 'outside':
      return culprit.cause === 'port-forward-wrong' && boxBefore(world, station) !== null ? 1 : 0.7;
    case 'router-advertisements':
      return 2;
    case 'routes':
      return 1.5;
    case 'neighbour-proxies':
      return 1.5;
    case 'reverse-path-filter':
      return 0.7;
    case 'outer-fragments':
      return 2;
    case 'mss-clamps':
    case 'addresses':
      return 0.5;
    case 'gateway-firewall':
      return 1;
  }
}

/** A masquerade is written, and does not fit. */
const POINTED_AT: ReadonlySet<string> = new Set(['masquerade-wrong-interface', 'masquerade-source-mismatch']);

const CONTAINERS: ReadonlySet<string> = new Set(['docker', 'container']);
const SELDOM_FILTERED: ReadonlySet<string> = new Set(['ios', 'android', 'docker', 'container']);
/** Forwarding is what they are for. */
const ROUTERS: ReadonlySet<string> = new Set([
  ...['openwrt', 'routeros', 'opnsense', 'pfsense', 'fritzbox', 'unifi', 'edgeos', 'vyos'],
]);

function isDefaultGateway({ plan }: World, station: Station): boolean {
  return plan.lans.some(
    ({ defaultGatewayName, defaultGateway, name }) =>
      defaultGatewayName?.value === station.name ||
      station.links.some(
        (link) =>
          link.kind === 'segment' &&
          link.segment === name &&
          link.addresses.some(({ value }) => defaultGateway.some((each) => each.value.bits === value.bits)),
      ),
  );
}

/** The box is said to forward ports, and none of them is the one that is needed. */
function forwardsOtherwise({ station }: Culprit): boolean {
  return station.translations.some(({ kind }) => kind === 'destination');
}
