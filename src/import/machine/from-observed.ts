/**
 * What commands printed, put into a machine's draft in place of what a survey or a configuration says about the same.
 */

import type { Family } from '../../net/address.ts';
import { formatKey } from '../../net/key.ts';
import type { UnknownFact } from '../../plan/plan.ts';
import type { PolicyRule } from '../formats/ip-json.ts';
import type { RouteLine } from '../formats/ip-route-line.ts';
import type { PeerConfiguration, WgConfiguration } from '../formats/wg-quick.ts';
import type { LiveTunnel } from '../formats/wg-show.ts';
import type { Complaints } from '../text/complaints.ts';
import { at, factAt } from '../text/part.ts';
import { shown } from '../text/quote.ts';
import { type Draft, interfaceOf, routeOf } from './draft.ts';
import { isMain } from './from-survey.ts';
import type { Observed } from './observed.ts';
import { setSwitch } from './switches.ts';

type Of<K extends Observed['kind']> = Extract<Observed, { kind: K }>;

/** Parts of a device that the outputs tell wholly. What hooks do to them is in the outputs already. */
export function observedParts(all: readonly Observed[]): Set<UnknownFact> {
  const kinds = new Set(all.map((each) => (each.kind === 'tables' ? each.of : each.kind)));
  const parts = new Set<UnknownFact>();
  if (kinds.has('interfaces')) parts.add('addresses');
  if (kinds.has('routes')) parts.add('routes');
  if (kinds.has('proxies')) parts.add('neighbour-proxies');
  if (kinds.has('switches')) {
    for (const part of ['forwarding-ipv4', 'forwarding-ipv6', 'reverse-path-filter'] as const) parts.add(part);
  }
  // A listing of nft holds what iptables-nft made, too; that of iptables says nothing about other tables of nft, which
  // hardly anybody has beside it.
  if (kinds.has('nft') || kinds.has('iptables 4')) {
    for (const part of ['input-filter', 'forward-filter', 'output-filter', 'translations', 'mss-clamps'] as const) {
      parts.add(part);
    }
  }
  return parts;
}

/** Before tunnels are named and hooks are followed: interfaces and their addresses. */
export function addInterfaces(draft: Draft, all: readonly Observed[]): void {
  const shownInterfaces = all.filter((each): each is Of<'interfaces'> => each.kind === 'interfaces');
  if (shownInterfaces.length === 0) return;
  draft.interfaces.clear();
  for (const { id, place, addresses } of shownInterfaces.flatMap((each) => each.interfaces)) {
    if (addresses.length > 0) interfaceOf(draft, id, at(place)).addresses.push(...addresses);
  }
}

/** After hooks: everything else. */
export function addObserved(draft: Draft, all: readonly Observed[], complaints: Complaints): void {
  addTables(draft, all);
  const rules = all.flatMap((each) => (each.kind === 'rules' ? each.rules : []));
  addRoutes(
    draft,
    all.filter((each): each is Of<'routes'> => each.kind === 'routes'),
    rules,
    complaints,
  );
  const proxies = all.filter((each): each is Of<'proxies'> => each.kind === 'proxies');
  if (proxies.length > 0) draft.proxies.splice(0, draft.proxies.length, ...proxies.flatMap((each) => each.proxies));
  const switches = all.flatMap((each) => (each.kind === 'switches' ? each.switches : []));
  if (switches.length > 0) {
    draft.switches.clear();
    // Those for all first: what is set for one interface is what it is now, whatever came before.
    for (const { path, value } of switches.toSorted((a, b) => order(a.path) - order(b.path))) {
      setSwitch(draft.switches, path, value);
    }
  }
  for (const part of observedParts(all)) draft.known.add(part);
  const mtus = all.flatMap((each) => (each.kind === 'interfaces' ? each.interfaces : []));
  for (const tunnel of draft.tunnels) {
    const shownMtu = mtus.find(({ id }) => id === tunnel.id)?.mtu;
    if (shownMtu) tunnel.mtu = shownMtu;
  }
}

function order(path: string): number {
  return path === 'ipv4/ip_forward' ? 0 : path.includes('/all/') ? 1 : 2;
}

