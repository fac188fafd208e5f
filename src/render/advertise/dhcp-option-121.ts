/**
 * DHCP option 121, classless static routes (RFC 3442): hosts that ask for it send into the tunnels directly, and the
 * default gateway's routes are not needed for them. IPv4 only.
 *
 * A host that is given the option ignores the router option, so the default route is always among the routes: without
 * it hosts would lose the internet.
 */

import { type Address, addressBytes, formatAddress } from '../../net/address.ts';
import { formatPrefix, type Prefix, parsePrefix, prefixHas } from '../../net/prefix.ts';
import type { GatewayFile } from '../gateway/gateway-file.ts';
import { headingLines } from '../gateway/heading.ts';
import type { FamilyNeeds, LanNeeds } from '../gateway/lan-needs.ts';
import type { Refusal } from '../refusal.ts';

export interface ClasslessRoute {
  readonly prefix: Prefix;
  readonly nextHop: Address;
}

/** What one DHCP option holds; longer values are split (RFC 3396), which not every DHCP server and host can. */
const OPTION_BYTES_AT_MOST = 255;

const EVERYTHING = parsePrefix('0.0.0.0/0') as Prefix;

export function dhcpOption121Files(needs: LanNeeds): GatewayFile[] | Refusal {
  const ipv4 = needs.families.find(({ family }) => family === 4);
  if (ipv4 === undefined) return [];
  // A next hop must be on the host's own link, so the option is for hosts in the carrier's prefix alone.
  const subnet = ipv4.prefixes.find((prefix) => prefixHas(prefix, ipv4.nextHop));
  const gateway = subnet && needs.gateways.find((address) => prefixHas(subnet, address));
  if (subnet === undefined || gateway === undefined) return withoutGateway(needs);
  const routes = [
    ...ipv4.destinations.map((prefix) => ({ prefix, nextHop: ipv4.nextHop })),
    { prefix: EVERYTHING, nextHop: gateway },
  ];
  const value = encodeClasslessRoutes(routes);
  if (value.length > OPTION_BYTES_AT_MOST) return tooLong(needs, routes.length, value.length);
  const lan = needs.lan;
  const about = needs.advertise.has('dhcp')
    ? 'As the network file asks (`advertise: dhcp`)'
    : 'Without touching the default gateway';
  return [
    {
      name: `${lan}-dhcp-option-121.dnsmasq.conf`,
      text: dnsmasq(needs, subnet, routes),
      about: `${about}: dnsmasq as DHCP server hands out the IPv4 routes of LAN ${lan}.`,
    },
    {
      name: `${lan}-dhcp-option-121.kea.conf`,
      text: kea(needs, subnet, routes, value),
      about: `The same for ISC Kea.`,
    },
    {
      name: `${lan}-dhcp-option-121.txt`,
      text: others(needs, ipv4, subnet, routes, value),
      about: `The same for OpenWrt, RouterOS, OPNsense, pfSense and every other DHCP server, as commands and as bytes.`,
    },
  ];
}

/** The option's value: for each route its length, the octets that matter, and the next hop. */
export function encodeClasslessRoutes(routes: readonly ClasslessRoute[]): Uint8Array {
  return Uint8Array.from(
    routes.flatMap(({ prefix, nextHop }) => [
      prefix.length,
      ...addressBytes(prefix).subarray(0, Math.ceil(prefix.length / 8)),
      ...addressBytes(nextHop),
    ]),
  );
}

function dnsmasq(needs: LanNeeds, subnet: Prefix, routes: readonly ClasslessRoute[]): string {
  const file = `wg-router-${needs.lan}.conf`;
  const heading = headingLines(
    needs,
    {
      what: what(needs, subnet),
      where: [
        `on the DHCP server as /etc/dnsmasq.d/${file}; then: dnsmasq --test && systemctl restart dnsmasq`,
        `If it serves other LANs too: \`set:${needs.lan},\` in this LAN's dhcp-range, \`tag:${needs.lan},\` after \`dhcp-option=\`.`,
      ],
      undo: [`delete /etc/dnsmasq.d/${file}, restart dnsmasq; hosts forget the routes with their next lease`],
    },
    '# ',
  );
  return `${heading.join('\n')}\n\ndhcp-option=option:classless-static-route,${dnsmasqValue(routes)}\n`;
}

