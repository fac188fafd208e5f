/**
 * Everything that leaves, responses and cookie replies apart (`handshake/desk.ts`): batches, packets of the router itself,
 * staged packets, keepalives and initiations.
 */

import { encapsulatedTos, HANDSHAKE_TOS } from '../net/ecn.ts';
import { sameKey } from '../net/key.ts';
import {
  type Batch,
  COUNTER_HIGH,
  COUNTER_LOW,
  DATA_HEADER_BYTES,
  INNER_BYTES_AT_MOST,
  INNER_LENGTH,
  KEY_SLOT,
  LENGTH,
  OFFSET,
  REASON,
  ROW_INTS,
  STATUS,
  STATUS_CONSUMED,
  STATUS_DROPPED,
  STATUS_READY,
  TAG_BYTES,
  TO_PEER,
  TOS,
} from './batch.ts';
import {
  PADDING_MULTIPLE,
  REKEY_AFTER_MESSAGES,
  REKEY_AFTER_TIME_MS,
  REKEY_TIMEOUT_MS,
  UNPADDED_BYTES,
} from './constants.ts';
import type { Core, Identity, OutputKind } from './core.ts';
import { dropNumber } from './drop.ts';
import { addMacs } from './handshake/cookie.ts';
import { createInitiation, SymmetricState } from './handshake/noise.ts';
import { nextTimestamp } from './handshake/tai64n.ts';
import type { Keypair } from './keypair.ts';
import {
  INITIATION_BYTES,
  INITIATION_EPHEMERAL,
  INITIATION_SENDER,
  TYPE_INITIATION,
  writeDataHeader,
  writeWord,
} from './message.ts';
import type { Peer } from './peer.ts';
import { StagedQueue } from './tables/staging.ts';

const UNREACHABLE = dropNumber('unreachable');
const NO_ENDPOINT = dropNumber('no-endpoint');
const PEER_EXPIRED = dropNumber('peer-expired');
const OVERSIZED = dropNumber('oversized');
const STAGED_OVERFLOW = dropNumber('staged-overflow');
const HANDSHAKE_GAVE_UP = dropNumber('handshake-gave-up');

const OVERHEAD_BYTES = DATA_HEADER_BYTES + TAG_BYTES;
/** The initiation under construction; sent before anything else can be. */
const initiation = new Uint8Array(INITIATION_BYTES);

/**
 * Seals every READY row for its TO_PEER and sets LENGTH and endpoint for sending. A row whose peer has no keypair is
 * staged and CONSUMED, and the handshake begun; one whose peer cannot be reached at all is DROPPED.
 */
export function seal(core: Core, batch: Batch, now: number): void {
  const { rows, arena, endpoints } = batch;
  const end = batch.count * ROW_INTS;
  for (let row = 0, at = 0; at < end; row++, at += ROW_INTS) {
    if (rows[at + STATUS] !== STATUS_READY) continue;
    const id = rows[at + TO_PEER]!;
    const peer = id >= 0 && id < core.peers.length ? core.peers[id]! : null;
    const reason = peer === null ? UNREACHABLE : whyNot(peer);
    if (peer === null || reason >= 0) {
      rows[at + STATUS] = STATUS_DROPPED;
      rows[at + REASON] = reason;
      core.drop(reason, peer);
      continue;
    }
    const offset = rows[at + OFFSET]!;
    const innerLength = rows[at + INNER_LENGTH]!;
    const keypair = sendingKeypair(peer, now);
    if (keypair === null) {
      rows[at + STATUS] = STATUS_CONSUMED;
      stage(core, peer, arena, offset + DATA_HEADER_BYTES, innerLength);
      sendInitiation(core, peer, now);
      continue;
    }
    const padded = pad(core, peer, arena, offset + DATA_HEADER_BYTES, innerLength);
    const counter = keypair.sendCounter++;
    writeDataHeader(arena, offset, keypair.remoteIndex, counter);
    rows[at + LENGTH] = padded + OVERHEAD_BYTES;
    rows[at + TOS] = encapsulatedTos(arena, offset + DATA_HEADER_BYTES);
    rows[at + KEY_SLOT] = keypair.sendSlot;
    rows[at + COUNTER_LOW] = counter;
    rows[at + COUNTER_HIGH] = counter / 2 ** 32;
    endpoints[row] = peer.endpoint!;
    sent(core, peer, keypair, padded + OVERHEAD_BYTES, innerLength > 0, now);
  }
  core.aead.sealBatch(batch);
}

