/**
 * OPNsense as the default gateway: what to click, and the values.
 */

import { formatAddress } from '../../net/address.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { GatewayFile } from './gateway-file.ts';
import { firewallLines, headingLines, purpose } from './heading.ts';
import type { LanNeeds } from './lan-needs.ts';
import { numbered } from './steps.ts';

export function opnsenseFiles(needs: LanNeeds): GatewayFile[] {
  return [
    {
      name: `${needs.lan}-default-gateway.txt`,
      text: steps(needs),
      about: `What to click on the OPNsense device that is the default gateway of LAN ${needs.lan}.`,
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
      'System > Gateways > Configuration (before 24.1: System > Gateways > Single), Add:',
      `Name                        ${name(family)}`,
      "Interface                   the LAN's (usually LAN)",
      `Address Family              IPv${family}`,
      `IP Address                  ${formatAddress(nextHop)}`,
      'Upstream Gateway            not ticked',
      'Disable Gateway Monitoring  ticked',
      'Save, then Apply.',
      "Do not choose this gateway in the LAN interface's own settings: it would be taken for a way to the internet,",
      'and addresses would be translated.',
    ]),
    [
      'System > Routes > Configuration, Add, once for each line:',
      ...needs.families.flatMap(({ family, destinations }) =>
        destinations.map((to) => `Network Address ${formatPrefix(to)}  Gateway ${name(family)}`),
      ),
      'Save each, then Apply.',
    ],
    [
      'Firewall > Settings > Advanced, "Static route filtering": tick',
      '"Bypass firewall rules for traffic on the same interface". Save.',
      'This is the rule: what enters and leaves by the LAN is not asked for its state any more.',
    ],
  ])}\n`;
}

/** What the forms of OPNsense and pfSense take for a gateway's name: letters, digits and `_`, at most 31. */
export function gatewayName(via: string, family: number): string {
  return `WG_${via.slice(0, 24).toUpperCase().replaceAll('-', '_')}_${family}`;
}
