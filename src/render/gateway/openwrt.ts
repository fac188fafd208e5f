/**
 * OpenWrt as the default gateway: a script of uci commands. Routes, the rule, and traffic past connection tracking.
 *
 * fw4 accepts from LAN to LAN by default, but looks at the state of a connection first; with `drop_invalid` the rule
 * alone would come too late. What is not tracked has no state. Sections have names, so that running it twice changes
 * nothing and undoing finds them: letters, digits and `_` only, the LAN's `-` becomes `_`, which no name of a LAN has.
 */

import { type Address, formatAddress } from '../../net/address.ts';
import { formatPrefix, type Prefix } from '../../net/prefix.ts';
import type { GatewayFile } from './gateway-file.ts';
import { firewallLines, headingLines, purpose } from './heading.ts';
import type { FamilyNeeds, LanNeeds } from './lan-needs.ts';

export function openwrtFiles(needs: LanNeeds): GatewayFile[] {
  return [
    {
      name: `${needs.lan}-default-gateway.sh`,
      text: script(needs),
      about: `A script of uci commands for the OpenWrt device that is the default gateway of LAN ${needs.lan}.`,
    },
  ];
}

function script(needs: LanNeeds): string {
  const file = `/etc/${sectionPrefix(needs)}.sh`;
  const heading = headingLines(
    needs,
    {
      what: [...purpose(needs), 'Static routes, and rules that let this traffic pass.', ...firewallLines(needs)],
      where: [
        `on the OpenWrt device as ${file}; then there: sh ${file}`,
        'In LuCI the same is under Network > Routing and Network > Firewall > Traffic Rules. It lasts over restarts.',
      ],
      undo: [`sh ${file} down`],
    },
    '# ',
  );
  const routes = needs.families.flatMap((each) =>
    each.destinations.map((to) => ({ family: each.family, to, nextHop: each.nextHop })),
  );
  return `#!/bin/sh
${heading.join('\n')}

# Name of the LAN's interface, and of its firewall zone.
interface='lan'
zone='lan'

for config in network firewall; do
  for section in $(uci -q show "$config" | sed -n "s/^$config\\.\\(${sectionPrefix(needs)}_[a-z]*[0-9]*\\)=.*/\\1/p"); do
    uci delete "$config.$section"
  done
done

if [ "\${1:-up}" != down ]; then
  uci batch <<END
${[...routes.flatMap((route, i) => routeLines(needs, route, i + 1)), ...needs.families.flatMap((each) => ruleLines(needs, each))].join('\n')}
END
fi

uci commit network
uci commit firewall
/etc/init.d/network reload
/etc/init.d/firewall reload
`;
}

interface UciRoute {
  readonly family: FamilyNeeds['family'];
  readonly to: Prefix;
  readonly nextHop: Address;
}

function routeLines(needs: LanNeeds, route: UciRoute, number: number): string[] {
  const section = `network.${sectionPrefix(needs)}_route${number}`;
  return [
    `set ${section}='${route.family === 4 ? 'route' : 'route6'}'`,
    `set ${section}.interface='$interface'`,
    `set ${section}.target='${formatPrefix(route.to)}'`,
    `set ${section}.gateway='${formatAddress(route.nextHop)}'`,
  ];
}

function ruleLines(needs: LanNeeds, each: FamilyNeeds): string[] {
  return (['untracked', 'accept'] as const).flatMap((kind) => {
    const section = `firewall.${sectionPrefix(needs)}_${kind}${each.family}`;
    return [
      `set ${section}='rule'`,
      `set ${section}.name='wg-router ${needs.lan} ${kind} IPv${each.family}'`,
      `set ${section}.family='ipv${each.family}'`,
      `set ${section}.proto='all'`,
      `set ${section}.src='$zone'`,
      ...(kind === 'accept' ? [`set ${section}.dest='$zone'`] : []),
      ...each.prefixes.map((prefix) => `add_list ${section}.src_ip='${formatPrefix(prefix)}'`),
      ...each.destinations.map((prefix) => `add_list ${section}.dest_ip='${formatPrefix(prefix)}'`),
      `set ${section}.target='${kind === 'accept' ? 'ACCEPT' : 'NOTRACK'}'`,
    ];
  });
}

function sectionPrefix(needs: LanNeeds): string {
  return `wg_router_${needs.lan.replaceAll('-', '_')}`;
}
