/**
 * What the parts of a device share: tables, clocks, counters, our identity, and the way out. `device.ts` is the door to
 * it; `receive.ts`, `handshake/desk.ts`, `send.ts` and `expirations.ts` are functions over it.
 */

import type { Endpoint } from '../net/endpoint.ts';
import { AllowedIps } from './allowedips.ts';
import { SLOT_BYTES } from './batch.ts';
import { DEFAULT_MTU_BYTES, STAGING_BYTES, START_PACE_MS } from './constants.ts';
import type { Aead } from './crypto/aead.ts';
import type { PrivateKey } from './crypto/x25519.ts';
import { DROP_REASONS } from './drop.ts';
import type { Entropy } from './entropy.ts';
import { Exits } from './exits.ts';
import type { CookieChecker } from './handshake/cookie.ts';
import type { SymmetricState } from './handshake/noise.ts';
import type { Keypair } from './keypair.ts';
import { type Peer, Records } from './peer.ts';
import { IndexTable } from './tables/indextable.ts';
import { Staging } from './tables/staging.ts';
import { Timers } from './timers.ts';

export type OutputKind = 'handshake' | 'cookie' | 'keepalive' | 'data';

export interface CoreOptions {
  readonly aead: Aead;
  readonly entropy: Entropy;
  /** ms since 1970, only for the timestamps in initiations and for `expires`; everything else goes by `now`. */
  readonly wallClock: () => number;
  /**
   * Handshake messages, keepalives, staged packets and packets of the router itself. The bytes are valid until it
   * returns; the order of calls is the order on the wire. `tos` is for the outer header, where it can be set. It must
   * not call the device.
   */
  readonly output: (datagram: Uint8Array, endpoint: Endpoint, kind: OutputKind, tos: number) => void;
  /** Bound of the pool of staged packets of all peers. */
  readonly stagingBytes?: number;
  /** Handshake messages waiting at most. */
  readonly handshakeQueue?: number;
  /** Where in the arena `SLOT_BYTES` are the device's own, for packets outside batches; by default its last ones. */
  readonly scratchOffset?: number;
}

/** Who we are, and what follows from it. */
export interface Identity {
  readonly privateKey: PrivateKey;
  readonly publicKey: Uint8Array;
  /** The Noise state before an initiation to us. */
  readonly start: SymmetricState;
  readonly cookies: CookieChecker;
}

export class Core {
  readonly aead: Aead;
  readonly entropy: Entropy;
  readonly wallClock: () => number;
  readonly output: CoreOptions['output'];
  readonly scratchOffset: number;
  readonly indexTable: IndexTable;
  readonly allowedIps = new AllowedIps();
  readonly exits = new Exits();
  readonly staging: Staging;
  readonly timers: Timers;
  readonly records = new Records();
  /** By drop number. */
  readonly drops = new Float64Array(DROP_REASONS.length);
  /** By peer number. */
  readonly peers: (Peer | null)[] = [];
  readonly #peersByKey = new Map<string, Peer>();
  identity: Identity | null = null;
  mtuBytes = DEFAULT_MTU_BYTES;
  /** The latest moment that was ever told. */
  now = 0;
  #lastStart = 0;

  constructor(options: CoreOptions) {
    this.aead = options.aead;
    this.entropy = options.entropy;
    this.wallClock = options.wallClock;
    this.output = options.output;
    this.scratchOffset = options.scratchOffset ?? options.aead.arena.length - SLOT_BYTES;
    if (this.scratchOffset < 0) throw new RangeError('the arena has no room for the device');
    this.indexTable = new IndexTable(options.entropy);
    this.staging = new Staging(options.stagingBytes ?? STAGING_BYTES);
    this.timers = new Timers(options.entropy);
  }

  /** `now`, or the latest moment ever told where that is later: a clock that jumps back stands still here. */
  clock(now: number): number {
    if (now > this.now) this.now = now;
    return this.now;
  }

  /** A moment from `now` on for work that many peers owe at once; successive ones are `START_PACE_MS` apart. */
  nextStart(now: number): number {
    this.#lastStart = Math.max(now, this.#lastStart + START_PACE_MS);
    return this.#lastStart;
  }

  drop(reason: number, peer: Peer | null, count = 1): void {
    this.drops[reason]! += count;
    peer?.countDrop(reason, count);
  }

  peerByKey(publicKey: Uint8Array): Peer | null {
    return this.#peersByKey.get(keyOf(publicKey)) ?? null;
  }

  /** Every peer, in the order they were added. */
  allPeers(): IterableIterator<Peer> {
    return this.#peersByKey.values();
  }

  addPeer(peer: Peer): void {
    this.peers[peer.id] = peer;
    this.#peersByKey.set(keyOf(peer.publicKey), peer);
  }

  forgetPeer(peer: Peer): void {
    this.peers[peer.id] = null;
    this.#peersByKey.delete(keyOf(peer.publicKey));
  }

  /**
   * The secret that our static key shares with the peer's, computed once, or null for a key of low order. Such a peer
   * may be configured; it never has a handshake.
   */
  staticStatic(peer: Peer): Uint8Array | null {
    if (!peer.hasStaticStatic) {
      const secret = this.identity?.privateKey.sharedSecret(peer.publicKey) ?? null;
      if (secret === null) return null;
      peer.staticStatic.set(secret);
      secret.fill(0);
      peer.hasStaticStatic = true;
    }
    return peer.staticStatic;
  }

  /** Wipes a keypair that left its peer's table, and frees its index. */
  end(keypair: Keypair): void {
    this.aead.removeKey(keypair.sendSlot);
    this.aead.removeKey(keypair.receiveSlot);
    this.indexTable.remove(keypair.localIndex);
  }

  /** Forgets our initiation that waits for its response. */
  endPending(peer: Peer): void {
    if (peer.pending === null) return;
    peer.pending.state.wipe();
    this.indexTable.remove(peer.pending.localIndex);
    peer.pending = null;
  }

  /** Wipes all key material of a peer but what is configured. */
  endAll(peer: Peer): void {
    this.endPending(peer);
    for (const keypair of peer.keypairs.clear()) this.end(keypair);
  }

  dropStaged(peer: Peer, reason: number): void {
    if (peer.staged === null) return;
    const count = this.staging.clear(peer.staged);
    peer.staged = null;
    if (count > 0) this.drop(reason, peer, count);
  }
}

function keyOf(publicKey: Uint8Array): string {
  return String.fromCharCode(...publicKey);
}
