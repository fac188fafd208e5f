/**
 * What a station makes of every point: its tables as functions of points, whose values name nobody by name.
 *
 * In this order: routes; which of its rules hold a point; for each link and family with several addresses which of them
 * it sends from; for each tunnel the owners of points, then whose exit they use. A value stands for all that the tracer may
 * read of an answer but its origin. Two stations of one kind whose functions are the same at a point treat it alike.
 */

import type { Address, Family } from '../../net/address.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { Matches, Peer } from '../../plan/plan.ts';
import { sourceAddress } from '../tracer/source-address.ts';
import { addressKey } from '../world/address-key.ts';
import type { PeerTable } from '../world/peer-table.ts';
import { isBefore, type RouteRank, type RouteTable } from '../world/route-table.ts';
import type { Link, Station, World } from '../world.ts';
import type { Codes } from './codes.ts';
import type { Points } from './points.ts';
import { outlineOf } from './route-outline.ts';
import { NOTHING, NOWHERE, Rows, StepBuilder, type StepFunction } from './step-function.ts';

/** How a key names a station: by its place, or by nothing where it is of another site. */
export type Naming = (station: Station) => string;

/** Tables with no more rows are compared by what they hold; larger ones by identity. */
const SMALL_ROWS = 8;

export class Views {
  readonly #world: World;
  readonly #points: Points;
  readonly #codes: Codes;
  readonly #known = new Map<string, StepFunction>();
  readonly #ids = new Map<object, number>();

  constructor(world: World, points: Points, codes: Codes) {
    this.#world = world;
    this.#points = points;
    this.#codes = codes;
  }

  of(station: Station, naming: Naming): StepFunction[] {
    const tunnels = station.links.filter((link) => link.kind === 'tunnel');
    return [
      ...this.withoutPeers(station, naming),
      ...tunnels.flatMap(({ peers }) => [this.#owners(peers, naming), this.#exits(peers, naming)]),
    ];
  }

  /** All but whom its tunnels say that a point belongs to. */
  withoutPeers(station: Station, naming: Naming): StepFunction[] {
    return [this.#routes(station, naming), this.#rules(station), ...this.#sources(station)];
  }

  #routes(station: Station, naming: Naming): StepFunction {
    const places = new Map(station.links.map(({ id }, i) => [id, i]));
    const layout = station.links.map(({ id }) => id).join(' ');
    const parts = station.routes.map((table) => this.#routeRows(station, table, places, layout, naming));
    const key = `routes ${parts.map(({ key }) => key).join('|')}`;
    return this.#once(key, () => {
      const rows = new Rows();
      const facts = new RouteFacts();
      // The long lists are sorted; what comes after them waits aside.
      const bySize = [...parts.entries()].sort(([, a], [, b]) => Number(b.isLarge) - Number(a.isLarge));
      for (const [table, { fill }] of bySize) {
        fill((first, end, length, value, rank, metric) => {
          rows.add(first, end, length, value);
          facts.add(rank, metric, table);
        });
      }
      return rows.longest(this.#points.count, (order) => facts.first(order));
    });
  }

  #routeRows(
    station: Station,
    table: RouteTable,
    places: ReadonlyMap<string, number>,
    layout: string,
    naming: Naming,
  ): RoutePart {
    const points = this.#points;
    const code = this.#routeCodes(station, places, naming);
    const visit: RoutePart['fill'] = (found) => {
      table.visit(({ prefix, metric, isAdvertised }, kind, interfaceId, gateway, rank) => {
        const { first, end } = points.range(prefix);
        if (first === end) return;
        const marks = (rank === 'assumed' ? 1 : 0) + (isAdvertised === true ? 2 : 0);
        const value = code(kind, interfaceId, gateway, marks);
        found(first, end, prefix.length, value, rank, metric);
      });
    };
    const { count, gateways } = outlineOf(table);
    if (count > SMALL_ROWS) {
      const codes = gateways.map((gateway) =>
        station.links.map((link) => this.#gateway(station, link, gateway, naming)),
      );
      return { key: `#${this.#id(table)} ${layout} ${codes}`, isLarge: true, fill: visit };
    }
    const rows: Parameters<Parameters<RoutePart['fill']>[0]>[] = [];
    visit((...row) => rows.push(row));
    return {
      key: rows.join(';'),
      isLarge: false,
      fill: (each) => {
        for (const row of rows) each(...row);
      },
    };
  }

  /** Values of routes; the same as before where the route differs from the last one in its prefix alone. */
  #routeCodes(station: Station, places: ReadonlyMap<string, number>, naming: Naming) {
    let lastKind = '';
    let lastInterface: string | null = null;
    let lastGateway: Address | null = null;
    let lastMarks = -1;
    let value = NOTHING;
    return (kind: string, interfaceId: string | null, gateway: Address | null, marks: number): number => {
      const isSame =
        kind === lastKind && interfaceId === lastInterface && gateway === lastGateway && marks === lastMarks;
      if (isSame) return value;
      lastKind = kind;
      lastInterface = interfaceId;
      lastGateway = gateway;
      lastMarks = marks;
      const place = interfaceId === null ? -1 : (places.get(interfaceId) ?? -2);
      const via = gateway === null ? '' : this.#gateway(station, station.links[place], gateway, naming);
      value = this.#codes.of(`${kind} ${place} ${via} ${marks}`);
      return value;
    };
  }

  /** Who answers for a gateway on the link, and from which address the station sends there. */
  #gateway(station: Station, link: Link | undefined, gateway: Address, naming: Naming): string {
    if (link === undefined) return 'nowhere';
    const source = sourceAddress(station, link, gateway, gateway);
    const place = source === null ? 'none' : `${candidatesOf(station, link, gateway.family).indexOf(source.value)}`;
    if (link.kind !== 'segment') return `from ${place}`;
    const { owners, proxies } = this.#world.segments.get(link.segment)!;
    const key = addressKey(gateway);
    const answers = [...(owners.get(key) ?? []), ...(proxies.get(key) ?? [])].map((each) => naming(each.station));
    return `${answers.join()} from ${place}`;
  }

