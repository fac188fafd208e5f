/**
 * A default gateway of which nothing is known: the routes and the rule in words and values that every device has some
 * form for.
 */

import { formatAddress } from '../../net/address.ts';
import { formatPrefix } from '../../net/prefix.ts';
import { dottedMask } from './dotted-mask.ts';
import type { GatewayFile } from './gateway-file.ts';
import { firewallLines, headingLines, purpose } from './heading.ts';
import type { LanNeeds } from './lan-needs.ts';
import { numbered } from './steps.ts';

export function genericFiles(needs: LanNeeds): GatewayFile[] {
  return [
    {
      name: `${needs.lan}-default-gateway.txt`,
      text: steps(needs),
      about: `The static routes that the default gateway of LAN ${needs.lan} needs, and the rule for its firewall.`,
    },
  ];
}

function steps(needs: LanNeeds): string {
  const heading = headingLines(
    needs,
    {
      what: [...purpose(needs), 'Static routes, and a rule that lets this traffic pass.', ...firewallLines(needs)],
      where: [
        'wherever this device has static routes and firewall rules',
        'For Linux, OpenWrt, RouterOS, VyOS, OPNsense, pfSense, FRITZ!Box and UniFi there are exact instructions: write',
        '`default-gateway: {address: [...], platform: ...}` in the network file.',
      ],
      undo: ['delete the routes and the rule'],
    },
    '',
  );
  const rows = needs.families.flatMap(({ destinations, nextHop }) =>
    destinations.map((to) => [
      formatPrefix(to),
      ...(to.family === 4 ? [`(subnet mask ${dottedMask(to)})`] : ['']),
      `via ${formatAddress(nextHop)}`,
    ]),
  );
  const width = (column: number) => Math.max(...rows.map((row) => row[column]!.length));
  return `${heading.join('\n')}\n\n${numbered([
    [
      'Static routes, one a line: destination, then next hop (also called gateway):',
      ...rows.map(([to, mask, via]) => `${to!.padEnd(width(0))}  ${mask!.padEnd(width(1))}  ${via}`),
    ],
    [
      'A firewall rule that comes before all others and asks for no connection state: accept',
      ...needs.families.map(
        ({ prefixes, destinations }) =>
          `from ${prefixes.map(formatPrefix).join(', ')} to ${destinations.map(formatPrefix).join(', ')}`,
      ),
      "in by the LAN's interface and out by the same one.",
    ],
    ['Addresses of this traffic must not be translated (no NAT).'],
  ])}\n`;
}
