/**
 * VyOS 1.4 and later as the default gateway: set commands. Routes, an accept rule, and traffic past connection tracking,
 * because VyOS asks for the state (`state-policy`) before it comes to numbered rules.
 */

import { formatAddress } from '../../net/address.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { GatewayFile } from './gateway-file.ts';
import { firewallLines, headingLines, purpose } from './heading.ts';
import type { FamilyNeeds, LanNeeds } from './lan-needs.ts';

export function vyosFiles(needs: LanNeeds): GatewayFile[] {
  return [
    {
      name: `${needs.lan}-default-gateway.txt`,
      text: commands(needs),
      about: `Commands for the VyOS device that is the default gateway of LAN ${needs.lan}.`,
    },
  ];
}

function commands(needs: LanNeeds): string {
  const heading = headingLines(
    needs,
    {
      what: [...purpose(needs), 'Static routes, and rules that let this traffic pass.', ...firewallLines(needs)],
      where: [
        'in its terminal: configure, paste the lines that begin with "set", then: commit, save, exit',
        'Rule 1 must be free (show firewall; show system conntrack ignore), and so must 2 and so on where they are used;',
        'otherwise take other numbers, for the firewall ones before any that drops.',
      ],
      undo: ['configure, paste the lines that begin with "# delete" without "# ", then: commit, save, exit'],
    },
    '# ',
  );
  const blocks = needs.families.map((each) => {
    const sets = setLines(needs, each);
    return [...sets, ...deleteLines(sets).map((line) => `# ${line}`)].join('\n');
  });
  return `${[heading.join('\n'), ...blocks].join('\n\n')}\n`;
}

function setLines(needs: LanNeeds, each: FamilyNeeds): string[] {
  const ip = `ipv${each.family}`;
  const group = `${each.family === 4 ? 'network-group' : 'ipv6-network-group'} WG-ROUTER-${needs.lan.toUpperCase()}`;
  const pairs = each.prefixes.flatMap((from) => each.destinations.map((to) => ({ from, to })));
  return [
    ...each.destinations.map(
      (to) =>
        `set protocols static ${each.family === 4 ? 'route' : 'route6'} ${formatPrefix(to)} next-hop ${formatAddress(each.nextHop)}`,
    ),
    ...each.prefixes.map((prefix) => `set firewall group ${group}-LAN network ${formatPrefix(prefix)}`),
    ...each.destinations.map((prefix) => `set firewall group ${group}-TUNNELS network ${formatPrefix(prefix)}`),
    `set firewall ${ip} forward filter rule 1 action accept`,
    `set firewall ${ip} forward filter rule 1 source group network-group WG-ROUTER-${needs.lan.toUpperCase()}-LAN`,
    `set firewall ${ip} forward filter rule 1 destination group network-group WG-ROUTER-${needs.lan.toUpperCase()}-TUNNELS`,
    ...pairs.flatMap(({ from, to }, i) => [
      `set system conntrack ignore ${ip} rule ${i + 1} source address ${formatPrefix(from)}`,
      `set system conntrack ignore ${ip} rule ${i + 1} destination address ${formatPrefix(to)}`,
    ]),
  ];
}

/** Each thing set, deleted as a whole: a route, a group, a rule. */
function deleteLines(sets: readonly string[]): string[] {
  const whole =
    /^set (protocols static route6? \S+|firewall group \S+ \S+|firewall \S+ forward filter rule \d+|system conntrack ignore \S+ rule \d+)/;
  return [...new Set(sets.map((line) => `delete ${whole.exec(line)![1]}`))];
}
