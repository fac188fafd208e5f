/**
 * `node bench/device.ts`: what the protocol itself costs a packet, without AEAD and sockets, and what an owner lookup
 * costs. 64 packets a batch; the AEAD is one that does nothing in batches, so packets are plaintext with a right header.
 */

import { addressBytes } from '../src/net/address.ts';
import type { Endpoint } from '../src/net/endpoint.ts';
import { type Prefix, prefixOf } from '../src/net/prefix.ts';
import { AllowedIps } from '../src/wireguard/allowedips.ts';
import {
  BATCH_PACKETS,
  Batch,
  OFFSET,
  ROW_INTS,
  SLOT_BYTES,
  STATUS,
  STATUS_READY,
  TO_PEER,
} from '../src/wireguard/batch.ts';
import type { Aead } from '../src/wireguard/crypto/aead.ts';
import { NodeCryptoAead } from '../src/wireguard/crypto/node-crypto.ts';
import { systemEntropy } from '../src/wireguard/crypto/system-entropy.ts';
import { publicKeyOf } from '../src/wireguard/crypto/x25519.ts';
import { Device } from '../src/wireguard/device.ts';
import { writeDataHeader } from '../src/wireguard/message.ts';
import { machineLine, median, table } from './report.ts';

const ROUNDS = 9;
const BATCHES = 4000;
const INNER_BYTES = 1424;

interface Side {
  readonly device: Device;
  readonly endpoint: Endpoint;
  readonly sent: Uint8Array[];
  readonly privateKey: Uint8Array;
}

/** Real in single calls, which handshakes need, and nothing in batches. */
function idleInBatches(): Aead {
  const aead: Aead = new NodeCryptoAead((BATCH_PACKETS + 1) * SLOT_BYTES, 64);
  aead.sealBatch = () => {};
  aead.openBatch = () => {};
  return aead;
}

function side(aead: Aead, number: number): Side {
  const sent: Uint8Array[] = [];
  const privateKey = systemEntropy.bytes(32);
  const device = new Device({
    aead,
    entropy: systemEntropy,
    wallClock: Date.now,
    output: (datagram) => sent.push(Uint8Array.from(datagram)),
  });
  device.setPrivateKey(privateKey, 0);
  return { device, endpoint: { family: 4, address: `192.0.2.${number}`, port: 51820 }, sent, privateKey };
}

function host(number: number): Prefix {
  return prefixOf({ family: 4, bits: 0x0a000000n + BigInt(number) }, 32);
}

/** µs a packet for `open`, owner lookup and `seal`, each the median of rounds. */
function dataPath(): string[] {
  const aead = idleInBatches();
  const real = new NodeCryptoAead((BATCH_PACKETS + 1) * SLOT_BYTES, 64);
  const router = side(aead, 1);
  const machines = [side(real, 2), side(real, 3)];
  const batch = new Batch(aead.arena);
  const settings = { presharedKey: null, keepaliveSeconds: 0, expires: null };
  const deliver = (from: Side, to: Side, arena: Uint8Array): void => {
    const arriving = new Batch(arena);
    for (const datagram of from.sent.splice(0)) arriving.add(datagram, from.endpoint);
    to.device.open(arriving, 1);
    to.device.handshakes(1, 64);
  };
  for (const [i, machine] of machines.entries()) {
    const publicKey = publicKeyOf(machine.privateKey);
    router.device.addPeer({ ...settings, publicKey, allowedIps: [host(i)], endpoint: null }, 0);
    const endpoint = router.endpoint;
    const peer = machine.device.addPeer(
      { ...settings, publicKey: publicKeyOf(router.privateKey), allowedIps: [], endpoint },
      0,
    );
    machine.device.initiate(peer, 1);
    deliver(machine, router, aead.arena);
    deliver(router, machine, real.arena);
    deliver(machine, router, aead.arena);
  }
  const sender = router.device.peerById(0)!;
  // The confirmation came in a batch whose AEAD does nothing, and was taken for what it is.
  const index = sender.keypairs.current!.localIndex;
  const packet = new Uint8Array(16 + INNER_BYTES + 16);
  packet.set([0x45, 0, INNER_BYTES >> 8, INNER_BYTES & 255], 16);
  packet.set([10, 0, 0, 0, 10, 0, 0, 1], 28);

  let counter = 10;
  const opens: number[] = [];
  const lookups: number[] = [];
  const seals: number[] = [];
  for (let round = 0; round < ROUNDS + 2; round++) {
    const spent = [0, 0, 0];
    for (let i = 0; i < BATCHES; i++) {
      batch.clear();
      for (let row = 0; row < BATCH_PACKETS; row++) {
        batch.add(packet, machines[0]!.endpoint);
        writeDataHeader(batch.arena, batch.rows[row * ROW_INTS + OFFSET]!, index, counter++);
      }
      const start = performance.now();
      router.device.open(batch, 2);
      const opened = performance.now();
      for (let at = 0; at < BATCH_PACKETS * ROW_INTS; at += ROW_INTS) {
        if (batch.rows[at + STATUS] !== STATUS_READY) throw new Error('a packet was refused');
        batch.rows[at + TO_PEER] = router.device.allowedIps.lookup4(batch.arena, batch.rows[at + OFFSET]! + 32);
      }
      const routed = performance.now();
      router.device.seal(batch, 2);
      spent[0]! += opened - start;
      spent[1]! += routed - opened;
      spent[2]! += performance.now() - routed;
    }
    // The first rounds are for the compiler.
    if (round < 2) continue;
    const micros = spent.map((ms) => (ms * 1000) / (BATCHES * BATCH_PACKETS));
    opens.push(micros[0]!);
    lookups.push(micros[1]!);
    seals.push(micros[2]!);
  }
  return [opens, lookups, seals].map((values) => median(values).toFixed(3));
}

/** ns for a lookup of a random address among the owned ones of `count` prefixes with `length` bits. */
function lookup(family: 4 | 6, length: number, count: number): number {
  const allowed = new AllowedIps();
  const width = family === 4 ? 32 : 128;
  const network = family === 4 ? 0x0a000000n : 0xfd00n << 112n;
  const addressOf = (i: number) => network + (BigInt(i) << BigInt(width - length));
  for (let i = 0; i < count; i++) allowed.insert({ family, bits: addressOf(i), length }, i);
  const addresses = new Uint8Array((4096 * width) / 8);
  for (let i = 0; i < 4096; i++) {
    const bits = addressOf(systemEntropy.u32() % count);
    addresses.set(addressBytes({ family, bits }), (i * width) / 8);
  }
  const rounds: number[] = [];
  let found = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < 200 * 4096; i++) {
      const at = ((i & 4095) * width) / 8;
      found += family === 4 ? allowed.lookup4(addresses, at) : allowed.lookup6(addresses, at);
    }
    rounds.push(((performance.now() - start) * 1e6) / (200 * 4096));
  }
  if (found <= 0) throw new Error('nothing was found');
  return median(rounds);
}

console.log(machineLine(), '\n');
console.log(table(['open, µs a packet', 'owner', 'seal'], [dataPath()]));
const counts = [10, 1000, 100_000];
const kinds = [
  ['IPv4 hosts', 4, 32],
  ['IPv4 /28', 4, 28],
  ['IPv6 hosts', 6, 128],
  ['IPv6 /64', 6, 64],
] as const;
const rows = kinds.map(([name, family, length]) => [
  name,
  ...counts.map((count) => lookup(family, length, count).toFixed(0)),
]);
console.log(table(['owner lookup, ns', ...counts.map((count) => `of ${count}`)], rows));
