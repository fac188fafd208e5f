/**
 * What a LAN asks of others, done in a twin: the instructions for its default gateway, and the routes that hosts learn
 * without it.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { parseAddress } from '../../../src/net/address.ts';
import { parsePrefix, prefixHas } from '../../../src/net/prefix.ts';
import type { LanPlan } from '../../../src/plan/plan.ts';
import type { Namespace } from '../../namespace.ts';
import { until } from '../../running.ts';
import { atOnce } from '../at-once.ts';
import type { HostPlace, LanPlace, Layout } from '../layout/layout.ts';
import { lanInterface } from './cables.ts';
import type { Devices } from './ground.ts';
import { fileNamed, type GeneratedFiles } from './router.ts';

const FOLDER = '/run/lab/instructions';

/** Does on every default gateway what its instructions say: the routes, and the rule where the file says it is in place. */
export async function followInstructions(layout: Layout, devices: Devices, files: GeneratedFiles): Promise<void> {
  await atOnce(layout.lans, async ({ lan, boxes }) => {
    if (lan.gatewayRoutes.length === 0) return;
    const name = `${lan.name}-default-gateway.sh`;
    await mkdir(FOLDER, { recursive: true });
    await writeFile(`${FOLDER}/${name}`, fileNamed(name, files));
    const isExempt = lan.gatewayFirewall?.value === 'exempt';
    for (const { device, gatewayAddresses } of boxes) {
      if (gatewayAddresses.length === 0) continue;
      await devices.get(device)!.run('sh', `${FOLDER}/${name}`, isExempt ? 'up' : 'routes');
    }
  });
}

/** Hosts that honour what is advertised learn their routes. */
export async function advertise(layout: Layout, devices: Devices, files: GeneratedFiles): Promise<void> {
  await atOnce(layout.lans, async (place) => {
    const ways = new Set(place.lan.advertise.map(({ value }) => value));
    if (ways.has('dhcp')) await learnByDhcp(place, devices, files);
    if (ways.has('ra')) await learnByRouterAdvertisement(place, devices, files);
  });
}

type Platform = NonNullable<LanPlan['hosts'][number]['platform']>['value'];

/** Platforms whose hosts take classless routes from DHCP, and routes from router advertisements. */
const TAKES_OPTION_121: ReadonlySet<Platform> = new Set([
  'windows',
  'macos',
  'ios',
  'networkmanager',
  'debian-networkd',
]);
const TAKES_ROUTE_INFORMATION: ReadonlySet<Platform> = new Set(['windows', 'networkmanager', 'debian-networkd']);

function hostsOf({ lan, hosts, boxes }: LanPlace, platforms: ReadonlySet<Platform>): HostPlace[] {
  return hosts.filter(({ party }) => {
    const platform = lan.hosts.find(({ name }) => name === party.name)?.platform?.value;
    const isBox = boxes.some(({ device }) => device === party.name);
    return !isBox && platform !== undefined && platforms.has(platform);
  });
}

/** The routes of the generated option, which replace the default route that hosts have otherwise (RFC 3442). */
async function learnByDhcp(place: LanPlace, devices: Devices, files: GeneratedFiles): Promise<void> {
  const { lan, index } = place;
  // Where the option cannot be written, `config` says so and the instructions are all there is.
  const text = files.get(`${lan.name}-dhcp-option-121.dnsmasq.conf`);
  if (text === undefined) return;
  const words = /^dhcp-option=option:classless-static-route,(.*)$/m.exec(text)![1]!.split(',');
  const routes = words.flatMap((prefix, i) => (i % 2 === 0 ? [{ prefix, nextHop: words[i + 1]! }] : []));
  // A DHCP server hands it out in one subnet: that of the next hops.
  const subnet = lan.prefixes
    .map(({ value }) => value)
    .find((prefix) => prefixHas(prefix, parseAddress(routes[0]!.nextHop)!));
  for (const { party, addresses } of hostsOf(place, TAKES_OPTION_121)) {
    if (subnet === undefined || !addresses.some(({ address }) => prefixHas(subnet, address))) continue;
    await devices
      .get(party.name)!
      .ip(routes.map(({ prefix, nextHop }) => `route replace ${prefix} via ${nextHop} dev ${lanInterface(index)}`));
  }
}

/** radvd on the machine that carries the LAN, with the generated file; hosts listen to it as those of their platform do. */
async function learnByRouterAdvertisement(place: LanPlace, devices: Devices, files: GeneratedFiles): Promise<void> {
  const { lan, index } = place;
  const text = files.get(`${lan.name}-router-advertisement.radvd.conf`);
  const hosts = hostsOf(place, TAKES_ROUTE_INFORMATION);
  if (text === undefined || hosts.length === 0) return;
  const own = lanInterface(index);
  for (const { party } of hosts) {
    await devices.get(party.name)!.parameters({
      [`ipv6.conf.${own}.accept_ra`]: 1,
      [`ipv6.conf.${own}.accept_ra_rt_info_max_plen`]: 128,
    });
  }
  const path = `${FOLDER}/${lan.name}.radvd.conf`;
  await mkdir(FOLDER, { recursive: true });
  await writeFile(path, text.replaceAll('<lan-interface>', own), { mode: 0o644 });
  const radvd = devices
    .get(lan.via!.value)!
    .start([
      'radvd',
      '--nodaemon',
      '--logmethod=stderr',
      '--config',
      path,
      '--pidfile',
      `${FOLDER}/${lan.name}.radvd.pid`,
    ]);
  const routed = lan.gatewayRoutes.map(({ prefix }) => prefix).filter(({ family }) => family === 6);
  await until(`hosts of LAN ${lan.name} learn routes from radvd, which says:\n${radvd.printed}`, 20_000, async () => {
    const learned = await Promise.all(hosts.map(({ party }) => routesByAdvertisement(devices.get(party.name)!)));
    return learned.every((count) => count >= routed.length);
  });
}

async function routesByAdvertisement(host: Namespace): Promise<number> {
  const printed = await host.run('ip', '-6', 'route', 'show', 'proto', 'ra');
  return printed.split('\n').filter((line) => parsePrefixOf(line) !== null).length;
}

function parsePrefixOf(line: string): string | null {
  const [word = ''] = line.split(' ');
  return typeof parsePrefix(word) === 'string' ? null : word;
}
