/**
 * Linux as the default gateway: a script that does everything at once and undoes it, and the ways to make it last.
 *
 * The rule is put at the head of every chain that filters what is forwarded: accepting in a chain of one's own does not
 * overrule a drop in another. Between the same interface and itself, for these addresses alone.
 */

import { formatAddress } from '../../net/address.ts';
import { formatPrefix, type Prefix } from '../../net/prefix.ts';
import type { GatewayFile } from './gateway-file.ts';
import { firewallLines, headingLines, purpose } from './heading.ts';
import type { FamilyNeeds, LanNeeds } from './lan-needs.ts';

export function linuxFiles(needs: LanNeeds): GatewayFile[] {
  return [
    {
      name: `${needs.lan}-default-gateway.sh`,
      text: script(needs),
      about: `A shell script for the default gateway of LAN ${needs.lan}: sets routes and firewall rule now.`,
    },
    {
      name: `${needs.lan}-default-gateway.txt`,
      text: lasting(needs),
      about: `How the routes and the rule on the default gateway of LAN ${needs.lan} last over a restart.`,
    },
  ];
}

function script(needs: LanNeeds): string {
  const path = installedPath(needs);
  const heading = headingLines(
    needs,
    {
      what: [
        ...purpose(needs),
        'Routes, forwarding, and the rule that lets this traffic pass.',
        ...firewallLines(needs),
      ],
      where: [
        `there, as ${path}; then, as root: sh ${path}`,
        `Without the rule, where the firewall is somebody else's: sh ${path} routes`,
        'It holds until the next start; see the .txt beside it.',
      ],
      undo: [`sh ${path} down (forwarding stays on: a default gateway forwards)`],
    },
    '# ',
  );
  const calls = needs.families.map((each) =>
    [`"$1" ${each.family}`, formatAddress(each.nextHop), quoted(each.prefixes), quoted(each.destinations)].join(' '),
  );
  return `#!/bin/sh
${heading.join('\n')}

set -eu
PATH="$PATH:/usr/sbin:/sbin"
name='wg-router ${needs.lan}'
mode=\${1:-up}
failed=0

# For each family: its number, the next hop, the LAN's prefixes, what lies behind.
families() {
${calls.map((call) => `  ${call}`).join('\n')}
}

lan_interface() {
  ip "-$1" -o route get "$2" | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p'
}

# The chains that filter forwarded packets of a family, as nft names them; those of iptables are left to iptables.
chains() {
  command -v nft >/dev/null || return 0
  nft list chains 2>/dev/null | awk -v own="ip$([ "$1" = 4 ] || echo 6)" '
    $1 == "table" { family = $2; table = $3 }
    $1 == "chain" { chain = $2 }
    /type filter hook forward/ && (family == own || family == "inet") { print family, table, chain }' |
    while read -r family table chain; do
      if [ "$chain" = FORWARD ]; then
        iptables_of "$1" && continue
        # An empty one is of iptables too, and passes everything.
        nft list chain "$family" "$table" "$chain" | awk '/policy drop/ { some = 1 } END { exit !(some || NR > 5) }' || continue
      fi
      echo "$family $table $chain"
    done
}

# Whether iptables filters here, in which case its name for the family is in $tables.
iptables_of() {
  tables="ip$([ "$1" = 4 ] || echo 6)tables"
  command -v "$tables" >/dev/null && [ -n "$("$tables" -S FORWARD 2>/dev/null | grep -vx -e '-P FORWARD ACCEPT')" ]
}

up() {
  lan=$(lan_interface "$1" "$2")
  [ -n "$lan" ] || { echo "$name: $2 is on no network of this machine" >&2; exit 1; }
  forward "$1" "$lan"
  for to in $4; do
    ip "-$1" route replace "$to" via "$2" dev "$lan" proto static
  done
  [ "$mode" = up ] || return 0
  ip="ip$([ "$1" = 4 ] || echo 6)"
  chains "$1" | while read -r family table chain; do
    nft insert rule "$family" "$table" "$chain" iifname "\\"$lan\\"" oifname "\\"$lan\\"" \\
      "$ip" saddr "{ $(echo "$3" | sed 's/ /, /g') }" "$ip" daddr "{ $(echo "$4" | sed 's/ /, /g') }" \\
      accept comment "\\"$name\\"" || exit 1
  done || { failed=1; echo "$name: a chain of the firewall cannot be changed" >&2; }
  if iptables_of "$1"; then
    for from in $3; do for to in $4; do
      "$tables" -I FORWARD -i "$lan" -o "$lan" -s "$from" -d "$to" -m comment --comment "$name" -j ACCEPT
    done; done
  fi
}

forward() {
  if [ "$1" = 4 ]; then
    [ "$(cat "/proc/sys/net/ipv4/conf/$2/forwarding")" = 1 ] || echo 1 >"/proc/sys/net/ipv4/conf/$2/forwarding"
  elif [ "$(cat /proc/sys/net/ipv6/conf/all/forwarding)" = 0 ]; then
    # A default route learned from router advertisements would vanish otherwise.
    for each in $(ip -6 route show default proto ra | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p'); do
      echo 2 >"/proc/sys/net/ipv6/conf/$each/accept_ra"
    done
    echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
  fi
}

down() {
  for to in $4; do
    ip "-$1" route del "$to" via "$2" 2>/dev/null || true
  done
  chains "$1" | while read -r family table chain; do
    nft -a list chain "$family" "$table" "$chain" |
      sed -n "/ip$([ "$1" = 4 ] || echo 6) saddr/s/.* comment \\"$name\\" # handle \\([0-9]*\\)\\$/\\1/p" |
      while read -r handle; do nft delete rule "$family" "$table" "$chain" handle "$handle"; done
  done
  iptables_of "$1" || return 0
  "$tables" -S FORWARD | grep -F -e "--comment \\"$name\\"" | sed 's/^-A/-D/' |
    while read -r rule; do eval "$tables $rule"; done
}

families down
[ "$mode" = down ] || families up
exit "$failed"
`;
}

