/**
 * Where peers were: remembered on disk, so that a restarted relay can call them instead of waiting to be called.
 *
 * The file is text, a line a peer: public key, endpoint, and when it was last heard (seconds since 1970). It is
 * written whole and renamed into place, at most every 30 seconds (every 2 at first) and at the end. A file that is damaged is worth less
 * than none: it is left out as a whole, and a note says so.
 */

import { readFileSync, statSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Family } from '../net/address.ts';
import { parseAddress } from '../net/address.ts';
import type { Endpoint } from '../net/endpoint.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import { parseKey } from '../net/key.ts';

const FILE = 'endpoints';
const HEADER = 'wg-router endpoints 1';
/** A line has less than 160 bytes. */
const LINES = 200_000;
const FILE_BYTES = LINES * 160;
/** Written at most this often, */
export const WRITE_AFTER_MS = 30_000;
/** and in the first `WRITE_AFTER_MS` of a relay, while everybody arrives, this often. */
export const WRITE_AT_FIRST_MS = 2_000;
/** A peer that was silent for longer is not called: its address is somebody else's by now. */
export const REMEMBERED_MS = 7 * 24 * 3600 * 1000;
/** Lines made before packets get their turn again: about a millisecond. */
const SLICE_LINES = 2_000;

export interface Seen {
  readonly publicKey: string;
  readonly endpoint: Endpoint;
  /** ms since 1970. */
  readonly heardAt: number;
}

export class SeenEndpoints {
  readonly #folder: string;
  /** By public key, as on disk. */
  #known: Map<string, Seen>;
  #writing: Promise<void> = Promise.resolve();
  /** Why the file could not be used, for a person; null when it could, or there is none yet. */
  note: string | null;

  /** Reads the folder's file. `now` is ms since 1970; what was heard too long before it is left out. */
  static read(folder: string, now: number): SeenEndpoints {
    const path = join(folder, FILE);
    try {
      if (statSync(path).size > FILE_BYTES) throw new Error('it is too large');
      return new SeenEndpoints(folder, parse(readFileSync(path, 'utf8'), now), null);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new SeenEndpoints(folder, new Map(), null);
      const why = (error as Error).message;
      return new SeenEndpoints(folder, new Map(), `where peers were is forgotten: cannot use ${path}: ${why}`);
    }
  }

  private constructor(folder: string, known: Map<string, Seen>, note: string | null) {
    this.#folder = folder;
    this.#known = known;
    this.note = note;
  }

  /** Where the peer was when it was last seen, or null. */
  endpointOf(publicKey: string): Endpoint | null {
    return this.#known.get(publicKey)?.endpoint ?? null;
  }

  /** When it was last heard, ms since 1970, or null. */
  heardAt(publicKey: string): number | null {
    return this.#known.get(publicKey)?.heardAt ?? null;
  }

  /**
   * Writes `seen` when an endpoint differs from what is on disk, or was not written for an hour. Calls take turns. Never
   * rejects: what cannot be written is in `note`, and the next call tries again.
   */
  update(seen: readonly Seen[]): Promise<void> {
    this.#writing = this.#writing.then(() => this.#update(seen));
    return this.#writing;
  }

  async #update(seen: readonly Seen[]): Promise<void> {
    if (!this.#differs(seen)) return;
    try {
      await this.#write(seen.slice(0, LINES));
      this.#known = new Map(seen.map((each) => [each.publicKey, each]));
      this.note = null;
    } catch (error) {
      this.note = `where peers are cannot be written: ${(error as Error).message}`;
    }
  }

  async #write(seen: readonly Seen[]): Promise<void> {
    const path = join(this.#folder, FILE);
    const file = await open(`${path}.new`, 'w', 0o600);
    try {
      await file.write(`${HEADER}\n`);
      for (let at = 0; at < seen.length; at += SLICE_LINES) {
        await file.write(
          `${seen
            .slice(at, at + SLICE_LINES)
            .map(line)
            .join('\n')}\n`,
        );
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  }

  #differs(seen: readonly Seen[]): boolean {
    if (seen.length !== this.#known.size) return true;
    return seen.some(({ publicKey, endpoint, heardAt }) => {
      const known = this.#known.get(publicKey);
      if (known === undefined || heardAt - known.heardAt > 3600 * 1000) return true;
      return known.endpoint.address !== endpoint.address || known.endpoint.port !== endpoint.port;
    });
  }
}

function line({ publicKey, endpoint, heardAt }: Seen): string {
  return `${publicKey} ${formatEndpoint(endpoint)} ${Math.floor(heardAt / 1000)}`;
}

/** Throws when any line is not what `line` writes. */
function parse(text: string, now: number): Map<string, Seen> {
  const lines = text.split('\n');
  if (lines[0] !== HEADER || lines.at(-1) !== '') throw new Error('it is damaged');
  const known = new Map<string, Seen>();
  for (const each of lines.slice(1, -1)) {
    const [publicKey = '', endpointText = '', seconds = '', more] = each.split(' ');
    const endpoint = parseEndpoint(endpointText);
    if (parseKey(publicKey) === null || endpoint === null || !/^[0-9]{1,12}$/.test(seconds) || more !== undefined) {
      throw new Error('it is damaged');
    }
    const heardAt = Number(seconds) * 1000;
    if (now - heardAt < REMEMBERED_MS) known.set(publicKey, { publicKey, endpoint, heardAt });
  }
  return known;
}

/** What `formatEndpoint` writes of an `Endpoint`, zone included. */
function parseEndpoint(text: string): Endpoint | null {
  const parts = /^(?:\[([0-9a-f:.]+(?:%[A-Za-z0-9_.-]{1,32})?)\]|([0-9.]+)):([0-9]{1,5})$/.exec(text);
  if (parts === null) return null;
  const address = parts[1] ?? parts[2]!;
  const port = Number(parts[3]);
  const family: Family = parts[1] === undefined ? 4 : 6;
  if (parseAddress(address.split('%')[0]!)?.family !== family || port < 1 || port > 65_535) return null;
  return { family, address, port };
}
