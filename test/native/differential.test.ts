/**
 * The native path beside the portable one: the same datagrams, clock and randomness into both, and every datagram that
 * leaves, every counter and every drop compared.
 *
 *   machines ─▶ batch of datagrams ─┬─▶ slots, WebAssembly, sealed in place          ─▶ per destination ┐
 *                                  └─▶ trains side by side, C, sealed peer by peer  ─▶ per destination ┴ equal
 *
 * The order between destinations differs on purpose; the order towards each must not.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Address, parseAddress } from '../../src/net/address.ts';
import { type Endpoint, formatEndpoint } from '../../src/net/endpoint.ts';
import { type Prefix, parsePrefix } from '../../src/net/prefix.ts';
import { NativeAead } from '../../src/relay/native/native-aead.ts';
import { COPY_OFFSET, NATIVE_ARENA_BYTES, OUTGOING_OFFSET, ROWS } from '../../src/relay/native/native-arena.ts';
import { bytes, ipv4, ipv6, ping4, ping6 } from '../../src/relay/router/example-packets.ts';
import { Router } from '../../src/relay/router/router.ts';
import { namedDrops } from '../../src/relay/status.ts';
import {
  BATCH_PACKETS,
  Batch,
  FROM_PEER,
  LENGTH,
  OFFSET,
  ROW_INTS,
  SLOT_BYTES,
  STATUS,
  STATUS_READY,
  TO_PEER,
  TOS,
} from '../../src/wireguard/batch.ts';
import type { Aead } from '../../src/wireguard/crypto/aead.ts';
import { chooseAead } from '../../src/wireguard/crypto/choose-aead.ts';
import { Device } from '../../src/wireguard/device.ts';
import { Machine, WALL_AT_ZERO } from '../simulated/machine.ts';
import { Random, seedOfRun } from '../simulated/random.ts';
import { nativeBuilds } from './native-builds.ts';

interface Datagram {
  readonly bytes: Uint8Array;
  readonly from: Endpoint;
  readonly tos: number;
}

const KEY_SLOTS = 1024;
const MACHINES = 6;

/** One hub: everything of the relay but sockets and clock. */
class Hub {
  readonly device: Device;
  readonly router: Router;
  readonly #batch: Batch;
  /** What left, in order, by destination. */
  readonly sent = new Map<string, string[]>();
  /** The last round's, for the machines. */
  leaving: { readonly to: Endpoint; readonly bytes: Uint8Array }[] = [];

  constructor(aead: Aead, batch: Batch, seed: number, privateKey: Uint8Array) {
    this.#batch = batch;
    this.device = new Device({
      aead,
      entropy: new Random(seed),
      wallClock: () => WALL_AT_ZERO,
      output: (datagram, to, kind, tos) => this.#leave(datagram, to, `${kind} ${tos}`),
    });
    this.device.setPrivateKey(privateKey, 0);
    this.router = new Router(this.device);
    this.router.setAddresses(['10.77.0.1', 'fd00:77::1'].map((text) => parseAddress(text) as Address));
    this.router.setMtu(1420);
    this.device.setMtu(1420);
  }

  static portable(seed: number, privateKey: Uint8Array): Hub {
    const aead = chooseAead((BATCH_PACKETS + 1) * SLOT_BYTES, KEY_SLOTS);
    return new Hub(aead, new Batch(aead.arena), seed, privateKey);
  }

  static native(aead: NativeAead, seed: number, privateKey: Uint8Array): Hub {
    const outgoing = { from: OUTGOING_OFFSET, end: COPY_OFFSET, order: new Int32Array(ROWS), count: 0 };
    return new Hub(aead, new Batch(aead.arena, new Int32Array(ROWS * ROW_INTS), 0, outgoing), seed, privateKey);
  }

