/**
 * The router under random and altered packets.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, faultOf, icmp4, icmp6, ipv4, ipv6, ping4, ping6 } from './example-packets.ts';
import { ExampleRouter } from './example-router.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const ROUNDS = 60_000;

/** mulberry32. */
function randomOf(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const GOOD = [
  ipv4({ from: '10.77.0.2', to: '10.77.0.3', payload: bytes(900) }),
  ipv4({ from: '10.77.0.2', to: '10.77.0.3', options: [7, 7, 4, 0, 0, 0, 0, 1], payload: bytes(700) }),
  ipv4({ from: '10.77.0.2', to: '10.77.0.1', protocol: 6 }),
  ipv4({ from: '10.77.0.2', to: '10.99.0.1', protocol: 1, payload: icmp4(3, 1, 0, bytes(40)) }),
  ping4('10.77.0.2', '10.77.0.1'),
  ping6('fd00:77::2', 'fd00:77::1'),
  ipv6({ from: 'fd00:77::2', to: 'fd00:1::9', payload: bytes(1300) }),
  ipv6({
    from: 'fd00:77::2',
    to: 'fd00:77::1',
    nextHeader: 0,
    payload: Uint8Array.from([60, 0, 1, 4, 0, 0, 0, 0, 44, 1, ...bytes(30)]),
  }),
  ipv6({ from: 'fd00:77::2', to: 'fd00:99::1', nextHeader: 58, payload: icmp6('fd00:77::2', 'fd00:99::1', 1, 0, 0) }),
];

test(`whatever is in a packet, it is forwarded, answered or counted (SEED=${seed})`, () => {
  const random = randomOf(seed);
  for (let round = 0; round < ROUNDS; round++) {
    const packet = random(4) === 0 ? noise(random) : mutated(random);
    const router = routers[random(routers.length)]!;
    router.now += random(40);
    const before = router.drops.reduce((a, b) => a + b);
    const outcome = router.pass(packet, random(3));
    const counted = router.drops.reduce((a, b) => a + b) - before;
    const where = () => `round ${round}: ${Buffer.from(packet).toString('hex')}`;
    if (typeof outcome.to === 'number') {
      assert.equal(counted, 0, where());
      // What is inside an ICMP message is its sender's; headers are the router's.
      const fault = faultOf(outcome.packet);
      assert.ok(fault === null || fault.startsWith('ICMP'), where());
    } else if (outcome.to === 'consumed') {
      assert.ok(outcome.sent.length > 0, where());
    } else {
      assert.equal(counted, 1, where());
      assert.ok(outcome.sent.length <= 1, where());
    }
    for (const { packet: sent } of outcome.sent) {
      assert.equal(faultOf(sent), null, where());
      if (outcome.to !== 'consumed') assert.ok(sent.length <= (sent[0]! >>> 4 === 4 ? 576 : 1280), where());
    }
  }
});

const routers = [new ExampleRouter(), new ExampleRouter(undefined, true), new ExampleRouter([])];
routers[1]!.router.setMtu(600);

/** Random bytes with a version and a length that are true, as `device.open` passes on. */
function noise(random: (below: number) => number): Uint8Array {
  const isFour = random(2) === 0;
  const packet = new Uint8Array((isFour ? 20 : 40) + random(200));
  for (let i = 0; i < packet.length; i++) packet[i] = random(256);
  return honest(packet, isFour ? 4 : 6);
}

/** A good packet with some bytes changed, perhaps cut short; its IPv4 checksum is mostly made right again. */
function mutated(random: (below: number) => number): Uint8Array {
  const good = GOOD[random(GOOD.length)]!;
  const version = good[0]! >>> 4;
  const least = version === 4 ? 20 : 40;
  const packet = good.slice(0, random(3) === 0 ? least + random(good.length - least + 1) : good.length);
  for (let changes = random(4); changes > 0; changes--) packet[random(Math.min(packet.length, 80))] = random(256);
  const result = honest(packet, version);
  if (version === 4 && random(8) !== 0) rightChecksum(result);
  return result;
}

function honest(packet: Uint8Array, version: number): Uint8Array {
  packet[0] = (version << 4) | (packet[0]! & 15);
  const length = version === 4 ? packet.length : packet.length - 40;
  const at = version === 4 ? 2 : 4;
  packet[at] = length >>> 8;
  packet[at + 1] = length & 255;
  return packet;
}

function rightChecksum(packet: Uint8Array): void {
  const end = Math.min(packet.length & ~1, (packet[0]! & 15) * 4);
  packet[10] = 0;
  packet[11] = 0;
  let sum = 0;
  for (let i = 0; i < end; i += 2) sum += packet[i]! * 256 + packet[i + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  packet[10] = (~sum >>> 8) & 255;
  packet[11] = ~sum & 255;
}