function kea(needs: LanNeeds, subnet: Prefix, routes: readonly ClasslessRoute[], value: Uint8Array): string {
  const file = `/etc/kea/wg-router-${needs.lan}.conf`;
  const heading = headingLines(
    needs,
    {
      what: what(needs, subnet),
      where: [
        `on the DHCP server as ${file}; then in /etc/kea/kea-dhcp4.conf, in the "subnet4" entry of`,
        `${formatPrefix(subnet)}: "option-data": [ <?include "${file}"?> ] (after a comma when there are options already)`,
        'then: kea-dhcp4 -t /etc/kea/kea-dhcp4.conf && systemctl restart kea-dhcp4-server',
      ],
      undo: ['take the <?include?> out again, restart Kea; hosts forget the routes with their next lease'],
    },
    '// ',
  );
  return `${[
    ...heading,
    '//',
    ...routeComments(routes).map((line) => `// ${line}`),
    '{',
    '  "code": 121,',
    '  "space": "dhcp4",',
    '  "csv-format": false,',
    `  "data": "${hex(value).toUpperCase()}"`,
    '}',
  ].join('\n')}\n`;
}

function others(
  needs: LanNeeds,
  ipv4: FamilyNeeds,
  subnet: Prefix,
  routes: readonly ClasslessRoute[],
  value: Uint8Array,
): string {
  const heading = headingLines(
    needs,
    {
      what: what(needs, subnet),
      where: [`the DHCP server of the LAN: whatever gives its hosts addresses in ${formatPrefix(subnet)}`],
      undo: ['delete the option; hosts forget the routes with their next lease'],
    },
    '',
  );
  const name = `wg-router-${needs.lan}`;
  return `${[
    ...heading,
    '',
    'The routes:',
    ...routeComments(routes).map((line) => `  ${line}`),
    '',
    'Option 121 in hexadecimal, as most forms want it:',
    `  ${hex(value)}`,
    'The same with colons:',
    `  ${[...value].map((byte) => hexByte(byte)).join(':')}`,
    '',
    "OpenWrt (where the LAN's DHCP section is called lan):",
    `  uci add_list dhcp.lan.dhcp_option='121,${dnsmasqValue(routes)}'`,
    '  uci commit dhcp && /etc/init.d/dnsmasq restart',
    '',
    'RouterOS:',
    `  /ip/dhcp-server/option/add name=${name} code=121 value=0x${hex(value)}`,
    `  /ip/dhcp-server/network/set [find address=${formatPrefix(subnet)}] dhcp-option=${name}`,
    '',
    'OPNsense with dnsmasq: Services > Dnsmasq DNS & DHCP > DHCP options, option classless-static-route [121], value',
    `  ${dnsmasqValue(routes)}`,
    'pfSense, and OPNsense with ISC DHCP: Services > DHCP server of the LAN > Additional/Custom options, number 121,',
    'type String, value: the hexadecimal with colons.',
    '',
    `Machine ${needs.via} (${formatAddress(ipv4.nextHop)}) must keep its address: reserve it there.`,
  ].join('\n')}\n`;
}

function what(needs: LanNeeds, subnet: Prefix): string[] {
  return [
    `the DHCP server of the LAN: it tells hosts in ${formatPrefix(subnet)} that machine ${needs.via} is the way to what lies in`,
    'the tunnels (IPv4). Windows, macOS, iOS, NetworkManager and systemd-networkd ask for it; Android, printers and most',
    'small devices do not. Those go by the default gateway, so its static routes stay needed for them.',
    'The default route is in it because hosts that get this option ignore the one they get otherwise.',
  ];
}

function routeComments(routes: readonly ClasslessRoute[]): string[] {
  const width = Math.max(...routes.map(({ prefix }) => formatPrefix(prefix).length));
  return routes.map(({ prefix, nextHop }) => `${formatPrefix(prefix).padEnd(width)}  via ${formatAddress(nextHop)}`);
}

function dnsmasqValue(routes: readonly ClasslessRoute[]): string {
  return routes.map(({ prefix, nextHop }) => `${formatPrefix(prefix)},${formatAddress(nextHop)}`).join(',');
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map(hexByte).join('');
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function withoutGateway(needs: LanNeeds): Refusal {
  return {
    code: 'gateway-off-link',
    message: `Cannot write DHCP option 121 for LAN "${needs.lan}": no default gateway stands in the prefix in which "${needs.via}" has its address`,
    help: [`give \`default-gateway\` the address that hosts beside "${needs.via}" use, or leave the option out`],
  };
}

function tooLong(needs: LanNeeds, routes: number, bytes: number): Refusal {
  return {
    code: 'option-too-long',
    message: `Cannot write DHCP option 121 for LAN "${needs.lan}": ${routes} routes are ${bytes} bytes, and an option holds ${OPTION_BYTES_AT_MOST}`,
    help: ["set the routes on the LAN's default gateway, or give LANs neighbouring prefixes that become one route"],
  };
}