  work(datagrams: readonly Datagram[], now: number): void {
    const batch = this.#batch;
    batch.count = 0;
    let offset = 0;
    for (const [row, { bytes, from, tos }] of datagrams.entries()) {
      const at = row * ROW_INTS;
      if (batch.outgoing === null) {
        batch.add(bytes, from);
      } else {
        // As a train lies: each behind the one before, without room.
        batch.arena.set(bytes, offset);
        for (const [column, value] of [
          [OFFSET, offset],
          [LENGTH, bytes.length],
          [STATUS, STATUS_READY],
          [FROM_PEER, -1],
          [TO_PEER, -1],
        ] as const) {
          batch.rows[at + column] = value;
        }
        batch.endpoints[row] = from;
        offset += bytes.length;
      }
      batch.rows[at + TOS] = tos;
    }
    batch.count = datagrams.length;
    this.device.open(batch, now);
    this.router.route(batch, now);
    this.device.seal(batch, now);
    const order = batch.outgoing?.order.subarray(0, batch.outgoing.count) ?? datagrams.keys();
    for (const row of order) {
      const at = row * ROW_INTS;
      if (batch.rows[at + STATUS] !== STATUS_READY) continue;
      const from = batch.rows[at + OFFSET]!;
      const datagram = batch.arena.subarray(from, from + batch.rows[at + LENGTH]!);
      this.#leave(datagram, batch.endpoints[row]!, `data ${batch.rows[at + TOS]}`);
    }
    this.device.handshakes(now, 4);
    this.device.advance(now);
  }

  /** Everything that can be compared. */
  state() {
    const peers = [...this.device.peers()].map((peer) => ({
      endpoint: peer.endpoint === null ? null : formatEndpoint(peer.endpoint),
      received: peer.receivedBytes,
      sent: peer.sentBytes,
      drops: namedDrops(peer.drops),
      handshake: peer.lastHandshakeAt,
    }));
    const { forwardedPackets, forwardedBytes } = this.router;
    return { drops: namedDrops(this.device.drops), forwardedPackets, forwardedBytes, peers };
  }

  #leave(datagram: Uint8Array, to: Endpoint, what: string): void {
    const key = formatEndpoint(to);
    const list = this.sent.get(key) ?? [];
    list.push(`${what} ${Buffer.from(datagram).toString('base64')}`);
    this.sent.set(key, list);
    this.leaving.push({ to, bytes: Uint8Array.from(datagram) });
  }
}

const inside4 = (i: number) => `10.77.0.${2 + i}`;
const inside6 = (i: number) => `fd00:77::${2 + i}`;

for (const { name, module } of nativeBuilds.slice(0, 1)) {
  const aead = new NativeAead(module, NATIVE_ARENA_BYTES + SLOT_BYTES, KEY_SLOTS);

  test(`${name}: what leaves, what is counted and what is refused is what the portable path has`, (t) => {
    const seed = seedOfRun(t);
    const random = new Random(seed);
    const clock = { now: 1_000 };
    const hubMachine = new Machine('hub', '10.77.0.1', { family: 4, address: '192.0.2.1', port: 51820 }, clock, random);
    const privateKey = hubMachine.privateKey;
    const machines = Array.from({ length: MACHINES }, (_, i) => {
      const endpoint: Endpoint = { family: 4, address: `198.51.100.${1 + i}`, port: 1000 + i };
      const machine = new Machine(`c${i}`, inside4(i), endpoint, clock, random);
      const everything = ['0.0.0.0/0', '::/0'].map((text) => parsePrefix(text) as Prefix);
      machine.knows(hubMachine, { allowedIps: everything, endpoint: hubMachine.endpoint });
      return machine;
    });
    const hubs = [Hub.portable(seed, privateKey), Hub.native(aead, seed, privateKey)];
    for (const { device } of hubs) {
      for (const [i, machine] of machines.entries()) {
        const allowedIps = [`${inside4(i)}/32`, `${inside6(i)}/128`, `10.${i}.0.0/16`].map(
          (text) => parsePrefix(text) as Prefix,
        );
        const { publicKey } = machine;
        device.addPeer(
          {
            publicKey,
            presharedKey: null,
            allowedIps,
            endpoint: null,
            keepaliveSeconds: 0,
            // Paths of all kinds: above the router's MTU, below it, with room for the largest packets or not.
            mtuBytes: [1500, 1420, 1412, 1280, 600, 1421][i]!,
            expires: null,
          },
          0,
        );
      }
    }

    const kept: Datagram[] = [];
    for (let round = 0; round < 400; round++) {
      clock.now += random.pick([0, 1, 20, 20, 300, 6_000]);
      const datagrams = machines.flatMap((machine, i) => {
        for (let n = random.below(8); n > 0; n--) {
          machine.device.sendTo(machine.peer(hubMachine), packetOf(random, i), clock.now);
        }
        machine.device.advance(clock.now);
        return machine
          .takeSent()
          .map(({ bytes }) => ({ bytes, from: machine.endpoint, tos: random.pick([0, 0, 1, 2, 3]) }));
      });
      kept.push(...datagrams.filter(() => random.chance(0.05)));
      const batch = [...datagrams, ...hostile(random, kept, datagrams)];
      shuffle(random, batch);
      for (let at = 0; at < batch.length; at += BATCH_PACKETS) {
        for (const hub of hubs) hub.work(batch.slice(at, at + BATCH_PACKETS), clock.now);
      }
      assert.deepEqual(hubs[1]!.sent, hubs[0]!.sent, `round ${round}`);
      assert.deepEqual(hubs[1]!.state(), hubs[0]!.state(), `round ${round}`);
      for (const { to, bytes } of hubs[0]!.leaving) {
        const machine = machines.find(({ endpoint }) => endpoint.address === to.address && endpoint.port === to.port);
        machine?.receive([{ bytes, from: hubMachine.endpoint }]);
      }
      for (const hub of hubs) {
        hub.leaving = [];
        hub.sent.clear();
      }
      // A machine that goes on from elsewhere.
      if (random.chance(0.05)) {
        const machine = random.pick(machines);
        machine.endpoint = { ...machine.endpoint, port: 1000 + random.below(60_000) };
      }
    }
    const { forwardedPackets, drops } = hubs[0]!.state();
    assert.ok(forwardedPackets > 1_000, `${forwardedPackets} packets forwarded`);
    assert.ok(Object.keys(drops).length >= 8, Object.keys(drops).join());
    const delivered = machines.reduce((sum, { delivered }) => sum + delivered.length, 0);
    assert.ok(delivered > 1_000, `${delivered} packets delivered`);
  });
}

