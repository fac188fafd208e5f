/**
 * What a station is, as text without names: its links, switches, rules and tunnels.
 *
 * Everything that the tracer reads of a station stands in its features or in its views; what is missing in both would make
 * two stations alike that are not. Interfaces are named by their place, stations and addresses as `Names` does. Where a
 * rule has a prefix, the text says only that it has one: what it holds is in the views.
 */

import type { Address } from '../../net/address.ts';
import type { Matches, Route } from '../../plan/plan.ts';
import { seenAs } from '../calling.ts';
import { dialled, type TunnelEnd, tunnelFrom } from '../tunnels.ts';
import { LAN_LINK } from '../world/lan-stations.ts';
import type { Link, Station, World } from '../world.ts';
import { mappedBy } from './sites.ts';

export interface Names {
  station(station: Station): string;
  address(address: Address): string;
  segment(name: string): string;
}

export function featuresOf(world: World, station: Station, names: Names): string {
  const place = (id: string | undefined) => (id === undefined ? '' : station.links.findIndex((link) => link.id === id));
  const matches = (rule: Matches) =>
    [
      place(rule.from),
      place(rule.to),
      rule.source && `source${rule.source.length === 0 ? 0 : ''}`,
      rule.destination && 'destination',
      rule.protocol,
      rule.ports && `${rule.ports.first}-${rule.ports.last}`,
      rule.sourcePorts && `${rule.sourcePorts.first}-${rule.sourcePorts.last}`,
    ].join();
  // Of a host it is of no matter to any packet whether somebody named it.
  const parts: string[] = [station.kind === 'unnamed' ? 'host' : station.kind, `${station.isRelay}`];
  for (const link of station.links) parts.push(linkText(world, station, link, names));
  for (const { family, from, to } of station.forwarding) parts.push(`forward ${family} ${place(from)} ${place(to)}`);
  for (const rule of station.filters) {
    const { action, hook, chain, family, states } = rule;
    parts.push(`filter ${action} ${hook} ${chain} ${family} ${states} ${matches(rule)}`);
  }
  for (const rule of station.translations) {
    if (rule.kind === 'one-to-one') {
      parts.push(`one-to-one ${place(rule.interface)}`);
      continue;
    }
    const address = 'address' in rule ? names.address(rule.address) : '';
    const port = rule.kind === 'destination' ? rule.port : '';
    parts.push(`${rule.kind} ${rule.family} ${address} ${port} ${matches(rule)}`);
  }
  for (const clamp of station.mssClamps) {
    parts.push(`clamp ${clamp.family} ${place(clamp.interface)} ${clamp.only} ${clamp.bytes}`);
  }
  for (const proxy of station.neighbourProxies) {
    parts.push(`proxy ${names.address(proxy.address)} ${place(proxy.interface)}`);
  }
  for (const each of station.reversePathFilters) parts.push(`reverse ${place(each.interface)} ${each.mode}`);
  parts.push(...[...station.unknown].map((part) => `unknown ${part}`));
  parts.push(...outsideText(station, names, matches), ...platformText(station, place));
  return parts.join('\n');
}

function linkText(world: World, station: Station, link: Link, names: Names): string {
  const addresses = link.addresses.map(({ value }) => names.address(value)).join();
  const common = `${link.kind} ${link.id === LAN_LINK} ${link.mtu.value} ${addresses}`;
  if (link.kind === 'outer') return common;
  if (link.kind === 'segment') {
    const { lan } = world.segments.get(link.segment)!;
    const called = link.addresses.map(({ value }) => names.address(seenAs(lan, value)));
    return `${common} ${names.segment(link.segment)} ${called}`;
  }
  const tunnels = link.peers.peers.map((peer) => tunnelText(world, { station, link, peer }, names));
  return `${common} ${link.tunnel.avoidsItself?.value} ${tunnels.join(';')}`;
}

/** Whether a tunnel comes up, as one end sees it; `favourable` and not, where something about it is not known. */
export function tunnelText(world: World, near: TunnelEnd, names: Names): string {
  let asked = 0;
  const texts = [true, false].map((isFavourable) => {
    if (!isFavourable && asked === 0) return '';
    const { far, meant, nearOpens, farOpens } = tunnelFrom(world, near, () => {
      asked++;
      return isFavourable;
    });
    const end = far && [
      names.station(far.station),
      far.station.links.indexOf(far.link),
      far.link.peers.peers.length === 1 ? 0 : far.link.peers.named(near.station.name).indexOf(far.peer),
      (far.peer.keepalive?.value ?? 0) > 0,
      (dialled(near) ?? dialled(far))?.family,
    ];
    const unstated = [...nearOpens.unstated, ...(farOpens?.unstated ?? [])];
    return [
      meant && names.station(meant),
      end,
      nearOpens.obstacle,
      farOpens?.obstacle,
      ...unstated.map(({ station, part }) => `${names.station(station)} ${part}`),
    ].join();
  });
  return texts.join('/');
}

function outsideText({ outside }: Station, names: Names, matches: (rule: Matches) => string): string[] {
  if (outside === null) return [];
  return [
    [
      'outside',
      outside.public?.map(({ value }) => names.address(value)),
      outside.behindNat?.value,
      outside.sourceDestinationCheck?.value,
      outside.pathMtu?.value,
      outside.publishedPorts?.map(({ value }) => `${value.protocol} ${value.outer} ${value.inner}`),
      outside.inbound?.map(({ value }) => matches(value)).join(';'),
    ].join('|'),
  ];
}

/** Which system it is matters where it filters by reverse path or learns routes, and what it is told about those. */
function platformText(station: Station, place: (id: string) => string | number): string[] {
  const { platform, device, reversePathFilters, unknown, links } = station;
  const hasAdvertised = device !== null && isAnyAdvertised(device.routes);
  const matters = reversePathFilters.length > 0 || unknown.has('reverse-path-filter') || hasAdvertised;
  if (!matters) return [];
  const listening = links.flatMap(({ id }) =>
    (device?.switches ?? [])
      .filter(({ path }) => path === `ipv6/conf/${id}/accept_ra`)
      .map(({ value }) => `listens ${place(id)} ${value.value}`),
  );
  return [`platform ${platform?.value}`, ...listening];
}

/** By list: machines share theirs. */
const anyAdvertised = new WeakMap<readonly Route[], boolean>();

function isAnyAdvertised(routes: readonly Route[]): boolean {
  let known = anyAdvertised.get(routes);
  if (known === undefined) {
    known = routes.some(({ isAdvertised }) => isAdvertised === true);
    anyAdvertised.set(routes, known);
  }
  return known;
}

/** What the one-to-one translations of `stations` make of an address. */
export function mappingText(stations: readonly Station[], address: Address, names: Names): string {
  return stations
    .flatMap(({ translations }) => translations)
    .map((rule) => mappedBy(rule, address).map((image) => names.address(image)))
    .join();
}