/** iptables-nft shows its rules in both listings: nft's then count only where they are not iptables' own. */
function addTables(draft: Draft, all: readonly Observed[]): void {
  const listed = all.filter((each): each is Of<'tables'> => each.kind === 'tables');
  if (listed.length === 0) return;
  const saved = new Set(listed.map(({ of }) => of));
  for (const { of, tables } of listed) {
    for (const key of [...draft.tables.keys()]) if (key.startsWith(of)) draft.tables.delete(key);
    for (const [key, table] of tables) {
      const twin = /^nft (ip6?) (filter|nat|mangle|raw|security)$/.exec(key);
      const isSaved = twin !== null && saved.has(`iptables ${twin[1] === 'ip' ? 4 : 6}`);
      const hasBuiltIns = ['INPUT', 'FORWARD', 'OUTPUT', 'PREROUTING', 'POSTROUTING'].some((name) =>
        table.chains.has(name),
      );
      if (!isSaved || !hasBuiltIns) draft.tables.set(key, table);
    }
  }
  // Everything is in a listing of nft, what a survey or a hook made with iptables too.
  if (saved.has('nft')) {
    for (const family of [4, 6] as const) {
      if (saved.has(`iptables ${family}`)) continue;
      for (const key of [...draft.tables.keys()]) if (key.startsWith(`iptables ${family}`)) draft.tables.delete(key);
    }
  }
}

function addRoutes(
  draft: Draft,
  listings: readonly Of<'routes'>[],
  rules: readonly PolicyRule[],
  complaints: Complaints,
): void {
  const families = new Set<Family>(listings.flatMap((each) => each.families));
  if (families.size === 0) return;
  draft.routes = draft.routes.filter(({ prefix }) => !families.has(prefix.family));
  for (const family of families) draft.routesObserved.add(family);
  const marked = new Map(
    rules.flatMap((rule) => (rule.exceptMark && !rule.isOther ? [[rule.table, rule] as const] : [])),
  );
  for (const rule of rules) {
    if (rule.isOther) {
      complaints.notUnderstood(rule.place, `cannot follow the rule for table ${shown(rule.table)}`, ['routes']);
    }
  }
  const strange = new Map<string, RouteLine>();
  for (const line of listings.flatMap((each) => each.routes)) {
    const rule = marked.get(line.table ?? 'main');
    if (isMain(line.table)) draft.routes.push(routeOf(line, at(line.place)));
    else if (rule) {
      // For everything but a tunnel's own packets: as if it stood in the main table, and that tunnel avoids itself.
      draft.routes.unshift(routeOf(line, at(line.place)));
      const tunnel = draft.tunnels.find(({ id }) => id === line.device);
      if (tunnel) tunnel.avoidsItself = { value: true, origin: at(rule.place) };
    } else if (line.table !== undefined && !strange.has(line.table)) strange.set(line.table, line);
  }
  for (const [table, line] of strange) {
    if (rules.some((rule) => rule.table === table && rule.isOther)) {
      complaints.notUnderstood(line.place, `cannot follow routes of table ${shown(table)}`, ['routes']);
    }
  }
}

/**
 * A tunnel's configuration as it runs, with what only its file says: hooks, names of endpoints, notes. Without a file what
 * runs is all there is.
 */
export function withLive(live: LiveTunnel, file: WgConfiguration | null): WgConfiguration {
  const written = new Map(
    (file?.peers ?? []).flatMap((peer) => (peer.publicKey ? [[formatKey(peer.publicKey.value), peer] as const] : [])),
  );
  const peers = live.peers.map((peer): PeerConfiguration => {
    const own = peer.publicKey ? written.get(formatKey(peer.publicKey.value)) : undefined;
    const { latestHandshake: _, received: __, sent: ___, ...running } = peer;
    if (!own) return running;
    return {
      ...running,
      ...(own.endpoint && { endpoint: own.endpoint }),
      ...(own.note && { note: own.note }),
      ...(own.presharedKeyHash && !running.presharedKeyHash && { presharedKeyHash: own.presharedKeyHash }),
    };
  });
  return {
    place: file?.place ?? live.place,
    publicKey: live.publicKey ?? file?.publicKey ?? null,
    addresses: file?.addresses ?? [],
    ...(file?.mtu && { mtu: file.mtu }),
    ...(file?.table && { table: file.table }),
    ...((live.mark ?? file?.mark) ? { mark: live.mark ?? file!.mark! } : {}),
    ...((live.listenPort ?? file?.listenPort) ? { listenPort: live.listenPort ?? file!.listenPort! } : {}),
    dns: file?.dns ?? [],
    hooks: file?.hooks ?? [],
    peers,
  };
}

/** Addresses of an interface as its tunnel's own, where no file states them. */
export function addressesOfLive(draft: Draft, id: string, configuration: WgConfiguration): WgConfiguration {
  const own = draft.interfaces.get(id);
  if (!own || own.addresses.length === 0) return configuration;
  return {
    ...configuration,
    addresses: own.addresses.map(({ value, origin }) =>
      origin.kind === 'file' ? factAt(value, origin.place) : { value, origin },
    ),
  };
}
