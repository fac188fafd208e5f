/**
 * Units: the core of a site, and each of its leaves, with a key that says what they are within their site and to the
 * routers. Units with the same key may still see other sites differently; that is `kinds.ts`.
 */

import type { Address } from '../../net/address.ts';
import type { Peer } from '../../plan/plan.ts';
import { addressKey } from '../world/address-key.ts';
import { isPrivate } from '../world/stand-ins.ts';
import type { Station } from '../world.ts';
import { Codes } from './codes.ts';
import { featuresOf, mappingText, type Names, tunnelText } from './features.ts';
import { CONSTANTS, type Ground, type Site } from './sites.ts';
import type { StepFunction } from './step-function.ts';
import { Views } from './views.ts';

export interface Unit {
  readonly id: number;
  readonly site: Site;
  /** Null: the core. */
  readonly leaf: Station | null;
  /** Its addresses, in an order that depends on what they are. */
  readonly points: readonly number[];
  /** Of its stations, one after the other. */
  readonly views: readonly StepFunction[];
  readonly key: string;
  /** How it and the other leaves of its site see each other. */
  readonly within: string;
  /** Stations of other sites that the routers or the internet find at its addresses. */
  readonly strangers: readonly Station[];
}

export interface Units {
  readonly units: readonly Unit[];
  /** Of the core of each site that has one. */
  readonly coreOf: ReadonlyMap<Site, Unit>;
  /** By id of the station; the core's for those that belong to it, null for hubs. */
  readonly unitOf: readonly (Unit | null)[];
  /** Sites whose stations are not told apart by keys: their flows within are looked at one by one. */
  readonly tangled: ReadonlySet<Site>;
}

export function unitsOf(ground: Ground): Units {
  const writer = new KeyWriter(ground);
  const units: Unit[] = [];
  const coreOf = new Map<Site, Unit>();
  const unitOf: (Unit | null)[] = ground.world.stations.map(() => null);
  const tangled = new Set<Site>();
  for (const site of ground.sites) {
    const core = writer.core(site, units.length);
    units.push(core);
    coreOf.set(site, core);
    for (const station of site.core) unitOf[station.id] = core;
    const leaves = site.leaves.map((leaf, i) => writer.leaf(site, core, leaf, units.length + i));
    const seen = seenWithin(leaves, (key) => writer.codeOf(key));
    if (seen === null) tangled.add(site);
    for (const [i, leaf] of leaves.entries()) {
      const unit = seen === null ? leaf : { ...leaf, within: seen[i]! };
      unitOf[unit.leaf!.id] = unit;
      units.push(unit);
      if (unit.strangers.some((station) => ground.siteOf[station.id] === site)) tangled.add(site);
    }
    if (core.strangers.some((station) => ground.siteOf[station.id] === site)) tangled.add(site);
  }
  return { units, coreOf, unitOf, tangled };
}

/** How the leaves of a site see each other's addresses: for each, by key of who looks; null where a key is not enough. */
function seenWithin(leaves: readonly Unit[], codeOf: (key: string) => number): string[] | null {
  const looks = new Map<string, Unit>();
  for (const leaf of leaves) {
    const known = looks.get(leaf.key);
    if (known === undefined) looks.set(leaf.key, leaf);
    else if (!known.views.every((view, i) => view.isSame(leaf.views[i]!))) return null;
  }
  if (leaves.length === 1) return [''];
  return leaves.map(({ points }) => {
    const seen = [...looks].map(
      ([key, { views }]) => `${codeOf(key)}: ${points.map((point) => views.map((view) => view.at(point)))}`,
    );
    return seen.sort().join('\n');
  });
}

/** Who is how called in a key. */
class UnitNames implements Names {
  readonly #ground: Ground;
  readonly #stations: ReadonlyMap<Station, string>;
  readonly #points: ReadonlyMap<number, string>;
  readonly #segments: readonly string[];
  readonly strangers: Station[] = [];

  constructor(
    ground: Ground,
    stations: ReadonlyMap<Station, string>,
    points: ReadonlyMap<number, string>,
    segments: readonly string[],
  ) {
    this.#ground = ground;
    this.#stations = stations;
    this.#points = points;
    this.#segments = segments;
  }

  station(station: Station): string {
    const name = this.#stations.get(station);
    if (name !== undefined) return name;
    this.strangers.push(station);
    return 'stranger';
  }

  address(address: Address): string {
    return this.#points.get(this.#ground.points.of(address)) ?? '?';
  }

  segment(name: string): string {
    return `${this.#segments.indexOf(name)}`;
  }
}

class KeyWriter {
  readonly #ground: Ground;
  readonly #views: Views;
  readonly #codes = new Codes();
  readonly #hubStations: ReadonlyMap<Station, string>;
  readonly #hubPoints: ReadonlyMap<number, string>;
  /** Of the routers, but for the owners of points. */
  readonly #hubViews: readonly StepFunction[];
  readonly #constants: readonly number[];