  /** Of two peers that list a prefix the last has it. */
  #owners(peers: PeerTable, naming: Naming): StepFunction {
    const named = peers.peers.map((peer) => this.#peerCode(peers, peer, naming));
    const key = peers.peers.map((peer, i) => `${named[i]} ${this.#listKey(peer)}`).join('|');
    return this.#once(`owners ${key}`, () => {
      const rows = new Rows();
      peers.peers.forEach(({ allowedIps }, i) => {
        for (const { value } of allowedIps) {
          const { first, end } = this.#points.range(value);
          if (first < end) rows.add(first, end, value.length, named[i]!);
        }
      });
      return rows.longest(this.#points.count, (order) => order.at(-1)!);
    });
  }

  #listKey({ allowedIps }: Peer): string {
    if (allowedIps.length > SMALL_ROWS) return `#${this.#id(allowedIps)}`;
    return allowedIps
      .map(({ value }) => {
        const { first, end } = this.#points.range(value);
        return first === end ? '' : `${first}-${end}/${value.length}`;
      })
      .join(';');
  }

  /** The first peer that is the exit of an address is. */
  #exits(peers: PeerTable, naming: Naming): StepFunction {
    const prefixes: Prefix[] = [];
    const values: number[] = [];
    for (const peer of peers.peers) {
      for (const { value } of peer.exitFor ?? []) {
        prefixes.push(value);
        values.push(this.#peerCode(peers, peer, naming));
      }
    }
    if (prefixes.length === 0) return NOWHERE;
    return this.#painted(prefixes, values);
  }

  /** Where several prefixes hold a point, the first counts. */
  #painted(prefixes: readonly Prefix[], values: readonly number[]): StepFunction {
    const answers = new Int32Array(this.#points.count).fill(-1);
    for (let i = prefixes.length - 1; i >= 0; i--) {
      const { first, end } = this.#points.range(prefixes[i]!);
      answers.fill(values[i]!, first, end);
    }
    const builder = new StepBuilder();
    builder.from(0, -1);
    for (const [point, value] of answers.entries()) builder.from(point, value);
    return builder.done();
  }

  #peerCode(peers: PeerTable, peer: Peer, naming: Naming): number {
    const other = this.#world.byName.get(peer.name);
    const place = peers.peers.length === 1 ? 0 : peers.named(peer.name).indexOf(peer);
    return this.#codes.of(`peer ${other === undefined ? 'nobody' : naming(other)} ${place}`);
  }

  /** Which prefixes of its filters and translations, in the order of the rules, hold a point. */
  #rules({ filters, translations, outside }: Station): StepFunction {
    const inbound = outside?.inbound?.map(({ value }) => value) ?? [];
    if (filters.length + translations.length + inbound.length === 0) return NOWHERE;
    const prefixes: Prefix[] = [];
    const add = ({ source, destination }: Matches) => {
      if (source !== undefined) prefixes.push(source);
      if (destination !== undefined) prefixes.push(destination);
    };
    for (const rule of filters) add(rule);
    for (const rule of translations) {
      if (rule.kind === 'one-to-one') prefixes.push(rule.real, rule.seenAs);
      else add(rule);
    }
    for (const rule of inbound) add(rule);
    return this.#held(prefixes);
  }

  #held(prefixes: readonly Prefix[]): StepFunction {
    const ranges = prefixes.map((prefix) => this.#points.range(prefix));
    const changes = [...new Set(ranges.flatMap(({ first, end }) => (first < end ? [first, end] : [])))];
    const builder = new StepBuilder();
    builder.from(0, -1);
    for (const point of changes.sort((a, b) => a - b)) {
      if (point >= this.#points.count) continue;
      const holding = ranges.map(({ first, end }) => (first <= point && point < end ? '1' : '0')).join('');
      builder.from(point, holding.includes('1') ? this.#codes.of(`held ${holding}`) : -1);
    }
    return builder.done();
  }

  /** Which of several addresses a link sends from; it depends on leading bits, so on prefixes of these addresses. */
  #sources(station: Station): StepFunction[] {
    return station.links.flatMap((link) =>
      ([4, 6] as const).flatMap((family) => {
        const candidates = candidatesOf(station, link, family);
        if (candidates.length < 2) return [];
        const answers = new StepBuilder();
        answers.from(0, -1);
        for (const point of this.#turnings(candidates)) {
          const address = this.#points.address(point);
          if (address.family !== family) {
            answers.from(point, -1);
            continue;
          }
          const source = sourceAddress(station, link, address, address);
          answers.from(point, candidates.indexOf(source!.value));
        }
        return [answers.done()];
      }),
    );
  }

  /** Points at which the nearest of `candidates` may change, sorted. */
  #turnings(candidates: readonly Address[]): number[] {
    const { family } = candidates[0]!;
    const width = family === 4 ? 32 : 128;
    const found = new Set<number>([0]);
    const whole = this.#points.range({ family, bits: 0n, length: 0 });
    found.add(whole.first).add(whole.end);
    for (const address of candidates) {
      for (const other of candidates) {
        const difference = address.bits ^ other.bits;
        if (difference === 0n) continue;
        const length = width - difference.toString(2).length + 1;
        const bits = (address.bits >> BigInt(width - length)) << BigInt(width - length);
        const { first, end } = this.#points.range({ family, bits, length });
        found.add(first).add(end);
      }
    }
    return [...found].filter((point) => point < this.#points.count).sort((a, b) => a - b);
  }

  #id(object: object): number {
    let id = this.#ids.get(object);
    if (id === undefined) {
      id = this.#ids.size;
      this.#ids.set(object, id);
    }
    return id;
  }

  #once(key: string, make: () => StepFunction): StepFunction {
    let known = this.#known.get(key);
    if (known === undefined) {
      known = make();
      this.#known.set(key, known);
    }
    return known;
  }
}