/** A packet of machine `i`: mostly good ones, and each kind that a router treats otherwise. */
function packetOf(random: Random, i: number): Uint8Array {
  const other = random.below(MACHINES);
  const payload = bytes(random.pick([0, 1, 44, 44, 200, 1380, 1392, 1400]));
  const [from, to] = [inside4(i), inside4(other)];
  switch (random.below(15)) {
    case 0:
      return ipv4({ from, to, ttl: 1, payload });
    case 1:
      return ipv4({ from: inside4(other), to: from, payload });
    case 2:
      return ping4(from, '10.77.0.1', {}, random.below(1300));
    case 3:
      return ping6(inside6(i), 'fd00:77::1');
    case 4:
      return ipv4({ from, to: '192.0.2.99', payload });
    case 5:
      return ipv6({ from: inside6(i), to: inside6(other), payload });
    case 6:
      return ipv4({ from, to, payload: bytes(1600) });
    case 9:
      return ipv4({ from, to, fragment: 0x4000, payload });
    case 7:
      return random.bytes(random.below(100));
    case 8: {
      const packet = ipv4({ from, to, payload });
      packet[1] = random.below(256);
      return packet;
    }
    default:
      return ipv4({ from: `10.${i}.3.4`, to, payload });
  }
}

/** Replays, changed copies, halves and nonsense. */
function hostile(random: Random, kept: readonly Datagram[], now: readonly Datagram[]): Datagram[] {
  const all = [...kept.slice(-50), ...now];
  const from: Endpoint = { family: 4, address: '203.0.113.66', port: 6666 };
  if (all.length === 0) return [];
  return Array.from({ length: random.below(6) }, () => {
    const copy = Uint8Array.from(random.pick(all).bytes);
    switch (random.below(5)) {
      case 0:
        return { bytes: copy, from, tos: 0 };
      case 1:
        copy[random.below(copy.length)]! ^= 1 << random.below(8);
        return { bytes: copy, from, tos: 0 };
      case 2:
        return { bytes: copy.subarray(0, random.below(copy.length)), from, tos: 3 };
      case 3:
        return { bytes: random.bytes(random.below(200)), from, tos: 0 };
      default:
        copy[4]! ^= 1;
        return { bytes: copy, from, tos: 0 };
    }
  });
}

function shuffle(random: Random, list: Datagram[]): void {
  // A few places only, as a network does.
  for (let n = 0; n < list.length / 4; n++) {
    const [a, b] = [random.below(list.length), random.below(list.length)];
    [list[a], list[b]] = [list[b]!, list[a]!];
  }
}
