/**
 * Router advertisements with route information (RFC 4191), sent by the machine that carries the LAN: hosts that honour
 * them send into the tunnels directly, and the default gateway is left out. IPv6 only.
 *
 * The router lifetime is 0: the machine is the way to what is listed, and nobody's default router.
 */

import { formatAddress } from '../../net/address.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { GatewayFile } from '../gateway/gateway-file.ts';
import { headingLines } from '../gateway/heading.ts';
import type { FamilyNeeds, LanNeeds } from '../gateway/lan-needs.ts';

/** Seconds; three times radvd's longest interval between advertisements, so that one may be lost. */
const ROUTE_LIFETIME_S = 1800;

export function routerAdvertisementFiles(needs: LanNeeds): GatewayFile[] {
  const ipv6 = needs.families.find(({ family }) => family === 6);
  if (ipv6 === undefined) return [];
  return [
    {
      name: `${needs.lan}-router-advertisement.radvd.conf`,
      text: radvd(needs, ipv6),
      about: `${intent(needs)}: radvd on machine ${needs.via} announces the IPv6 routes of LAN ${needs.lan}.`,
    },
    {
      name: `${needs.lan}-router-advertisement.networkd.conf`,
      text: networkd(needs, ipv6),
      about: `The same with systemd-networkd, where machine ${needs.via} uses it instead of radvd.`,
    },
  ];
}

function intent(needs: LanNeeds): string {
  return needs.advertise.has('ra')
    ? 'As the network file asks (`advertise: ra`)'
    : 'Without touching the default gateway';
}

function radvd(needs: LanNeeds, ipv6: FamilyNeeds): string {
  const address = formatAddress(ipv6.nextHop);
  const heading = headingLines(
    needs,
    {
      what: what(needs),
      where: [
        `on machine ${needs.via} (package radvd) as /etc/radvd.conf, with the name of its LAN interface in place of`,
        '<lan-interface>:',
        `lan=$(ip -o addr show to ${address} | awk '{ print $2; exit }')`,
        `sed "s/<lan-interface>/$lan/" ${needs.lan}-router-advertisement.radvd.conf > /etc/radvd.conf`,
        'then: systemctl enable --now radvd',
      ],
      undo: ['systemctl disable --now radvd (it takes the routes back from the hosts when it stops)'],
    },
    '# ',
  );
  const own = ipv6.prefixes.filter(({ length }) => length === 64);
  return `${[
    ...heading,
    '',
    'interface <lan-interface> {',
    '  AdvSendAdvert on;',
    '  AdvDefaultLifetime 0;',
    ...ipv6.destinations.map(
      (to) => `  route ${formatPrefix(to)} { AdvRouteLifetime ${ROUTE_LIFETIME_S}; RemoveRoute on; };`,
    ),
    ...(own.length === 0
      ? []
      : [
          '',
          "  # Only where nothing announces the LAN's own prefix yet, so that hosts have no address in it, without the #:",
          ...own.map((prefix) => `  # prefix ${formatPrefix(prefix)} { };`),
        ]),
    '};',
  ].join('\n')}\n`;
}

function networkd(needs: LanNeeds, ipv6: FamilyNeeds): string {
  const heading = headingLines(
    needs,
    {
      what: what(needs),
      where: [
        `on machine ${needs.via} as /etc/systemd/network/LAN-FILE.network.d/wg-router-${needs.lan}.conf, where`,
        'LAN-FILE.network is the file of its LAN interface (networkctl status); then: networkctl reload',
      ],
      undo: ['delete it; networkctl reload'],
    },
    '# ',
  );
  return `${[
    ...heading,
    '',
    '[Network]',
    'IPv6SendRA=yes',
    '',
    '[IPv6SendRA]',
    'RouterLifetimeSec=0',
    'EmitDNS=no',
    'EmitDomains=no',
    ...ipv6.destinations.flatMap((to) => [
      '',
      '[IPv6RoutePrefix]',
      `Route=${formatPrefix(to)}`,
      `LifetimeSec=${ROUTE_LIFETIME_S}`,
    ]),
  ].join('\n')}\n`;
}

function what(needs: LanNeeds): string[] {
  return [
    `machine ${needs.via}: it tells the hosts of the LAN that it is the way to what lies in the tunnels (IPv6).`,
    'Windows, NetworkManager and systemd-networkd honour it; macOS, iOS, and a Linux kernel by itself do not. Those go',
    'by the default gateway, so its static routes stay needed for them.',
  ];
}