function lasting(needs: LanNeeds): string {
  const all = needs.platform === 'linux';
  const ways = [
    ...(all || needs.platform === 'debian-networkd' ? [networkd(needs)] : []),
    ...(all || needs.platform === 'networkmanager' ? [networkManager(needs)] : []),
    ...(all ? [ifupdown(needs)] : []),
  ];
  const heading = headingLines(
    needs,
    {
      what: [...purpose(needs), 'How routes and rule last over a restart. Choose one way.'],
      where: ['each block says in its first line into which file it goes'],
      undo: ['take out what you put in, then run the script beside this with `down`'],
    },
    '',
  );
  return `${[heading.join('\n'), unit(needs), ...ways, sysctl(needs), nftRule(needs), iptablesRule(needs)].join('\n\n')}\n`;
}

function unit(needs: LanNeeds): string {
  const path = installedPath(needs);
  return block(
    `Way 1, the script at every start: /etc/systemd/system/${unitName(needs)}.service`,
    [
      '[Unit]',
      `Description=Routes of LAN ${needs.lan} into the tunnels of network ${needs.network}`,
      'Wants=network-online.target',
      'After=network-online.target nftables.service netfilter-persistent.service ufw.service docker.service',
      '',
      '[Service]',
      'Type=oneshot',
      'RemainAfterExit=yes',
      `ExecStart=/bin/sh ${path}`,
      `ExecStop=/bin/sh ${path} down`,
      '',
      '[Install]',
      'WantedBy=multi-user.target',
    ],
    [
      `Then: systemctl daemon-reload && systemctl enable --now ${unitName(needs)}`,
      `Whenever the firewall is loaded anew: systemctl restart ${unitName(needs)}`,
    ],
  );
}

