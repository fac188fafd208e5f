/**
 * The relay as a backend: observes by status pages, changes by messages over its control socket.
 *
 * Both are cut into pages, so that ten thousand peers neither make a line too long nor keep the relay from forwarding
 * while it reads one.
 */

import {
  CHANGE_PEERS,
  LINE_BYTES,
  type PeerConfig,
  type PeerStatus,
  STATUS_PEERS,
  type Status,
} from '../relay/messages.ts';
import type { Backend, Observed } from './backend.ts';
import type { Difference } from './difference.ts';
import type { RelayConnection } from './relay-connection.ts';

/** What a line may hold beside peers. */
const LINE_ROOM_BYTES = LINE_BYTES - 65_536;

export class RelayBackend implements Backend {
  readonly #connection: RelayConnection;

  constructor(connection: RelayConnection) {
    this.#connection = connection;
  }

  observe(): Promise<Observed> {
    return relayStatus(this.#connection);
  }

  /** One message where it fits, which the relay takes whole or not at all. */
  async change({ router, remove, set, narrowed }: Difference): Promise<void> {
    const pages = setPages(set);
    if (pages.length <= 1 && remove.length <= CHANGE_PEERS) {
      await this.#connection.request({ type: 'change', router, set: pages[0] ?? [], remove });
      return;
    }
    for (let at = 0; at < remove.length; at += CHANGE_PEERS) {
      const page = remove.slice(at, at + CHANGE_PEERS);
      await this.#connection.request({ type: 'change', router: null, set: [], remove: page });
    }
    if (router !== null) await this.#connection.request({ type: 'change', router, set: [], remove: [] });
    for (const page of [...setPages(narrowed), ...pages]) {
      await this.#connection.request({ type: 'change', router: null, set: page, remove: [] });
    }
  }
}

/**
 * The whole status of a relay. Peers that came or went while the pages were read may be missing or appear as they were;
 * none appears twice.
 */
export async function relayStatus(connection: RelayConnection): Promise<Status> {
  const first = await connection.request({ type: 'status', from: 0, most: STATUS_PEERS });
  const peers = new Map<string, PeerStatus>(first.peers.map((peer) => [peer.publicKey, peer]));
  let from = first.peers.length;
  for (let page = first; page.peers.length > 0 && from < page.peerCount; from += page.peers.length) {
    page = await connection.request({ type: 'status', from, most: STATUS_PEERS });
    for (const peer of page.peers) peers.set(peer.publicKey, peer);
  }
  return { ...first, peers: [...peers.values()] };
}

/** `set` in pages of at most `CHANGE_PEERS` peers and less than a line. */
export function setPages(set: readonly PeerConfig[]): PeerConfig[][] {
  const pages: PeerConfig[][] = [];
  let page: PeerConfig[] = [];
  let bytes = 0;
  for (const peer of set) {
    const size = Buffer.byteLength(JSON.stringify(peer)) + 1;
    if (page.length === CHANGE_PEERS || (page.length > 0 && bytes + size > LINE_ROOM_BYTES)) {
      pages.push(page);
      page = [];
      bytes = 0;
    }
    page.push(peer);
    bytes += size;
  }
  if (page.length > 0) pages.push(page);
  return pages;
}
