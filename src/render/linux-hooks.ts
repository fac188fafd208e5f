/**
 * The hooks of a Linux carrier: forwarding between its tunnel and its LANs, for as long as the tunnel is up. What they do
 * to packets on the way is in `linux-tables.ts`.
 *
 * Exactly those interfaces forward. IPv4 has a switch per interface. IPv6 has one since Linux 6.17 (`force_forwarding`);
 * before, only all interfaces together, and then a default route learned from router advertisements would vanish, so
 * `accept_ra` becomes 2 where there is one.
 *
 * Undone on down, and only what we did: a switch that was off is noted as a folder
 * `/run/wg-router-forwarding/net/<switch>/<value before>/` with a file per tunnel that needs it. The last tunnel to go
 * finds the folder empty and restores the value. A switch that somebody else had turned on leaves no note. Routes that two
 * tunnels may share are noted alike, under `route`. A restart of the machine forgets notes, switches and routes together.
 *
 * A LAN's interface is found by the machine's address on it, because its name is nobody's to know here. wg-quick runs
 * each hook in a subshell of bash and names the tunnel `%i`.
 */

import { type Family, formatAddress } from '../net/address.ts';
import { formatPrefix } from '../net/prefix.ts';
import type { Device, LanInterface } from '../plan/plan.ts';
import { dockerHooks } from './linux-docker.ts';
import { defaultInterfaces, findInterface } from './linux-interfaces.ts';
import { neighbourHooks } from './linux-neighbours.ts';
import { tableHooks } from './linux-tables.ts';

/** Platforms on which a wg-quick file is read by bash on a Linux kernel. */
const LINUX: ReadonlySet<Device['platform']['value']> = new Set([
  'linux',
  'debian-networkd',
  'networkmanager',
  'openwrt',
  'vyos',
  'nixos',
  'docker',
]);

const NOTES = '/run/wg-router-forwarding';

/** `on SWITCH VALUE`: sets /proc/sys/net/SWITCH, notes what it was, and that this tunnel needs it. */
const ON = [
  'on() { local s=/proc/sys/net/$1 n; n=$(cat "$s")',
  `[ "$n" = $2 ] || { mkdir -p "${NOTES}/net/$1/$n" && echo $2 > "$s"; }`,
  `for n in "${NOTES}/net/$1"/*/; do [ ! -d "$n" ] || touch "$n/%i"; done; }`,
].join('; ');

/** Restores what this tunnel was the last to need. Written without `#`, at which wg-quick may end a line. */
const OFF = [
  `cd ${NOTES} 2>/dev/null || exit 0`,
  'find net -type f -name %i | while read -r n; do rm "$n"; n=$(dirname "$n"); s=/proc/sys/$(dirname "$n")',
  'rmdir "$n" 2>/dev/null && [ -e "$s" ] && basename "$n" > "$s"',
  'done || true',
].join('; ');

/** Above every other: what has this metric is used when nothing else leads there. */
const LAST_METRIC = 4294967295;

/** A metric no one else uses: ours neither replaces another's route nor is taken for it. */
const ROUTE_METRIC = 5182;

export function takesHooks(device: Device): boolean {
  return LINUX.has(device.platform.value);
}

/** Names of the LANs between which and the tunnel the device forwards. */
export function carriedLans(device: Device): string[] {
  return carriedInterfaces(device).map((each) => each.lan);
}

/** PostUp and PreDown lines; none for a device that carries no LAN or takes no hooks. */
export function hooksOf(device: Device, comments: boolean): string[] {
  const lans = carriedInterfaces(device);
  if (lans.length === 0 || !takesHooks(device)) return [];
  const up = ([4, 6] as const).flatMap((family) => {
    const here = lans.filter((lan) => forwards(device, lan, family));
    return here.length > 0 ? [`PostUp = ${[switchOn(here, family), ...outerOn(device, family)].join('; ')}`] : [];
  });
  const routes = lans.flatMap((lan) => routeHooks(device, lan));
  const comment = [
    '',
    `# Forwards between this tunnel and LAN ${lans.map((lan) => lan.lan).join(' and ')}, on their interfaces only.`,
    ...translationComment(device, lans),
    ...neighbourComment(device),
    ...exitComment(device),
    `# What was off before is noted in ${NOTES} and is off again after down.`,
  ];
  const tables = tableHooks(device);
  const neighbours = neighbourHooks(device, ON);
  const docker = dockerHooks(device);
  return [
    ...(comments ? comment : []),
    ...tables.up,
    ...docker.up,
    ...up,
    ...routes,
    ...lastResorts(device),
    ...neighbours.up,
    ...neighbours.down,
    ...docker.down,
    ...tables.down,
    `PreDown = ${OFF}`,
  ];
}