/** Sends one inner packet that the router made itself; like a row of a batch it may be staged, or dropped and counted. */
export function sendPacket(core: Core, peer: Peer, inner: Uint8Array, now: number): void {
  const reason = inner.length > INNER_BYTES_AT_MOST ? OVERSIZED : whyNot(peer);
  if (reason >= 0) {
    core.drop(reason, peer);
    return;
  }
  const keypair = sendingKeypair(peer, now);
  if (keypair === null) {
    stage(core, peer, inner, 0, inner.length);
    sendInitiation(core, peer, now);
    return;
  }
  core.aead.arena.set(inner, core.scratchOffset + DATA_HEADER_BYTES);
  sendScratch(core, peer, keypair, inner.length, 'data', now);
}

/** Sends what waited for a keypair, in order; whether there was anything. */
export function sendStaged(core: Core, peer: Peer, now: number): boolean {
  if (peer.staged === null || peer.endpoint === null) return false;
  for (;;) {
    const keypair = sendingKeypair(peer, now);
    if (keypair === null) {
      sendInitiation(core, peer, now);
      return true;
    }
    const length = core.staging.shift(peer.staged, core.aead.arena, core.scratchOffset + DATA_HEADER_BYTES);
    if (length < 0) break;
    sendScratch(core, peer, keypair, length, 'data', now);
  }
  peer.staged = null;
  return true;
}

/** Sends an empty packet, or begins the handshake that it needs. */
export function sendKeepalive(core: Core, peer: Peer, now: number): void {
  if (whyNot(peer) >= 0) return;
  const keypair = sendingKeypair(peer, now);
  if (keypair === null) sendInitiation(core, peer, now);
  else sendScratch(core, peer, keypair, 0, 'keepalive', now);
}

/**
 * Sends an initiation, unless a handshake message went to the peer within the last 5 s: a response counts, so that two
 * sides do not take turns at being the initiator. A retry keeps the count that ends in giving up.
 *
 * A retry that comes too soon after a response is put off, where Linux would drop it: the handshake that the response
 * was for may come to nothing, and packets may be waiting.
 */
export function sendInitiation(core: Core, peer: Peer, now: number, isRetry = false): void {
  if (!isRetry) peer.retries = 0;
  const { identity } = core;
  if (identity === null || whyNot(peer) >= 0) return;
  if (now - peer.lastSentHandshakeAt < REKEY_TIMEOUT_MS) {
    if (isRetry) core.timers.handshakeInitiated(peer, peer.lastSentHandshakeAt);
    return;
  }
  peer.lastSentHandshakeAt = now;
  core.endPending(peer);
  if (!writeInitiation(core, identity, peer)) {
    // It will never answer, so nothing waits for it.
    core.dropStaged(peer, HANDSHAKE_GAVE_UP);
    return;
  }
  addMacs(initiation, peer, now);
  peer.handshakeAttempts++;
  handshakeSent(core, peer, initiation, now);
  core.timers.handshakeInitiated(peer, now);
}

/** Makes `initiation` one to the peer, which is pending then. False for a peer with our own key or one of low order. */
function writeInitiation(core: Core, identity: Identity, peer: Peer): boolean {
  const { publicKey, sentTimestamp } = peer;
  const staticStatic = sameKey(publicKey, identity.publicKey) ? null : core.staticStatic(peer);
  if (staticStatic === null) return false;
  nextTimestamp(sentTimestamp, core.wallClock());
  const start = SymmetricState.towards(publicKey);
  const ephemeral = core.entropy.keyPair();
  const created = createInitiation(start, ephemeral, identity.publicKey, publicKey, staticStatic, sentTimestamp);
  if (created === null) return false;
  const localIndex = core.indexTable.insert(peer.id);
  peer.pending = { state: created.state, ephemeral: ephemeral.privateKey, localIndex };
  writeWord(initiation, 0, TYPE_INITIATION);
  writeWord(initiation, INITIATION_SENDER, localIndex);
  initiation.set(created.message, INITIATION_EPHEMERAL);
  return true;
}

