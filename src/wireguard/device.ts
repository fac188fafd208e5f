/**
 * A WireGuard device without I/O: datagrams in batches and moments in, datagrams out. Nothing that comes from the
 * network can make it throw.
 *
 *   sockets ─▶ open ─▶ (router) ─▶ seal ─▶ sockets
 *                │ handshake messages
 *                ▼
 *           handshakes ─▶ output            advance ─▶ output (retries, keepalives)
 *
 * `now` is milliseconds of a clock that only moves on and counts time asleep (boot time). A moment before one that was
 * already told counts as that one. `output` is called from within the functions here and must not call back.
 */

import type { Endpoint } from '../net/endpoint.ts';
import { KEY_BYTES, sameKey } from '../net/key.ts';
import { formatPrefix, type Prefix } from '../net/prefix.ts';
import type { AllowedIps } from './allowedips.ts';
import { type Batch, INNER_BYTES_AT_MOST } from './batch.ts';
import { Core, type CoreOptions, type OutputKind } from './core.ts';
import { PrivateKey } from './crypto/x25519.ts';
import { dropNumber } from './drop.ts';
import type { Exits } from './exits.ts';
import { checkExpiry, timerFired } from './expirations.ts';
import { CookieChecker } from './handshake/cookie.ts';
import { HandshakeDesk } from './handshake/desk.ts';
import { SymmetricState } from './handshake/noise.ts';
import { Peer } from './peer.ts';
import { Receiver } from './receive.ts';
import { seal, sendInitiation, sendPacket, sendStaged } from './send.ts';
import { NEW_HANDSHAKE, PERSISTENT_KEEPALIVE, RETRANSMIT_HANDSHAKE, SEND_KEEPALIVE } from './timers.ts';

export type { OutputKind };

export interface DeviceOptions extends CoreOptions {}

export interface PeerSettings {
  readonly publicKey: Uint8Array;
  readonly presharedKey: Uint8Array | null;
  readonly allowedIps: readonly Prefix[];
  /** Addresses of other peers whose way to the internet this one is; absent for none. */
  readonly exitFor?: readonly Prefix[];
  /** Null for a peer that comes to us. */
  readonly endpoint: Endpoint | null;
  /** 0 is off. */
  readonly keepaliveSeconds: number;
  /** Largest inner packet in bytes that its path takes; absent is no less than the device's. */
  readonly mtuBytes?: number;
  /** First moment, ms since 1970, at which it is refused; null for never. */
  readonly expires: number | null;
}

export type PeerChange = Partial<Omit<PeerSettings, 'publicKey'>>;

const UNREACHABLE = dropNumber('unreachable');

export class Device {
  readonly #core: Core;
  readonly #desk: HandshakeDesk;
  readonly #receiver: Receiver;
  readonly #freeIds: number[] = [];

  constructor(options: DeviceOptions) {
    this.#core = new Core(options);
    this.#desk = new HandshakeDesk(this.#core, options.handshakeQueue);
    this.#receiver = new Receiver(this.#core, this.#desk);
  }

  get allowedIps(): AllowedIps {
    return this.#core.allowedIps;
  }

  get exits(): Exits {
    return this.#core.exits;
  }

  /** Packets refused, by drop number. */
  get drops(): Float64Array {
    return this.#core.drops;
  }

  get mtuBytes(): number {
    return this.#core.mtuBytes;
  }

  /** Indices in use: one for each live keypair and each initiation that waits. */
  get indexCount(): number {
    return this.#core.indexTable.size;
  }

  /** Our public key, or null before `setPrivateKey`. */
  get publicKey(): Uint8Array | null {
    return this.#core.identity?.publicKey ?? null;
  }

