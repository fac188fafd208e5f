/**
 * A peer: what is configured, what it has done, and the state of its handshake and keypairs.
 *
 * Keys and timestamps lie in one record of a slab (`Records`), of which a peer holds one view: a typed array of its own
 * for each would cost 250 bytes apiece. Replay windows and key slots exist for live keypairs only. What changes a peer
 * is in `device.ts`, `handshake/desk.ts`, `send.ts` and `receive.ts`; others read.
 */

import type { Endpoint } from '../net/endpoint.ts';
import { KEY_BYTES } from '../net/key.ts';
import type { Prefix } from '../net/prefix.ts';
import type { AllowedIps } from './allowedips.ts';
import { INNER_BYTES_AT_MOST } from './batch.ts';
import { DROP_REASONS } from './drop.ts';
import type { PendingInitiation } from './handshake/noise.ts';
import { TIMESTAMP_BYTES } from './handshake/tai64n.ts';
import { Keypairs } from './keypair.ts';
import type { StagedQueue } from './tables/staging.ts';

const PUBLIC_KEY = 0;
const PRESHARED_KEY = 32;
const STATIC_STATIC = 64;
const RECEIVED_TIMESTAMP = 96;
const SENT_TIMESTAMP = 108;
const LAST_MAC1 = 120;
const COOKIE = 136;
export const RECORD_BYTES = 152;

const NO_DROPS = new Uint32Array(DROP_REASONS.length);

export class Peer {
  /** A small number, unique among the peers of now, used again after this one is removed. */
  readonly id: number;
  readonly #record: Uint8Array;
  readonly #allowedIps: AllowedIps;
  #drops: Uint32Array | null = null;

  /** Where it was last heard from, or was configured to be. */
  endpoint: Endpoint | null = null;
  /** 0 is off. */
  keepaliveSeconds = 0;
  /** Largest inner packet in bytes that its path takes; the device's MTU counts where that is less. */
  mtuBytes = INNER_BYTES_AT_MOST;
  /** First moment, ms since 1970, at which it is refused; null for never. */
  expires: number | null = null;
  hasPresharedKey = false;
  /** Its moment came: no keys, no handshakes. */
  isExpired = false;
  isRemoved = false;

  /** By the device's clock (`now`), as are all moments here but `expires`. */
  lastHandshakeAt: number | null = null;
  lastReceivedAt: number | null = null;
  receivedBytes = 0;
  sentBytes = 0;
  /** Initiations sent since a handshake last completed; above one or two, its endpoint may have moved. */
  handshakeAttempts = 0;
  /** How much the last initiation refused as `timestamp-replayed` was behind, in ms: the clock of a device without one. */
  timestampBehindMs: number | null = null;

  readonly keypairs = new Keypairs();
  /** Our initiation that waits for its response. */
  pending: PendingInitiation | null = null;
  staged: StagedQueue | null = null;
  /** Whether the secret shared by the static keys lies in the record. */
  hasStaticStatic = false;
  lastSentHandshakeAt = Number.NEGATIVE_INFINITY;
  lastInitiationAt = Number.NEGATIVE_INFINITY;
  retries = 0;
  needsAnotherKeepalive = false;
  cookieAt = Number.NEGATIVE_INFINITY;
  awaitsCookieReply = false;

  constructor(id: number, record: Uint8Array, publicKey: Uint8Array, allowedIps: AllowedIps) {
    this.id = id;
    this.#record = record;
    this.#record.set(publicKey, PUBLIC_KEY);
    this.#allowedIps = allowedIps;
  }

  get publicKey(): Uint8Array {
    return this.#record.subarray(PUBLIC_KEY, PUBLIC_KEY + KEY_BYTES);
  }

  /** 32 zeros when there is none. */
  get presharedKey(): Uint8Array {
    return this.#record.subarray(PRESHARED_KEY, PRESHARED_KEY + KEY_BYTES);
  }

  get staticStatic(): Uint8Array {
    return this.#record.subarray(STATIC_STATIC, STATIC_STATIC + KEY_BYTES);
  }

  /** Of the last initiation accepted from it; zeros when none was. */
  get receivedTimestamp(): Uint8Array {
    return this.#record.subarray(RECEIVED_TIMESTAMP, RECEIVED_TIMESTAMP + TIMESTAMP_BYTES);
  }

  /** Of the last initiation sent to it; zeros when none was. */
  get sentTimestamp(): Uint8Array {
    return this.#record.subarray(SENT_TIMESTAMP, SENT_TIMESTAMP + TIMESTAMP_BYTES);
  }

  /** Of the last handshake message sent to it: what a cookie reply is bound to. */
  get lastMac1(): Uint8Array {
    return this.#record.subarray(LAST_MAC1, LAST_MAC1 + 16);
  }

  get cookie(): Uint8Array {
    return this.#record.subarray(COOKIE, COOKIE + 16);
  }

  /** What it owns now; a prefix that was given to another peer since is not among them. */
  get allowedIps(): Prefix[] {
    return this.isRemoved ? [] : this.#allowedIps.prefixesOf(this.id);
  }

  /** Packets from or to it that were refused, by drop number. */
  get drops(): Readonly<Uint32Array> {
    return this.#drops ?? NO_DROPS;
  }

  countDrop(reason: number, count: number): void {
    this.#drops ??= new Uint32Array(DROP_REASONS.length);
    this.#drops[reason]! += count;
  }

  /** Overwrites every key and timestamp. */
  wipe(): void {
    this.#record.fill(0);
  }
}

/** Records for peers, in chunks that stay where they are. */
export class Records {
  static readonly #CHUNK_PEERS = 64;
  readonly #chunks: Uint8Array[] = [];

  /** The record of peer number `id`: zeros, or what its last owner left unless that was wiped. */
  record(id: number): Uint8Array {
    const chunk = Math.floor(id / Records.#CHUNK_PEERS);
    while (this.#chunks.length <= chunk) this.#chunks.push(new Uint8Array(Records.#CHUNK_PEERS * RECORD_BYTES));
    const at = (id % Records.#CHUNK_PEERS) * RECORD_BYTES;
    return this.#chunks[chunk]!.subarray(at, at + RECORD_BYTES);
  }
}