  constructor(ground: Ground) {
    const { hubs, points, addressesOf, world } = ground;
    this.#ground = ground;
    this.#views = new Views(world, points, this.#codes);
    this.#hubStations = new Map(hubs.map((station, i) => [station, `hub ${i}`]));
    const own = hubs.flatMap(({ id }) => addressesOf[id]!.map((address) => points.of(address)));
    this.#hubPoints = new Map([...new Set(own)].map((point, i) => [point, `of hub ${i}`]));
    this.#hubViews = hubs.flatMap((station) => this.#views.withoutPeers(station, () => ''));
    const fixed = CONSTANTS.map((address) => points.of(address));
    this.#constants = [...new Set([...this.#hubPoints.keys(), ...fixed])];
  }

  codeOf(key: string): number {
    return this.#codes.of(key);
  }

  core(site: Site, id: number): Unit {
    const { world, addressesOf, points } = this.#ground;
    const own = [...new Set(site.core.flatMap(({ id }) => addressesOf[id]!.map((address) => points.of(address))))];
    const names = this.#names(site, new Map(), own, 'core');
    const viewsOf = site.core.map((station) => this.#views.of(station, (other) => names.station(other)));
    const views = viewsOf.flat();
    const parts = site.core.map((station) => `${featuresOf(world, station, names)}\n${this.#dialled(station, names)}`);
    const key = [
      'core',
      ...parts,
      ...own.map((point) => this.#pointText(site, point, views, names, site.core)),
      this.#fixedText(views),
    ].join('\n\n');
    return { id, site, leaf: null, points: own, views, key, within: '', strangers: [...new Set(names.strangers)] };
  }

  leaf(site: Site, core: Unit, station: Station, id: number): Unit {
    const { world, addressesOf, points } = this.#ground;
    const own = addressesOf[station.id]!.map((address) => points.of(address));
    const names = this.#names(site, new Map([[station, 'self']]), core.points, 'core', own);
    const views = this.#views.of(station, (other) => names.station(other));
    const seen = [...core.views, ...views];
    const key = [
      featuresOf(world, station, names),
      this.#dialled(station, names),
      ...own.map((point) => this.#pointText(site, point, seen, names, [...site.core, station])),
      core.points.map((point) => views.map((view) => view.at(point))).join(';'),
      this.#fixedText(views),
    ].join('\n\n');
    return { id, site, leaf: station, points: own, views, key, within: '', strangers: [...new Set(names.strangers)] };
  }

  #names(
    site: Site,
    more: ReadonlyMap<Station, string>,
    core: readonly number[],
    word: string,
    own: readonly number[] = [],
  ): UnitNames {
    const stations = new Map([
      ...this.#hubStations,
      ...site.core.map((station, i) => [station, `${word} ${i}`] as const),
      ...more,
    ]);
    const points = new Map([
      ...own.map((point, i) => [point, `own ${i}`] as const),
      ...core.map((point, i) => [point, `${word} ${i}`] as const),
      ...this.#hubPoints,
    ]);
    return new UnitNames(this.#ground, stations, points, site.segments);
  }

  /** The tunnels in which the routers have the station as a peer. */
  #dialled(station: Station, names: Names): string {
    const { hubs, world } = this.#ground;
    const texts: string[] = [];
    for (const hub of hubs) {
      for (const [i, link] of hub.links.entries()) {
        if (link.kind !== 'tunnel') continue;
        for (const peer of link.peers.named(station.name)) {
          texts.push(`${i} ${tunnelText(world, { station: hub, link, peer }, names)}`);
        }
      }
    }
    return texts.join('\n');
  }

  /** What the routers, the internet and the site's own tables make of an address of the unit. */
  #pointText(
    site: Site,
    point: number,
    views: readonly StepFunction[],
    names: Names,
    mapping: readonly Station[],
  ): string {
    const { world, points, hubOwners, hubTunnels, hubExits } = this.#ground;
    const address = points.address(point);
    const peerText = (peer: Peer | null, tunnel: number) => {
      if (peer === null) return '';
      const other = world.byName.get(peer.name);
      const place = hubTunnels[tunnel]!.peers.named(peer.name).indexOf(peer);
      return other === undefined ? `nobody ${place}` : `${names.station(other)} ${place}`;
    };
    const key = addressKey(address);
    const onSegments = site.segments.map((name) => {
      const { owners, proxies } = world.segments.get(name)!;
      const answers = (list: readonly { readonly station: Station }[] | undefined) =>
        (list ?? []).map(({ station }) => names.station(station)).join();
      return `${answers(owners.get(key))} ${answers(proxies.get(key))}`;
    });
    const found = world.publicAddresses.get(key);
    return [
      names.address(address),
      isPrivate(address),
      found === undefined ? '' : names.station(found),
      hubOwners[point]!.map(peerText),
      hubExits.map((exits, tunnel) => exits && peerText(exits[point]!, tunnel)),
      this.#hubViews.map((view) => view.at(point)),
      views.map((view) => view.at(point)),
      onSegments,
      mappingText(mapping, address, names),
    ].join('|');
  }

  #fixedText(views: readonly StepFunction[]): string {
    return this.#constants.map((point) => views.map((view) => view.at(point))).join(';');
  }
}