  /**
   * Makes us the owner of `key` (32 bytes; the caller's to wipe). A peer that is ourselves is removed. What the other
   * peers sent on their keypairs still arrives; sending needs new handshakes, which the next packets begin.
   */
  setPrivateKey(key: Uint8Array, now: number): void {
    const at = this.#core.clock(now);
    const privateKey = PrivateKey.from(key);
    const { publicKey } = privateKey;
    if (this.#core.identity !== null && sameKey(this.#core.identity.publicKey, publicKey)) return;
    const ourselves = this.peerByKey(publicKey);
    if (ourselves !== null) this.removePeer(ourselves, at);
    this.#core.identity = {
      privateKey,
      publicKey,
      start: SymmetricState.towards(publicKey),
      cookies: new CookieChecker(publicKey, this.#core.entropy),
    };
    for (const peer of this.peers()) {
      peer.staticStatic.fill(0);
      peer.hasStaticStatic = false;
      this.#core.endPending(peer);
      peer.lastSentHandshakeAt = Number.NEGATIVE_INFINITY;
      if (peer.keypairs.current !== null) peer.keypairs.current.maySend = false;
      if (peer.keypairs.next !== null) peer.keypairs.next.maySend = false;
      sendStaged(this.#core, peer, at);
    }
  }

  /**
   * Largest inner packet in bytes to any peer, as far as a datagram can carry it. Padding stays below it, and below the
   * peer's; larger packets still pass.
   */
  setMtu(bytes: number): void {
    this.#core.mtuBytes = Math.min(bytes, INNER_BYTES_AT_MOST);
  }

  /**
   * Adds a peer, or changes the one that has this key. A peer with a key of low order, or with our own, is kept like
   * any other and never has a handshake.
   */
  addPeer(settings: PeerSettings, now: number): Peer {
    const at = this.#core.clock(now);
    const known = this.peerByKey(settings.publicKey);
    if (known !== null) {
      this.changePeer(known, settings, at);
      return known;
    }
    if (settings.publicKey.length !== KEY_BYTES) throw new RangeError(`a key has ${KEY_BYTES} bytes`);
    const id = this.#freeIds.pop() ?? this.#core.peers.length;
    const peer = new Peer(id, this.#core.records.record(id), settings.publicKey, this.allowedIps);
    this.#core.addPeer(peer);
    this.#core.timers.peerAdded(peer, at);
    this.changePeer(peer, settings, at);
    return peer;
  }

  /**
   * Changes what `change` names. Keypairs go on, everybody's.
   *
   * A new preshared key counts from the next handshake, and the keypairs made with the old one live their 180 s, as in
   * Linux: whoever changes it on one side first would otherwise be cut off from the other. An endpoint of null leaves
   * the peer where it is. Prefixes that were another peer's move to this one.
   */
  changePeer(peer: Peer, change: PeerChange, now: number): void {
    const at = this.#core.clock(now);
    if (change.presharedKey !== undefined) {
      peer.hasPresharedKey = change.presharedKey !== null;
      if (change.presharedKey === null) peer.presharedKey.fill(0);
      else peer.presharedKey.set(change.presharedKey);
    }
    if (change.allowedIps !== undefined) this.#setAllowedIps(peer, change.allowedIps);
    if (change.exitFor !== undefined) this.#setExitFor(peer, change.exitFor);
    if (change.endpoint) peer.endpoint = change.endpoint;
    if (change.mtuBytes !== undefined) peer.mtuBytes = change.mtuBytes;
    if (change.expires !== undefined) {
      peer.expires = change.expires;
      checkExpiry(this.#core, peer, at);
    }
    if (change.keepaliveSeconds !== undefined && change.keepaliveSeconds !== peer.keepaliveSeconds) {
      const wasOff = peer.keepaliveSeconds === 0;
      peer.keepaliveSeconds = change.keepaliveSeconds;
      if (change.keepaliveSeconds === 0) this.#core.timers.cancel(peer, PERSISTENT_KEEPALIVE);
      // The first one goes out at once and begins the handshake; many peers at once take turns.
      else if (wasOff) this.#core.timers.arm(peer, PERSISTENT_KEEPALIVE, this.#core.nextStart(at));
      else this.#core.timers.anyAuthenticatedPacketTraversal(peer, at);
    }
    if (change.endpoint) sendStaged(this.#core, peer, at);
  }

  /** Takes the peer out: keys wiped, prefixes nobody's, its number free for another. */
  removePeer(peer: Peer, now: number): void {
    this.#core.clock(now);
    if (peer.isRemoved) return;
    this.#core.endAll(peer);
    this.#core.dropStaged(peer, UNREACHABLE);
    this.#core.timers.peerRemoved(peer);
    this.#core.allowedIps.removePeer(peer.id);
    this.#core.exits.removePeer(peer.id);
    this.#core.forgetPeer(peer);
    peer.isRemoved = true;
    peer.wipe();
    this.#freeIds.push(peer.id);
  }

  peerByKey(publicKey: Uint8Array): Peer | null {
    return this.#core.peerByKey(publicKey);
  }

  peerById(id: number): Peer | null {
    return this.#core.peers[id] ?? null;
  }

  /** Every peer, in the order they were added. */
  peers(): IterableIterator<Peer> {
    return this.#core.allPeers();
  }

  /**
   * Opens a batch of datagrams. A data message becomes READY with FROM_PEER and INNER_LENGTH: authentic, new, an inner
   * packet whose length is true and whose source its sender owns. The rest is CONSUMED (a handshake message that now
   * waits for `handshakes`, a keepalive) or DROPPED with its REASON, counted.
   */
  open(batch: Batch, now: number): void {
    this.#receiver.open(batch, this.#core.clock(now));
  }

  /**
   * Seals READY rows for TO_PEER: padded, sealed where they lie, LENGTH and `batch.endpoints` set for sending. CONSUMED
   * is a row that waits for a handshake now, DROPPED one that has nowhere to go.
   */
  seal(batch: Batch, now: number): void {
    seal(this.#core, batch, this.#core.clock(now));
  }

  /** Sends one inner packet that the router made itself. */
  sendTo(peer: Peer, inner: Uint8Array, now: number): void {
    if (!peer.isRemoved) sendPacket(this.#core, peer, inner, this.#core.clock(now));
  }

  /** Works off up to `most` waiting handshake messages and returns how many are left. Call it after data. */
  handshakes(now: number, most: number): number {
    return this.#desk.work(most, this.#core.clock(now));
  }

  /** Handshake messages that wait for `handshakes`. */
  get waitingHandshakes(): number {
    return this.#desk.waiting;
  }

  /** Whether handshake messages must carry a cookie. */
  get underLoad(): boolean {
    return this.#desk.isUnderLoad(this.#core.now);
  }

  /** `share` of the CPU time of the last 250 ms went into `handshakes`; more than half is load as well. */
  reportHandshakeShare(share: number, now: number): void {
    this.#desk.reportShare(share, this.#core.clock(now));
  }

  /** Fires the timers that are due. */
  advance(now: number): void {
    const at = this.#core.clock(now);
    this.#core.timers.advance(at, (id, timer) => {
      const peer = this.#core.peers[id];
      if (peer) timerFired(this.#core, peer, timer, at);
    });
  }

  /** When to call `advance` again, in ms of `now`; infinity when there is nothing to wait for. */
  nextDeadline(): number {
    return this.#core.timers.nextDeadline();
  }

  /** Begins a handshake, unless one began within the last 5 s or the peer has no endpoint. */
  initiate(peer: Peer, now: number): void {
    if (!peer.isRemoved) sendInitiation(this.#core, peer, this.#core.clock(now));
  }

  /**
   * After the machine slept: all keys are wiped, and the peers that had keys get handshakes, one after the other. Their
   * side may have kept its keys, and what it sends on them is lost here until then.
   */
  suspended(now: number): void {
    const at = this.#core.clock(now);
    for (const peer of this.peers()) {
      const hadKeys = peer.keypairs.current !== null || peer.keypairs.next !== null;
      this.#core.endAll(peer);
      peer.lastSentHandshakeAt = Number.NEGATIVE_INFINITY;
      for (const timer of [RETRANSMIT_HANDSHAKE, SEND_KEEPALIVE, NEW_HANDSHAKE]) this.#core.timers.cancel(peer, timer);
      if (hadKeys) this.#core.timers.arm(peer, NEW_HANDSHAKE, this.#core.nextStart(at));
    }
  }

  /**
   * Takes the next initiation of `peer` whatever its timestamp: for a device without a clock that was set back
   * (`Peer.timestampBehindMs` says by how much). A recorded initiation would pass too, once, and come to nothing.
   */
  forgetTimestamp(peer: Peer): void {
    peer.receivedTimestamp.fill(0);
    peer.timestampBehindMs = null;
  }

  #setAllowedIps(peer: Peer, prefixes: readonly Prefix[]): void {
    const { allowedIps } = this.#core;
    const kept = new Set(prefixes.map(formatPrefix));
    for (const owned of allowedIps.prefixesOf(peer.id)) {
      if (!kept.has(formatPrefix(owned))) allowedIps.remove(owned, peer.id);
    }
    for (const prefix of prefixes) allowedIps.insert(prefix, peer.id);
  }

  #setExitFor(peer: Peer, users: readonly Prefix[]): void {
    const { exits } = this.#core;
    const kept = new Set(users.map(formatPrefix));
    for (const user of exits.usersOf(peer.id)) if (!kept.has(formatPrefix(user))) exits.remove(user, peer.id);
    for (const user of users) exits.insert(user, peer.id);
  }
}
