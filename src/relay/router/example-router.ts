/**
 * For tests: a router between peers that are only numbers, and what it did with a packet.
 */

import assert from 'node:assert/strict';
import { parseAddress } from '../../net/address.ts';
import { type Prefix, parsePrefix } from '../../net/prefix.ts';
import { AllowedIps } from '../../wireguard/allowedips.ts';
import {
  BATCH_PACKETS,
  Batch,
  DATA_HEADER_BYTES,
  FROM_PEER,
  INNER_LENGTH,
  LENGTH,
  OFFSET,
  REASON,
  SLOT_BYTES,
  STATUS,
  STATUS_CONSUMED,
  STATUS_DROPPED,
  TAG_BYTES,
  TO_PEER,
} from '../../wireguard/batch.ts';
import { DROP_REASONS, type DropReason } from '../../wireguard/drop.ts';
import { Exits } from '../../wireguard/exits.ts';
import { Peer } from '../../wireguard/peer.ts';
import { faultOf } from './example-packets.ts';
import { Router } from './router.ts';

export const PHONE = 0;
export const LAPTOP = 1;
/** Never heard of, no endpoint. */
export const AWAY = 2;
export const EXPIRED = 3;
/** Has the default routes, so that its packets may come from anywhere and anything unknown goes to it. */
export const EXIT = 4;

export interface Outcome {
  /** The peer that the packet goes to, or what became of it. */
  readonly to: number | 'consumed' | DropReason;
  /** The packet as it lies in the batch afterwards. */
  readonly packet: Uint8Array;
  /** What the router sent by itself meanwhile. */
  readonly sent: readonly { readonly peer: number; readonly packet: Uint8Array }[];
}

export class ExampleRouter {
  readonly router: Router;
  readonly drops = new Float64Array(DROP_REASONS.length);
  readonly peers: Peer[] = [];
  now = 1_000;
  readonly exits = new Exits();
  readonly #allowedIps = new AllowedIps();
  readonly #batch = new Batch(new Uint8Array(BATCH_PACKETS * SLOT_BYTES));
  #sent: { peer: number; packet: Uint8Array }[] = [];

  constructor(addresses: readonly string[] = ['10.77.0.1', 'fd00:77::1'], hasExit = false) {
    this.#addPeer(PHONE, ['10.77.0.2/32', 'fd00:77::2/128']);
    this.#addPeer(LAPTOP, ['10.77.0.3/32', 'fd00:77::3/128', '192.168.1.0/24', 'fd00:1::/64']);
    this.#addPeer(AWAY, ['10.77.0.4/32', 'fd00:77::4/128']).endpoint = null;
    this.#addPeer(EXPIRED, ['10.77.0.5/32', 'fd00:77::5/128']).isExpired = true;
    this.#addPeer(EXIT, hasExit ? ['0.0.0.0/0', '::/0'] : []);
    this.router = new Router({
      allowedIps: this.#allowedIps,
      exits: this.exits,
      drops: this.drops,
      peerById: (id) => this.peers[id] ?? null,
      sendTo: (peer, packet) => {
        this.#sent.push({ peer: peer.id, packet: packet.slice() });
      },
    });
    this.router.setAddresses(addresses.map((text) => parseAddress(text)!));
  }

  /** Has the packet come from `from`. It is not checked whether `from` owns its source. */
  pass(packet: Uint8Array, from: number = PHONE): Outcome {
    const { rows, arena } = this.#batch;
    const datagram = new Uint8Array(DATA_HEADER_BYTES + packet.length + TAG_BYTES);
    datagram.set(packet, DATA_HEADER_BYTES);
    this.#batch.clear();
    this.#batch.add(datagram, { family: 4, address: '192.0.2.1', port: 1 });
    rows[FROM_PEER] = from;
    rows[INNER_LENGTH] = packet.length;
    this.#sent = [];
    this.router.route(this.#batch, this.now);
    const at = rows[OFFSET]! + DATA_HEADER_BYTES;
    if (rows[LENGTH] !== datagram.length) throw new Error('the router does not change LENGTH');
    const status = rows[STATUS];
    const to =
      status === STATUS_DROPPED
        ? DROP_REASONS[rows[REASON]!]!
        : status === STATUS_CONSUMED
          ? 'consumed'
          : rows[TO_PEER]!;
    return { to, packet: arena.slice(at, at + rows[INNER_LENGTH]!), sent: this.#sent };
  }

  #addPeer(id: number, prefixes: readonly string[]): Peer {
    const peer = new Peer(id, new Uint8Array(256), new Uint8Array(32), this.#allowedIps);
    peer.endpoint = { family: 4, address: '192.0.2.9', port: 9 };
    for (const text of prefixes) this.#allowedIps.insert(parsePrefix(text) as Prefix, id);
    this.peers[id] = peer;
    return peer;
  }
}

/** The one error that was sent, checked for being whole. */
export function errorIn(outcome: Outcome): Uint8Array {
  assert.equal(outcome.sent.length, 1, 'one packet from the router');
  assert.equal(outcome.sent[0]!.peer, PHONE, 'to where the packet came from');
  assert.equal(faultOf(outcome.sent[0]!.packet), null);
  return outcome.sent[0]!.packet;
}

/** Type and code of an IPv4 or IPv6 error. */
export function kind(error: Uint8Array): string {
  const at = error[0]! >>> 4 === 4 ? 20 : 40;
  return `${error[at]}/${error[at + 1]}`;
}

export function hex(packet: Uint8Array): string {
  return Buffer.from(packet).toString('hex');
}
