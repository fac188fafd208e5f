/**
 * A machine in a simulated network: a `Device`, the datagrams it sends, and the packets that came out of it.
 *
 * A machine with `forwards` is a router in miniature: what is for another of its peers is sealed again and goes on.
 */

import { type Endpoint, formatEndpoint } from '../../src/net/endpoint.ts';
import { parsePrefix } from '../../src/net/prefix.ts';
import { loadNativeModule } from '../../src/relay/native/module.ts';
import { NativeAead } from '../../src/relay/native/native-aead.ts';
import {
  BATCH_PACKETS,
  Batch,
  FROM_PEER,
  INNER_LENGTH,
  LENGTH,
  OFFSET,
  ROW_INTS,
  SLOT_BYTES,
  STATUS,
  STATUS_CONSUMED,
  STATUS_READY,
  TO_PEER,
} from '../../src/wireguard/batch.ts';
import type { Aead } from '../../src/wireguard/crypto/aead.ts';
import { chooseAead } from '../../src/wireguard/crypto/choose-aead.ts';
import { publicKeyOf } from '../../src/wireguard/crypto/x25519.ts';
import { Device, type OutputKind, type PeerSettings } from '../../src/wireguard/device.ts';
import { DROP_REASONS, type DropReason } from '../../src/wireguard/drop.ts';
import type { Peer } from '../../src/wireguard/peer.ts';
import { innerPacket } from './packet.ts';
import type { Random } from './random.ts';

const KEY_SLOTS = 4096;
/** One arena serves all machines: they take turns. */
let aead: Aead | null = null;
function sharedAead(): Aead {
  aead ??= newAead((BATCH_PACKETS + 1) * SLOT_BYTES);
  return aead;
}

/** The native one where it is asked for as for a relay. */
function newAead(arenaBytes: number): Aead {
  if (process.env.WG_ROUTER_RELAY !== 'native') return chooseAead(arenaBytes, KEY_SLOTS);
  const module = loadNativeModule();
  if (typeof module === 'string') throw new Error(module);
  return new NativeAead(module, arenaBytes, KEY_SLOTS);
}

export interface Sent {
  readonly bytes: Uint8Array;
  readonly to: Endpoint;
  readonly kind: OutputKind;
}

export interface Delivered {
  readonly at: number;
  readonly from: Peer;
  readonly packet: Uint8Array;
}

/** The clock of a network, and how far a machine's wall clock is off. */
export interface Clock {
  now: number;
}

/** The wall clock when the simulated clock stands at zero: some morning in 2026. */
export const WALL_AT_ZERO = 1_790_000_000_000;

export class Machine {
  readonly name: string;
  readonly inside: string;
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly clock: Clock;
  device: Device;
  readonly batch: Batch;
  /** The machine's way to the keys that all share. */
  readonly keys: Aead;
  endpoint: Endpoint;
  /** Added to the wall clock; a device without a battery has a large negative one. */
  wallOffsetMs = 0;
  forwards = false;
  /** Datagrams since `takeSent`. */
  sent: Sent[] = [];
  readonly delivered: Delivered[] = [];
  /** Live key slots: must come down again. */
  liveKeys = 0;
  readonly #random: Random;
  readonly #configured: PeerSettings[] = [];

  constructor(name: string, inside: string, endpoint: Endpoint, clock: Clock, random: Random) {
    this.name = name;
    this.inside = inside;
    this.endpoint = endpoint;
    this.clock = clock;
    this.privateKey = random.bytes(32);
    this.publicKey = publicKeyOf(this.privateKey);
    this.keys = this.#counting(sharedAead());
    this.batch = new Batch(this.keys.arena);
    this.#random = random;
    this.device = this.#boot();
  }

  /** A new device with the same key and peers, of which it knows nothing but what is configured. */
  restart(): void {
    for (const peer of [...this.device.peers()]) this.device.removePeer(peer, this.clock.now);
    this.device = this.#boot();
    for (const settings of this.#configured) this.device.addPeer(settings, this.clock.now);
  }

  #boot(): Device {
    const device = new Device({
      aead: this.keys,
      entropy: this.#random,
      wallClock: () => WALL_AT_ZERO + this.clock.now + this.wallOffsetMs,
      output: (datagram, to, kind) => this.sent.push({ bytes: Uint8Array.from(datagram), to, kind }),
    });
    device.setPrivateKey(this.privateKey, this.clock.now);
    return device;
  }

  /** Adds `other` as a peer, by default with its inside address and, for those that dial, its endpoint. */
  knows(other: Machine, settings: Partial<PeerSettings> = {}): Peer {
    const host = other.inside.includes(':') ? `${other.inside}/128` : `${other.inside}/32`;
    const whole: PeerSettings = {
      publicKey: other.publicKey,
      presharedKey: null,
      allowedIps: prefixes(host),
      endpoint: null,
      keepaliveSeconds: 0,
      expires: null,
      ...settings,
    };
    this.#configured.push(whole);
    return this.device.addPeer(whole, this.clock.now);
  }

