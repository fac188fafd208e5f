/**
 * A UniFi gateway as the default gateway: what to click, and the values. Its menus move with each release, so the text
 * names the things and, in brackets, where they were before.
 */

import { formatAddress } from '../../net/address.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { GatewayFile } from './gateway-file.ts';
import { firewallLines, headingLines, purpose } from './heading.ts';
import type { LanNeeds } from './lan-needs.ts';
import { numbered } from './steps.ts';

export function unifiFiles(needs: LanNeeds): GatewayFile[] {
  return [
    {
      name: `${needs.lan}-default-gateway.txt`,
      text: steps(needs),
      about: `What to click in UniFi Network for the gateway that is the default gateway of LAN ${needs.lan}.`,
    },
  ];
}

function steps(needs: LanNeeds): string {
  const heading = headingLines(
    needs,
    {
      what: [...purpose(needs), 'Static routes, and a policy that lets this traffic pass.', ...firewallLines(needs)],
      where: ['UniFi Network (the application on the gateway or at unifi.ui.com), signed in as an administrator'],
      undo: ['delete the routes and the policies named below'],
    },
    '',
  );
  const routes = needs.families.flatMap(({ destinations, nextHop }) =>
    destinations.map((to) => ({ to: formatPrefix(to), nextHop: formatAddress(nextHop) })),
  );
  return `${heading.join('\n')}\n\n${numbered([
    [
      'Settings > Policy Engine > Policy Table > Create New Policy > Route (before version 9: Settings > Routing >',
      'Static Routes > Create), once for each line:',
      ...routes.map(
        ({ to, nextHop }, i) =>
          `Name wg-router ${needs.lan} ${i + 1}  Destination network ${to}  Type Next Hop  Next hop ${nextHop}  Distance 1`,
      ),
    ],
    ...needs.families.map(({ family, prefixes, destinations }) => [
      'Settings > Policy Engine > Policy Table > Create New Policy > Firewall (before version 9: Settings > Security >',
      'Traffic & Firewall Rules > Advanced, type "LAN In"):',
      `Name              wg-router ${needs.lan} IPv${family}`,
      `Source            zone Internal (or the zone of this LAN), IP ${prefixes.map(formatPrefix).join(', ')}`,
      `Destination       the same zone, IP ${destinations.map(formatPrefix).join(', ')}`,
      `Action            Allow, IP version IPv${family}, protocol and connection state All`,
      'Move it to the top of the list, before any policy that blocks.',
    ]),
  ])}

Mind: not every gateway and version offers IPv6 static routes; where they are missing, use the file for router
advertisements.
`;
}
