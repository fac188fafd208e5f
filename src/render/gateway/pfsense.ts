/**
 * pfSense as the default gateway: what to click, and the values.
 */

import { formatAddress } from '../../net/address.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { GatewayFile } from './gateway-file.ts';
import { firewallLines, headingLines, purpose } from './heading.ts';
import type { LanNeeds } from './lan-needs.ts';
import { gatewayName } from './opnsense.ts';
import { numbered } from './steps.ts';

export function pfsenseFiles(needs: LanNeeds): GatewayFile[] {
  return [
    {
      name: `${needs.lan}-default-gateway.txt`,
      text: steps(needs),
      about: `What to click on the pfSense device that is the default gateway of LAN ${needs.lan}.`,
    },
  ];
}

function steps(needs: LanNeeds): string {
  const heading = headingLines(
    needs,
    {
      what: [...purpose(needs), 'Static routes, and the setting that lets this traffic pass.', ...firewallLines(needs)],
      where: ['its web page, signed in as an administrator'],
      undo: [
        'delete the routes, then the gateways, then untick the box of the last step if no other static route needs it',
      ],
    },
    '',
  );
  const name = (family: number) => gatewayName(needs.via, family);
  return `${heading.join('\n')}\n\n${numbered([
    ...needs.families.map(({ family, nextHop }) => [
      'System > Routing > Gateways, Add:',
      "Interface          the LAN's (usually LAN)",
      `Address Family     IPv${family}`,
      `Name               ${name(family)}`,
      `Gateway            ${formatAddress(nextHop)}`,
      'Gateway Monitoring tick "Disable Gateway Monitoring"',
      'Save, then Apply Changes.',
      'Do not choose this gateway under Interfaces > LAN: it would be taken for a way to the internet, and addresses',
      'would be translated.',
    ]),
    [
      'System > Routing > Static Routes, Add, once for each line:',
      ...needs.families.flatMap(({ family, destinations }) =>
        destinations.map((to) => `Destination network ${formatPrefix(to)}  Gateway ${name(family)}`),
      ),
      'Save each, then Apply Changes.',
    ],
    [
      'System > Advanced > Firewall & NAT, "Static route filtering": tick',
      '"Bypass firewall rules for traffic on the same interface". Save.',
      'This is the rule: what enters and leaves by the LAN is not asked for its state any more.',
    ],
  ])}\n`;
}