  peer(other: Machine): Peer {
    const peer = this.device.peerByKey(other.publicKey);
    if (peer === null) throw new Error(`${this.name} does not know ${other.name}`);
    return peer;
  }

  /** Sends an inner packet with `number` to `other`, through `via` when that is a router. */
  send(other: Machine, number: number, via: Machine = other, length = 64): void {
    this.device.sendTo(this.peer(via), innerPacket(this.inside, other.inside, number, length), this.clock.now);
  }

  /** Seals inner packets as the data path does, in one batch, and sends them. */
  sendBatch(other: Machine, packets: readonly Uint8Array[]): void {
    const { batch } = this;
    batch.clear();
    for (const packet of packets) {
      const row = batch.add(packet, this.endpoint);
      const offset = batch.rows[row * ROW_INTS + OFFSET]!;
      batch.arena.copyWithin(offset + 16, offset, offset + packet.length);
      batch.rows[row * ROW_INTS + INNER_LENGTH] = packet.length;
      batch.rows[row * ROW_INTS + TO_PEER] = this.peer(other).id;
    }
    this.device.seal(batch, this.clock.now);
    this.#transmit();
  }

  /** Opens datagrams as one batch, works off handshakes, keeps or forwards what came out. */
  receive(datagrams: readonly { readonly bytes: Uint8Array; readonly from: Endpoint }[]): void {
    for (let i = 0; i < datagrams.length; i += BATCH_PACKETS) this.#receiveBatch(datagrams.slice(i, i + BATCH_PACKETS));
  }

  #receiveBatch(datagrams: readonly { readonly bytes: Uint8Array; readonly from: Endpoint }[]): void {
    const { batch, device, clock } = this;
    batch.clear();
    for (const { bytes, from } of datagrams) batch.add(bytes, from);
    device.open(batch, clock.now);
    for (let row = 0; row < batch.count; row++) {
      const at = row * ROW_INTS;
      if (batch.rows[at + STATUS] !== STATUS_READY) continue;
      const offset = batch.rows[at + OFFSET]! + 16;
      const packet = batch.arena.slice(offset, offset + batch.rows[at + INNER_LENGTH]!);
      const to = packet[0]! >> 4 === 4 ? device.allowedIps.lookup4(packet, 16) : device.allowedIps.lookup6(packet, 24);
      if (this.forwards && to >= 0) {
        batch.rows[at + TO_PEER] = to;
        continue;
      }
      batch.rows[at + STATUS] = STATUS_CONSUMED;
      this.delivered.push({ at: clock.now, from: device.peerById(batch.rows[at + FROM_PEER]!)!, packet });
    }
    if (this.forwards) {
      device.seal(batch, clock.now);
      this.#transmit();
    }
    while (device.handshakes(clock.now, 16) > 0);
  }

  takeSent(): Sent[] {
    const sent = this.sent;
    this.sent = [];
    return sent;
  }

  drops(reason: DropReason): number {
    return this.device.drops[DROP_REASONS.indexOf(reason)]!;
  }

  /** Every reason with a count, for messages and comparisons. */
  allDrops(): Partial<Record<DropReason, number>> {
    return Object.fromEntries(
      DROP_REASONS.map((reason) => [reason, this.drops(reason)] as const).filter(([, count]) => count > 0),
    );
  }

  toString(): string {
    return `${this.name} (${formatEndpoint(this.endpoint)})`;
  }

  #transmit(): void {
    const { batch } = this;
    for (let row = 0; row < batch.count; row++) {
      const at = row * ROW_INTS;
      if (batch.rows[at + STATUS] !== STATUS_READY) continue;
      const offset = batch.rows[at + OFFSET]!;
      const bytes = batch.arena.slice(offset, offset + batch.rows[at + LENGTH]!);
      this.sent.push({ bytes, to: batch.endpoints[row]!, kind: 'data' });
    }
  }

  #counting(inner: Aead): Aead {
    return {
      name: inner.name,
      arena: inner.arena,
      keyCapacity: inner.keyCapacity,
      addKey: (key) => {
        const slot = inner.addKey(key);
        if (slot >= 0) this.liveKeys++;
        return slot;
      },
      removeKey: (slot) => {
        this.liveKeys--;
        inner.removeKey(slot);
      },
      seal: (slot, counter, offset, length) => inner.seal(slot, counter, offset, length),
      open: (slot, counter, offset, length) => inner.open(slot, counter, offset, length),
      sealBatch: (batch) => inner.sealBatch(batch),
      openBatch: (batch) => inner.openBatch(batch),
    };
  }
}

export function prefixes(...texts: readonly string[]): PeerSettings['allowedIps'] {
  return texts.map((text) => {
    const prefix = parsePrefix(text);
    if (typeof prefix === 'string') throw new Error(`${text}: ${prefix}`);
    return prefix;
  });
}

export function endpointOf(address: string, port = 51820): Endpoint {
  return { family: address.includes(':') ? 6 : 4, address, port };
}
