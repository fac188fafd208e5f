/**
 * RouterOS 7 as the default gateway: a script of commands.
 *
 * The default firewall of RouterOS drops what belongs to no connection it knows, so the accept rule goes before every
 * rule of `forward`. Dynamic rules (FastTrack's counters) are first in the list and nothing can be placed before them.
 */

import { formatAddress } from '../../net/address.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { GatewayFile } from './gateway-file.ts';
import { firewallLines, headingLines, purpose } from './heading.ts';
import type { FamilyNeeds, LanNeeds } from './lan-needs.ts';

export function routerosFiles(needs: LanNeeds): GatewayFile[] {
  return [
    {
      name: `${needs.lan}-default-gateway.rsc`,
      text: script(needs),
      about: `A script for the RouterOS 7 device that is the default gateway of LAN ${needs.lan}.`,
    },
  ];
}

function script(needs: LanNeeds): string {
  const file = `${needs.lan}-default-gateway.rsc`;
  const removals = needs.families.flatMap((each) => removal(needs, each));
  const heading = headingLines(
    needs,
    {
      what: [...purpose(needs), 'Static routes, and the rule that lets this traffic pass.', ...firewallLines(needs)],
      where: [
        `in Files of the device (WinBox or scp); then in its terminal: /import ${file}`,
        'Running it again changes nothing.',
      ],
      undo: ['the lines that begin with /ip or /ipv6 and have "remove" in them, in the terminal'],
    },
    '# ',
  );
  const blocks = needs.families.map((each) => additions(needs, each).join('\n'));
  return `${[heading.join('\n'), removals.join('\n'), ...blocks].join('\n\n')}\n`;
}

function removal(needs: LanNeeds, { family }: FamilyNeeds): string[] {
  const menu = menuOf(family);
  return ['firewall/filter', 'firewall/address-list', 'route'].map(
    (each) => `${menu}/${each}/remove [find comment="${comment(needs)}"]`,
  );
}

function additions(needs: LanNeeds, each: FamilyNeeds): string[] {
  const menu = menuOf(each.family);
  const marked = `comment="${comment(needs)}"`;
  const list = (name: string, prefixes: FamilyNeeds['prefixes']) =>
    prefixes.map(
      (prefix) => `${menu}/firewall/address-list/add list=${name} address=${formatPrefix(prefix)} ${marked}`,
    );
  const [from, to] = [`wg-router-${needs.lan}-lan`, `wg-router-${needs.lan}-tunnels`];
  const rule = `${menu}/firewall/filter/add chain=forward action=accept src-address-list=${from} dst-address-list=${to} ${marked}`;
  return [
    ...each.destinations.map(
      (prefix) =>
        `${menu}/route/add dst-address=${formatPrefix(prefix)} gateway=${formatAddress(each.nextHop)} ${marked}`,
    ),
    ...list(from, each.prefixes),
    ...list(to, each.destinations),
    '{',
    `  :local others [${menu}/firewall/filter/find where chain=forward and dynamic=no]`,
    '  :if ([:len $others] > 0) do={',
    `    ${rule} place-before=($others->0)`,
    '  } else={',
    `    ${rule}`,
    '  }',
    '}',
  ];
}

function menuOf(family: FamilyNeeds['family']): string {
  return family === 4 ? '/ip' : '/ipv6';
}

function comment(needs: LanNeeds): string {
  return `wg-router ${needs.lan}`;
}