/** What decides between routes to one prefix, by number of the row. */
class RouteFacts {
  readonly #ranks: RouteRank[] = [];
  readonly #tables: number[] = [];
  readonly #metrics = new Map<number, number>();

  add(rank: RouteRank, metric: number | undefined, table: number): void {
    if (metric !== undefined) this.#metrics.set(this.#ranks.length, metric);
    this.#ranks.push(rank);
    this.#tables.push(table);
  }

  /** As each table chooses first, and then the station between tables. */
  first(rows: readonly number[]): number {
    const ofTables = [...Map.groupBy(rows, (row) => this.#tables[row]!)].sort(([a], [b]) => a - b);
    return this.#firstOf(ofTables.map(([, each]) => this.#firstOf(each)));
  }

  #firstOf(rows: readonly number[]): number {
    return rows.reduce((known, row) => (isBefore(this.#of(row), this.#of(known)) ? row : known));
  }

  #of(row: number): { readonly rank: RouteRank; readonly metric?: number } {
    const metric = this.#metrics.get(row);
    return { rank: this.#ranks[row]!, ...(metric === undefined ? {} : { metric }) };
  }
}

interface RoutePart {
  /** The same for parts that are the same. */
  readonly key: string;
  readonly isLarge: boolean;
  readonly fill: (
    each: (
      first: number,
      end: number,
      length: number,
      value: number,
      rank: RouteRank,
      metric: number | undefined,
    ) => void,
  ) => void;
}

/** The addresses of which a station chooses when it sends by `link`, in the order in which it asks. */
export function candidatesOf(station: Station, link: Link, family: Family): Address[] {
  const own = (of: Link) => of.addresses.map(({ value }) => value).filter((value) => value.family === family);
  const ofLink = own(link);
  return ofLink.length > 0 ? ofLink : station.links.flatMap(own);
}