/** Sends an initiation or response to where the peer is. */
export function handshakeSent(core: Core, peer: Peer, message: Uint8Array, now: number): void {
  core.timers.anyAuthenticatedPacketTraversal(peer, now);
  core.timers.anyAuthenticatedPacketSent(peer);
  peer.sentBytes += message.length;
  core.output(message, peer.endpoint!, 'handshake', HANDSHAKE_TOS);
}

/** The drop number of why nothing can be sent to the peer, or -1. */
function whyNot(peer: Peer): number {
  if (peer.isExpired) return PEER_EXPIRED;
  return peer.endpoint === null ? NO_ENDPOINT : -1;
}

function sendingKeypair(peer: Peer, now: number): Keypair | null {
  const { current } = peer.keypairs;
  return current?.canSend(now) ? current : null;
}

function stage(core: Core, peer: Peer, bytes: Uint8Array, at: number, length: number): void {
  peer.staged ??= new StagedQueue();
  const lost = core.staging.add(peer.staged, bytes, at, length);
  if (lost > 0) core.drop(STAGED_OVERFLOW, peer, lost);
}

/** Seals and sends the `length` bytes that lie in the scratch slot after the header's place. */
function sendScratch(core: Core, peer: Peer, keypair: Keypair, length: number, kind: OutputKind, now: number): void {
  const { arena } = core.aead;
  const at = core.scratchOffset;
  const padded = pad(core, peer, arena, at + DATA_HEADER_BYTES, length);
  const tos = length > 0 ? encapsulatedTos(arena, at + DATA_HEADER_BYTES) : 0;
  const counter = keypair.sendCounter++;
  writeDataHeader(arena, at, keypair.remoteIndex, counter);
  core.aead.seal(keypair.sendSlot, counter, at + DATA_HEADER_BYTES, padded);
  const datagramBytes = padded + OVERHEAD_BYTES;
  core.output(arena.subarray(at, at + datagramBytes), peer.endpoint!, kind, tos);
  sent(core, peer, keypair, datagramBytes, length > 0, now);
}

/**
 * Pads the packet with zeros to a multiple of 16, never above the peer's MTU, and returns the bytes it has then. What is
 * above the MTU already (the MTU was lowered under it) is left as it is.
 *
 * Large packets are not padded: a path may be smaller than anybody said (1412 bytes over IPv6 and PPPoE), and a packet
 * that its sender made to fit it would be too large outside with its padding.
 */
function pad(core: Core, peer: Peer, arena: Uint8Array, at: number, length: number): number {
  if (length >= UNPADDED_BYTES) return length;
  const multiple = (length + PADDING_MULTIPLE - 1) & -PADDING_MULTIPLE;
  const mtuBytes = Math.min(core.mtuBytes, peer.mtuBytes);
  const padded = multiple <= mtuBytes ? multiple : Math.max(length, mtuBytes);
  for (let i = at + length; i < at + padded; i++) arena[i] = 0;
  return padded;
}

/** Books a data packet: timers, bytes, and a new handshake when the keypair is due for one. */
function sent(core: Core, peer: Peer, keypair: Keypair, bytes: number, hasData: boolean, now: number): void {
  core.timers.anyAuthenticatedPacketTraversal(peer, now);
  core.timers.anyAuthenticatedPacketSent(peer);
  if (hasData) core.timers.dataSent(peer, now);
  peer.sentBytes += bytes;
  const isDue = keypair.isInitiator && now - keypair.createdAt >= REKEY_AFTER_TIME_MS;
  if (isDue || keypair.sendCounter > REKEY_AFTER_MESSAGES) sendInitiation(core, peer, now);
}
