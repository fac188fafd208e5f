/**
 * Endpoints as the native module has them: twelve integers, addresses in the order of the wire.
 *
 *   | family | port | scope | has local | remote address 4 | local address 4 |
 *
 * A place is an `Endpoint` whose text is made when somebody reads it: of datagrams that come from anywhere, few have
 * their source read.
 */

import { addressBytes, addressFromBytes, type Family, formatAddress, parseAddress } from '../../net/address.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import { PLACE_INTS } from './message-table.ts';

export const PLACE_FAMILY = 0;
export const PLACE_PORT = 1;
export const PLACE_SCOPE = 2;
export const PLACE_HAS_LOCAL = 3;
export const PLACE_REMOTE = 4;
export const PLACE_LOCAL = 8;

/** Names and numbers of interfaces, for link-local addresses; as the native module has them. */
export interface Interfaces {
  interfaceName(index: number): string;
  interfaceIndex(name: string): number;
}

export class Place implements Endpoint {
  readonly columns: Int32Array;
  /** Until this moment datagrams go there one by one: a train did not get through. The sockets' own. */
  singleUntil = 0;
  readonly #interfaces: Interfaces;
  #address: string | null = null;
  #local: string | null = null;

  /** `columns` are kept. */
  constructor(columns: Int32Array, interfaces: Interfaces) {
    this.columns = columns;
    this.#interfaces = interfaces;
  }

  get family(): Family {
    return this.columns[PLACE_FAMILY] as Family;
  }

  get port(): number {
    return this.columns[PLACE_PORT]!;
  }

  get address(): string {
    if (this.#address === null) {
      const scope = this.columns[PLACE_SCOPE]!;
      const zone = scope === 0 ? '' : `%${this.#interfaces.interfaceName(scope) || scope}`;
      this.#address = addressText(this.columns, PLACE_REMOTE) + zone;
    }
    return this.#address;
  }

  get local(): string | undefined {
    if (this.columns[PLACE_HAS_LOCAL] === 0) return undefined;
    this.#local ??= addressText(this.columns, PLACE_LOCAL);
    return this.#local;
  }

  /** Forgets which of our addresses was called: the machine does not have it any more. */
  forgetLocal(): void {
    this.columns.fill(0, PLACE_LOCAL);
    this.columns[PLACE_HAS_LOCAL] = 0;
  }
}

/** The place of an endpoint that did not come from here, or null when its text is no address. */
export function placeOf(endpoint: Endpoint, interfaces: Interfaces): Place | null {
  if (endpoint instanceof Place) return endpoint;
  const columns = new Int32Array(PLACE_INTS);
  const [text = '', zone] = endpoint.address.split('%');
  if (!writeAddress(columns, PLACE_REMOTE, text, endpoint.family)) return null;
  columns[PLACE_FAMILY] = endpoint.family;
  columns[PLACE_PORT] = endpoint.port;
  if (zone !== undefined) columns[PLACE_SCOPE] = interfaces.interfaceIndex(zone) || Number(zone) || 0;
  if (endpoint.local !== undefined) {
    columns[PLACE_HAS_LOCAL] = writeAddress(columns, PLACE_LOCAL, endpoint.local, endpoint.family) ? 1 : 0;
  }
  return new Place(columns, interfaces);
}

/**
 * Places that were seen, so that a stream of datagrams from one is one object. A table of fixed size without lists: of
 * two sources that fall on one entry the later stays.
 */
export class Places {
  readonly #places: (Place | undefined)[];
  readonly #mask: number;
  readonly #interfaces: Interfaces;

  /** `entries` is a power of two. */
  constructor(entries: number, interfaces: Interfaces) {
    this.#places = new Array(entries);
    this.#mask = entries - 1;
    this.#interfaces = interfaces;
  }

  /** The place whose columns stand in `table` from `at` on. */
  find(table: Int32Array, at: number): Place {
    const word = table[at + PLACE_REMOTE]! ^ Math.imul(table[at + PLACE_REMOTE + 3]!, 0x9e3779b1);
    const mixed = Math.imul(word ^ Math.imul(table[at + PLACE_PORT]!, 0x85ebca6b), 0xc2b2ae35);
    const index = (mixed ^ (mixed >>> 15)) & this.#mask;
    const known = this.#places[index];
    if (known !== undefined && isAt(known.columns, table, at)) return known;
    const place = new Place(table.slice(at, at + PLACE_INTS), this.#interfaces);
    this.#places[index] = place;
    return place;
  }
}

function isAt(columns: Int32Array, table: Int32Array, at: number): boolean {
  for (let i = 0; i < PLACE_INTS; i++) if (columns[i] !== table[at + i]) return false;
  return true;
}

function addressText(columns: Int32Array, at: number): string {
  const bytes = new Uint8Array(columns.buffer, columns.byteOffset + 4 * at, columns[PLACE_FAMILY] === 4 ? 4 : 16);
  return formatAddress(addressFromBytes(Uint8Array.from(bytes)));
}

function writeAddress(columns: Int32Array, at: number, text: string, family: Family): boolean {
  const address = parseAddress(text);
  if (address?.family !== family) return false;
  new Uint8Array(columns.buffer, columns.byteOffset + 4 * at, 16).set(addressBytes(address));
  return true;
}