function translationComment(device: Device, lans: readonly LanInterface[]): string[] {
  const towards = new Set(device.translations.flatMap((each) => (each.kind === 'masquerade' ? [each.to] : [])));
  const hidden = lans.filter((lan) => towards.has(lan.id)).map((lan) => lan.lan);
  const shown = new Map(
    device.translations.flatMap((each) =>
      each.kind === 'one-to-one' ? [[formatPrefix(each.real), formatPrefix(each.seenAs)] as const] : [],
    ),
  );
  const seenAs = [...shown].map(([real, seen]) => `# Others know ${real} as ${seen}, one to one.`);
  return hidden.length === 0
    ? seenAs
    : [
        ...seenAs,
        `# Hosts of LAN ${hidden.join(' and ')} see this machine's address there in place of whoever speaks to them.`,
      ];
}

function exitComment(device: Device): string[] {
  const isExit =
    device.interfaces.some((each) => each.kind === 'outer') || device.translations.some((each) => each.kind === 'keep');
  return isExit ? ['# Machines elsewhere reach the internet through it, under its own address.'] : [];
}

function neighbourComment(device: Device): string[] {
  const addresses = device.neighbourProxies.map((proxy) => formatAddress(proxy.address));
  return addresses.length === 0 ? [] : [`# Answers there for ${addresses.join(', ')}: machines elsewhere have them.`];
}

function switchOn(lans: readonly LanInterface[], family: Family): string {
  const each = lans.map((lan) => {
    const address = addressOn(lan, family);
    const missing = `echo "wg-router: no interface has ${address}, so LAN ${lan.lan} is not connected" >&2`;
    return `lan=$(${findInterface(address)}); if [ "$lan" ]; then ${family === 4 ? ON_LAN_IPV4 : ON_LAN_IPV6}; else ${missing}; fi`;
  });
  return [ON, family === 4 ? ON_TUNNEL_IPV4 : ON_TUNNEL_IPV6, ...each].join('; ');
}

const ON_TUNNEL_IPV4 = 'on ipv4/conf/%i/forwarding 1';
const ON_LAN_IPV4 = 'on "ipv4/conf/$lan/forwarding" 1';
const ON_TUNNEL_IPV6 = [
  'if [ -e /proc/sys/net/ipv6/conf/%i/force_forwarding ]; then on ipv6/conf/%i/force_forwarding 1; else',
  `for d in $(${defaultInterfaces(6, ' proto ra')}); do`,
  '[ "$(cat "/proc/sys/net/ipv6/conf/$d/accept_ra")" != 1 ] || on "ipv6/conf/$d/accept_ra" 2; done;',
  'on ipv6/conf/all/forwarding 1; fi',
].join(' ');
const ON_LAN_IPV6 = [
  '[ ! -e "/proc/sys/net/ipv6/conf/$lan/force_forwarding" ] ||',
  'on "ipv6/conf/$lan/force_forwarding" 1',
].join(' ');

/** Replies from the internet come by the interface of a default route, and are forwarded too. */
function outerOn(device: Device, family: Family): string[] {
  const outer = device.interfaces.find((each) => each.kind === 'outer');
  if (!device.forwarding.some((each) => each.family === family && each.from === outer?.id)) return [];
  const devices = defaultInterfaces(family);
  return family === 4
    ? [`for d in $(${devices}); do on "ipv4/conf/$d/forwarding" 1; done`]
    : [`for lan in $(${devices}); do ${ON_LAN_IPV6}; done`];
}

/** Prefixes of the LAN in which the machine has no address: on that wire all the same. */
function routeHooks(device: Device, lan: LanInterface): string[] {
  return device.routes
    .filter(({ via }) => via.kind === 'interface' && via.interface === lan.id)
    .flatMap(({ prefix }) => {
      const route = `${formatPrefix(prefix)} metric ${ROUTE_METRIC}`;
      const found = findInterface(addressOn(lan, prefix.family));
      const ip = prefix.family === 4 ? 'ip' : 'ip -6';
      return [
        `PostUp = lan=$(${found}); [ ! "$lan" ] || ${ip} route replace ${route} dev "$lan"`,
        `PreDown = ${ip} route del ${route} 2>/dev/null || true`,
      ];
    });
}

function lastResorts(device: Device): string[] {
  return device.routes
    .filter(({ via }) => via.kind === 'unreachable')
    .flatMap(({ prefix }) => {
      const ip = prefix.family === 4 ? 'ip' : 'ip -6';
      const route = `unreachable ${formatPrefix(prefix)} metric ${LAST_METRIC}`;
      const note = `${NOTES}/route/${formatPrefix(prefix).replace('/', '_')}`;
      return [
        `PostUp = mkdir -p ${note} && touch ${note}/%i && ${ip} route replace ${route}`,
        `PreDown = rm -f ${note}/%i; rmdir ${note} 2>/dev/null && ${ip} route del ${route} 2>/dev/null || true`,
      ];
    });
}

function addressOn(lan: LanInterface, family: Family): string {
  return formatAddress(lan.addresses.find(({ value }) => value.address.family === family)!.value.address);
}

function carriedInterfaces(device: Device): LanInterface[] {
  const forwarding = new Set(device.forwarding.flatMap(({ from, to }) => [from, to]));
  return device.interfaces.filter((each): each is LanInterface => each.kind === 'lan' && forwarding.has(each.id));
}

function forwards(device: Device, lan: LanInterface, family: Family): boolean {
  return device.forwarding.some((each) => each.family === family && each.from === lan.id);
}