/** A drop-in for the .network file of the LAN's interface, whatever that is called. */
function networkd(needs: LanNeeds): string {
  const routes = routesOf(needs).flatMap(({ to, nextHop }) => ['[Route]', `Destination=${to}`, `Gateway=${nextHop}`]);
  return block(`Way 2, systemd-networkd: /etc/systemd/network/LAN-FILE.network.d/${unitName(needs)}.conf`, routes, [
    "LAN-FILE.network is the file of the LAN's interface (`networkctl status`). Then: networkctl reload",
  ]);
}

function networkManager(needs: LanNeeds): string {
  const commands = routesOf(needs).map(
    ({ family, to, nextHop }) => `nmcli connection modify "$lan" +ipv${family}.routes "${to} ${nextHop}"`,
  );
  return block(
    'Way 2, NetworkManager: commands, once',
    ['lan=LAN-CONNECTION', ...commands, 'nmcli connection up "$lan"'],
    ["LAN-CONNECTION is the connection of the LAN's interface (`nmcli connection`). Undo: the same with `-` for `+`."],
  );
}

function ifupdown(needs: LanNeeds): string {
  const lines = routesOf(needs).flatMap(({ family, to, nextHop }) => [
    `    up ip -${family} route replace ${to} via ${nextHop} dev $IFACE`,
    `    down ip -${family} route del ${to} via ${nextHop} dev $IFACE || true`,
  ]);
  return block("Way 2, ifupdown: /etc/network/interfaces, below `iface` of the LAN's interface", lines, [
    'Then: ifdown and ifup it, or restart.',
  ]);
}

function sysctl(needs: LanNeeds): string {
  const lines = needs.families.map(({ family }) =>
    family === 4 ? 'net.ipv4.ip_forward = 1' : 'net.ipv6.conf.all.forwarding = 1',
  );
  return block(`With way 2, forwarding, if nothing else turns it on: /etc/sysctl.d/90-${unitName(needs)}.conf`, lines, [
    'Then: sysctl --system',
  ]);
}

function nftRule(needs: LanNeeds): string {
  const rules = needs.families.map((each) => {
    const ip = each.family === 4 ? 'ip' : 'ip6';
    return `${ip} saddr ${nftSet(each.prefixes)} ${ip} daddr ${nftSet(each.destinations)} accept comment "wg-router ${needs.lan}"`;
  });
  return block(
    'With way 2, the rule, nftables: /etc/nftables.conf, first in the chain with `hook forward`, before `ct state`',
    rules,
    [],
  );
}

function iptablesRule(needs: LanNeeds): string {
  const rules = needs.families.flatMap((each) =>
    each.prefixes.flatMap((from) =>
      each.destinations
        .map(
          (to) =>
            `-I FORWARD -s ${formatPrefix(from)} -d ${formatPrefix(to)} -m comment --comment "wg-router ${needs.lan}" -j ACCEPT`,
        )
        .map((rule) => `${each.family === 4 ? 'iptables' : 'ip6tables'} ${rule}`),
    ),
  );
  return block('With way 2, the rule, iptables: commands, then netfilter-persistent save', rules, [
    'firewalld and ufw write their own chains anew: with them, way 1.',
  ]);
}

function block(title: string, lines: readonly string[], after: readonly string[]): string {
  return [`== ${title}`, ...lines, '==', ...after].join('\n');
}

interface RouteLine {
  readonly family: FamilyNeeds['family'];
  readonly to: string;
  readonly nextHop: string;
}

function routesOf(needs: LanNeeds): RouteLine[] {
  return needs.families.flatMap(({ family, destinations, nextHop }) =>
    destinations.map((to) => ({ family, to: formatPrefix(to), nextHop: formatAddress(nextHop) })),
  );
}

function installedPath(needs: LanNeeds): string {
  return `/usr/local/sbin/${unitName(needs)}`;
}

function unitName(needs: LanNeeds): string {
  return `wg-router-${needs.lan}`;
}

function quoted(prefixes: readonly Prefix[]): string {
  return `'${prefixes.map(formatPrefix).join(' ')}'`;
}

function nftSet(prefixes: readonly Prefix[]): string {
  return `{ ${prefixes.map(formatPrefix).join(', ')} }`;
}
