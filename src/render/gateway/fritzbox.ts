/**
 * FRITZ!Box as the default gateway: what to click, and the values, with the German labels beside the English ones.
 */

import { formatAddress } from '../../net/address.ts';
import { firstAddress, type Prefix } from '../../net/prefix.ts';
import { dottedMask } from './dotted-mask.ts';
import type { GatewayFile } from './gateway-file.ts';
import { headingLines, purpose } from './heading.ts';
import type { FamilyNeeds, LanNeeds } from './lan-needs.ts';
import { numbered } from './steps.ts';

export function fritzboxFiles(needs: LanNeeds): GatewayFile[] {
  return [
    {
      name: `${needs.lan}-default-gateway.txt`,
      text: steps(needs),
      about: `What to click on the FRITZ!Box that is the default gateway of LAN ${needs.lan}.`,
    },
  ];
}

function steps(needs: LanNeeds): string {
  const heading = headingLines(
    needs,
    {
      what: [
        ...purpose(needs),
        'Static routes. A FRITZ!Box has no rule for traffic from the LAN to the LAN that one could set; if it should not',
        'pass this traffic, use the files for DHCP or router advertisements instead, which leave the box out.',
      ],
      where: ['http://fritz.box, signed in'],
      undo: ['the same page, delete the routes'],
    },
    '',
  );
  return `${heading.join('\n')}\n\n${numbered([
    [
      'Home Network > Network > Network Settings > additional settings',
      '(Heimnetz > Netzwerk > Netzwerkeinstellungen > weitere Einstellungen).',
      'If they are not there: switch on the advanced view (Erweiterte Ansicht) first.',
    ],
    ...needs.families.map((each) => (each.family === 4 ? ipv4Step(each) : ipv6Step(each))),
  ])}

Mind:
- The guest network cannot use these routes.
- 192.168.178.0/24 is what every FRITZ!Box has at first: two such LANs in one network collide, so give one another range.
- Its DHCP server cannot hand out routes (option 121); for that, another DHCP server must take its place.
`;
}

function ipv4Step({ destinations, nextHop }: FamilyNeeds): string[] {
  return [
    'Button "IPv4 Routes" (IPv4-Routen), then "New IPv4 Route" (Neue IPv4-Route), once for each line:',
    ...destinations.map(
      (to) =>
        `IPv4 network ${network(to)}  Subnet mask (Subnetzmaske) ${dottedMask(to)}  Gateway ${formatAddress(nextHop)}`,
    ),
    'Tick "IPv4 route active" (IPv4-Route aktiv), then OK.',
  ];
}

function ipv6Step({ destinations, nextHop }: FamilyNeeds): string[] {
  return [
    'Button "IPv6 Routes" (IPv6-Routen), then "New IPv6 Route" (Neue IPv6-Route), once for each line:',
    ...destinations.map(
      (to) =>
        `IPv6 network ${network(to)}  Prefix length (Präfixlänge) ${to.length}  Gateway ${formatAddress(nextHop)}`,
    ),
    'Tick "IPv6 route active" (IPv6-Route aktiv), then OK.',
  ];
}

function network(prefix: Prefix): string {
  return formatAddress(firstAddress(prefix));
}
