/**
 * Classes of pairs: which pairs of stations fare alike, decided by structure and not pair by pair.
 *
 * A flow between two sites meets the two ends, the cores of their sites and the routers. Two pairs whose ends are of the
 * same kinds make the same flow with other names, packet for packet, so one of them stands for all. The same holds within
 * a site, for ends with the same keys. Pairs that a table sets apart are alike when everything that these tables say of
 * each other is.
 */

import { addressKey } from '../world/address-key.ts';
import type { Station, World } from '../world.ts';
import { Codes } from './codes.ts';
import { type Kinds, kindsOf } from './kinds.ts';
import { type Ground, groundOf, type Site } from './sites.ts';
import { type Unit, type Units, unitsOf } from './units.ts';

export class Classes {
  readonly ground: Ground;
  readonly #units: Units;
  readonly #kinds: Kinds;
  readonly #codes = new Codes();
  /** By id of the station, as an end of a flow to another site, and of one within its own. */
  readonly #cohorts: readonly number[];
  readonly #keys: readonly number[];
  /** Both together. */
  readonly #members: readonly string[];

  constructor(ground: Ground, units: Units, kinds: Kinds) {
    this.ground = ground;
    this.#units = units;
    this.#kinds = kinds;
    const { stations } = ground.world;
    this.#cohorts = stations.map((station) => this.#codes.of(this.#cohortText(station)));
    this.#keys = stations.map((station) => this.#codes.of(this.#keyText(station)));
    this.#members = this.#cohorts.map((cohort, id) => `${cohort} ${this.#keys[id]}`);
  }

  /** Stations with the same number fare alike, with everybody in another site from whom they are not apart. */
  cohortOf({ id }: Station): number {
    return this.#cohorts[id]!;
  }

  /** Stations with the same text fare alike within their sites too. */
  memberOf({ id }: Station): string {
    return this.#members[id]!;
  }

  siteOf({ id }: Station): Site | null {
    return this.ground.siteOf[id]!;
  }

  /** Whether the flows within a site have to be looked at one by one. */
  isTangled(site: Site): boolean {
    return this.#units.tangled.has(site);
  }

  /** A key of the class of a pair of two stations. */
  pairKey(from: Station, to: Station): string {
    const [near, far] = [this.siteOf(from), this.siteOf(to)];
    if (near !== null && near === far) {
      return this.isTangled(near) ? `alone ${from.id} ${to.id}` : `within ${this.#keys[from.id]} ${this.#keys[to.id]}`;
    }
    if (this.areApart(from, to)) return `apart ${this.#relation(from, to)} ${this.#relation(to, from)}`;
    return `${this.#cohorts[from.id]} ${this.#cohorts[to.id]}`;
  }

  /** Whether tables of one side treat the other otherwise than its kind. */
  areApart(from: Station, to: Station): boolean {
    const others = this.unitsOf(to);
    return this.unitsOf(from).some((unit) => {
      const apart = this.#kinds.apart[unit.id];
      return apart != null && others.some((other) => apart.has(other));
    });
  }

  /** The units that take part in flows of a station: itself, and the core of its site. */
  unitsOf(station: Station): readonly Unit[] {
    const unit = this.#units.unitOf[station.id];
    if (unit == null) return [];
    return unit.leaf === null ? [unit] : [this.#units.coreOf.get(unit.site)!, unit];
  }

  /** Pairs of stations that are apart; a core stands for everybody of its site. */
  *apartPairs(): Iterable<readonly [Station, Station]> {
    const seen = new Set<number>();
    const count = this.ground.world.stations.length;
    for (const unit of this.#units.units) {
      for (const other of this.#kinds.apart[unit.id] ?? []) {
        if (other.site === unit.site) continue;
        for (const from of sharing(unit)) {
          for (const to of sharing(other)) {
            const key = from.id * count + to.id;
            if (seen.has(key)) continue;
            seen.add(key);
            yield [from, to];
          }
        }
      }
    }
  }

  #cohortText(station: Station): string {
    const unit = this.#units.unitOf[station.id];
    if (unit == null) return `hub ${station.id}`;
    const core = this.#kinds.kindOf[this.#units.coreOf.get(unit.site)!.id];
    return unit.leaf === null
      ? `core ${core} ${unit.site.core.indexOf(station)}`
      : `leaf ${core} ${this.#kinds.kindOf[unit.id]}`;
  }

  #keyText(station: Station): string {
    const unit = this.#units.unitOf[station.id];
    if (unit == null) return `hub ${station.id}`;
    const key = this.#kinds.keyOf[unit.id];
    return unit.leaf === null ? `core ${key} ${unit.site.core.indexOf(station)}` : `leaf ${key} ${unit.within}`;
  }

  /** Everything that tables on the side of `from`, and the routers, say of the other side. */
  #relation(from: Station, to: Station): string {
    const far = this.unitsOf(to);
    const said = this.unitsOf(from).map((unit) => far.map((other) => this.#view(unit, other)));
    return `${this.#keys[from.id]} ${said}`;
  }

  readonly #known = new Map<number, number>();

  /** What a unit and the routers say of another. */
  #view(unit: Unit, other: Unit): number {
    const key = unit.id * this.#units.units.length + other.id;
    let code = this.#known.get(key);
    if (code === undefined) {
      const places = new Map(unit.points.map((point, i) => [point, i]));
      const stations = unit.leaf === null ? unit.site.core : [unit.leaf];
      const texts = other.points.map((point) =>
        [
          places.get(point),
          unit.views.map((view) => view.at(point)),
          this.#found(point).map((station) => (station === undefined ? -1 : stations.indexOf(station))),
        ].join(' '),
      );
      code = this.#codes.of(`${this.#kinds.keyOf[unit.id]} ${this.#kinds.keyOf[other.id]} ${texts.join('\n')}`);
      this.#known.set(key, code);
    }
    return code;
  }

  /** Whom the routers and the internet find at a point. */
  #found(point: number): (Station | undefined)[] {
    const { world, points, hubOwners, hubExits } = this.ground;
    const peers = [...hubOwners[point]!, ...hubExits.map((exits) => exits?.[point] ?? null)];
    return [
      ...peers.map((peer) => (peer === null ? undefined : world.byName.get(peer.name))),
      world.publicAddresses.get(addressKey(points.address(point))),
    ];
  }
}

/** Everybody in whose flows a unit takes part. */
function sharing({ leaf, site }: Unit): readonly Station[] {
  return leaf === null ? [...site.core, ...site.leaves] : [leaf];
}

/** The classes of a world; null where it has too little structure for them. */
export function classesOf(world: World): Classes | null {
  const ground = groundOf(world);
  if (ground.sites.some(({ core }) => core.length > CORE_AT_MOST)) return null;
  const units = unitsOf(ground);
  const kinds = kindsOf(ground, units);
  return kinds === null ? null : new Classes(ground, units, kinds);
}

/** What everybody sends through is looked at in detail by every leaf. */
const CORE_AT_MOST = 64;
