/**
 * For tests: the network on which the behaviour of Linux was measured.
 *
 *   phone 10.9.0.2 ─┐
 *                   hub 10.9.0.1 ── tunnel ── pi 10.9.0.5 ─┬─ home 192.168.1.0/24 ─┬─ nas .10
 *   laptop 10.9.0.3 ┘                            .5 there ─┘                       └─ gw .1 ── internet
 *
 * With `carrier: 'gw'` the tunnel ends on gw, and there is no pi.
 */

import type { Device, LanPlan, Peer, Plan } from '../plan/plan.ts';
import {
  device,
  fact,
  forwardsAll,
  gatewayRoute,
  lan,
  lanLink,
  outerLink,
  peer,
  planOf,
  routesOf,
  tunnel,
} from './example-plan.ts';

export interface SiteWords {
  readonly carrier?: 'pi' | 'gw';
  /** Null: not known. */
  readonly firewall?: NonNullable<LanPlan['gatewayFirewall']>['value'] | null;
  /** The static route on gw; true when absent. */
  readonly hasRoute?: boolean;
  readonly hub?: Partial<Device>;
  readonly pi?: Partial<Device>;
  readonly phone?: Partial<Device>;
  readonly home?: Partial<LanPlan>;
  readonly more?: readonly Device[];
  /** Peers of hub in place of the usual. */
  readonly hubPeers?: readonly Peer[];
}

const HUB = { endpoint: '198.51.100.1:51820', keepalive: 25 };

export function site(words: SiteWords = {}): Plan {
  const { carrier = 'pi', firewall = 'none', hasRoute = true } = words;
  const atHome = carrier === 'pi' ? '192.168.1.5' : '192.168.1.1';
  const hubTunnel = tunnel(
    'hub',
    ['10.9.0.1'],
    words.hubPeers ?? [
      peer('phone', ['10.9.0.2/32']),
      peer('laptop', ['10.9.0.3/32']),
      peer(carrier, ['10.9.0.5/32', '192.168.1.0/24']),
    ],
    { listenPort: 51820 },
  );
  const carrierTunnel = tunnel(carrier, ['10.9.0.5'], [peer('hub', ['10.9.0.0/24'], HUB)]);
  return planOf(
    [
      device('hub', [hubTunnel, outerLink(['198.51.100.1/24'])], {
        kind: 'router',
        forwarding: forwardsAll(['wg0', 'eth0']),
        outside: { public: [fact({ family: 4, bits: 0xc6336401n }, 'public of hub')] },
        ...words.hub,
      }),
      device('phone', [tunnel('phone', ['10.9.0.2'], [peer('hub', ['10.9.0.0/24', '192.168.1.0/24'], HUB)])], {
        ...words.phone,
      }),
      device('laptop', [tunnel('laptop', ['10.9.0.3'], [peer('hub', ['10.9.0.0/24', '192.168.1.0/24'], HUB)])]),
      device(carrier, [carrierTunnel, lanLink('home', [`${atHome}/24`])], {
        forwarding: forwardsAll(['wg0', 'eth0']),
        routes: routesOf(carrierTunnel),
        ...words.pi,
      }),
      ...(words.more ?? []),
    ],
    [
      {
        ...lan('home', ['192.168.1.0/24'], {
          gateway: ['192.168.1.1'],
          hosts: { nas: ['192.168.1.10'] },
          gatewayRoutes: carrier === 'pi' && hasRoute ? [gatewayRoute('10.9.0.0/24', atHome)] : [],
          gatewayFirewall: firewall === null ? null : fact(firewall, `firewall ${firewall}`),
        }),
        ...words.home,
      },
    ],
  );
}
