/**
 * What an attacker can put on the wire, thrown at the relay's process on loopback while two machines talk through it:
 * how much was refused and as what, what it cost, what memory grew by, and what the machines lost. Prints the table of
 * `docs/hostile-input.md`.
 *
 *   node bench/hostile.ts [DATAGRAMS OF EACH KIND, default 100,000] [WORD: only kinds that say so]
 */

import { randomBytes, randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Machine } from '../src/relay/loopback/machine.ts';
import { bootOf, peerOf, RelayProcess } from '../src/relay/loopback/relay-process.ts';
import { ping4 } from '../src/relay/router/example-packets.ts';
import { hash, mac } from '../src/wireguard/crypto/blake2s.ts';
import { INITIATION_MAC1 } from '../src/wireguard/message.ts';
import { Initiator } from './initiator.ts';
import { machineLine, table } from './report.ts';

const COUNT = Number(process.argv[2] ?? 100_000);
const WORD = process.argv[3] ?? '';
/** Below what the relay takes, so that nothing is lost before it is looked at. */
const PER_SECOND = 20_000;
/** Of the largest, few fill a socket's buffer. */
const LARGEST_PER_SECOND = 1_000;
/** Each kind repeats so many different datagrams. */
const DIFFERENT = 4_000;

/** Points of low order as X25519 public keys (RFC 7748 section 6.1; the first two, and the two of order eight). */
const LOW_ORDER = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
].map((hex) => Buffer.from(hex, 'hex'));

const phone = await Machine.start();
const laptop = await Machine.start();
const stolen = new Initiator();
const relay = await RelayProcess.start(
  bootOf([
    peerOf('phone', phone.publicKey, ['10.77.0.2/32']),
    peerOf('laptop', laptop.publicKey, ['10.77.0.3/32']),
    peerOf('known', Buffer.from(stolen.publicKey).toString('base64'), ['10.77.0.4/32']),
  ]),
);
stolen.router = relay.publicKey;
phone.dial(relay.publicKey, relay.port);
laptop.dial(relay.publicKey, relay.port);
laptop.send(ping4('10.77.0.3', '10.77.0.1'));
await laptop.receive();
// What an eavesdropper has: real datagrams of a machine at work.
const overheard = await overhear();

const macKey = hash(new TextEncoder().encode('mac1----'), relay.publicKey);
const nobody = new Initiator();
nobody.router = relay.publicKey;

const KINDS: Readonly<Record<string, () => Buffer>> = {
  'random bytes, 0 to 1,500': () => randomBytes(randomInt(0, 1501)),
  'right types and sizes, random content': () => typed(randomInt(1, 5)),
  'real ones, cut short': () => {
    const datagram = pick(overheard);
    return datagram.subarray(0, randomInt(0, datagram.length));
  },
  'real ones, one bit flipped': () => {
    const datagram = Buffer.from(pick(overheard));
    datagram[randomInt(0, datagram.length)]! ^= 1 << randomInt(0, 8);
    return datagram;
  },
  'real ones, replayed and out of order': () => pick(overheard),
  'initiations with valid MAC1, random inside': () => withMac1(typed(1)),
  'initiations with valid MAC1, low-order points': () => {
    const datagram = typed(1);
    datagram.set(pick(LOW_ORDER), 8);
    return withMac1(datagram);
  },
  'whole initiations by keys that are no peers': () => Buffer.from(nobody.initiation()),
  'one whole initiation of a peer, replayed': replayed(),
  'largest datagrams, 65,507 bytes': () => {
    const datagram = Buffer.alloc(65_507);
    datagram[0] = randomInt(0, 6);
    return datagram;
  },
};

/** A hundred pings a second from phone to laptop, answered there. */
class Pings {
  readonly #timer: NodeJS.Timeout;
  #sent = 0;

  constructor() {
    phone.inbox.length = 0;
    laptop.inbox.length = 0;
    this.#timer = setInterval(() => {
      this.#sent++;
      phone.send(ping4('10.77.0.2', '10.77.0.3'));
      laptop.datagrams.length = 0;
    }, 10);
  }

  async end(): Promise<{ sent: number; lost: number }> {
    clearInterval(this.#timer);
    await pause(500);
    return { sent: this.#sent, lost: this.#sent - laptop.inbox.length };
  }
}

const rows: string[][] = [];
for (const [kind, make] of Object.entries(KINDS)) {
  if (!kind.includes(WORD)) continue;
  const isLargest = kind.startsWith('largest');
  const perSecond = isLargest ? LARGEST_PER_SECOND : PER_SECOND;
  rows.push(await measured(kind, make, isLargest ? Math.ceil(COUNT / 20) : COUNT, perSecond));
  process.stderr.write(`${rows.at(-1)!.join(' · ')}\n`);
}
console.log(`${machineLine()}\n`);
console.log(table(['thrown at it', 'datagrams', 'counted as', 'CPU µs each', 'memory grew by', 'pings lost'], rows));
phone.stop();
laptop.stop();
await relay.stop();

async function measured(kind: string, make: () => Buffer, count: number, perSecond: number): Promise<string[]> {
  const datagrams = Array.from({ length: Math.min(DIFFERENT, count) }, make);
  const socket = createSocket({ type: 'udp4', sendBufferSize: 4 * 1024 * 1024 });
  const before = await look();
  const pings = new Pings();
  await pause(300);
  const started = performance.now();
  for (let sent = 0; sent < count; ) {
    const due = Math.min(count, Math.ceil(((performance.now() - started) / 1000) * perSecond));
    for (; sent < due; sent++) socket.send(datagrams[sent % datagrams.length]!, relay.port, '127.0.0.1');
    await pause(2);
  }
  await pause(1_500);
  const lost = await pings.end();
  const after = await look();
  socket.close();
  const counted = Object.entries(after.drops)
    .map(([reason, drops]) => [reason, drops - (before.drops[reason] ?? 0)] as const)
    .filter(([, drops]) => drops > 0)
    .sort((a, b) => b[1] - a[1]);
  return [
    kind,
    count.toLocaleString('en'),
    counted.map(([reason, drops]) => `\`${reason}\` ${drops.toLocaleString('en')}`).join(', ') || 'nothing',
    (((after.cpuMs - before.cpuMs) * 1000) / count).toFixed(1),
    `${((after.memoryKib - before.memoryKib) / 1024).toFixed(1)} MiB`,
    `${lost.lost} of ${lost.sent}`,
  ];
}

async function look(): Promise<{ drops: Readonly<Record<string, number>>; memoryKib: number; cpuMs: number }> {
  const { drops } = await relay.status();
  const { pid } = relay.ready;
  const memory = /^VmRSS:\s+([0-9]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  // Clock ticks are hundredths of a second on every Linux that Node runs on.
  return { drops, memoryKib: Number(memory), cpuMs: (Number(stat[11]) + Number(stat[12])) * 10 };
}

/** Datagrams that phone sends: an initiation and data, taken from a socket in the relay's place. */
async function overhear(): Promise<Buffer[]> {
  const tap = createSocket('udp4');
  const heard: Buffer[] = [];
  await new Promise<void>((resolve) => tap.bind(0, '127.0.0.1', resolve));
  let back = 0;
  tap.on('message', (datagram, from) => {
    const isOfRelay = from.port === relay.port;
    if (!isOfRelay) {
      back = from.port;
      heard.push(Buffer.from(datagram));
    }
    tap.send(datagram, isOfRelay ? back : relay.port, '127.0.0.1');
  });
  const watched = await Machine.start();
  await relay.request({
    type: 'change',
    router: null,
    set: [peerOf('watched', watched.publicKey, ['10.77.0.5/32'])],
    remove: [],
  });
  watched.dial(relay.publicKey, tap.address().port);
  for (let i = 0; i < 200; i++) {
    watched.send(ping4('10.77.0.5', '10.77.0.1'));
    if (i % 20 === 0) await watched.receive();
  }
  await pause(200);
  watched.stop();
  tap.close();
  return heard;
}

function typed(type: number): Buffer {
  const datagram = randomBytes({ 1: 148, 2: 92, 3: 64 }[type] ?? randomInt(32, 1500));
  datagram.writeUInt32LE(type, 0);
  return datagram;
}

function withMac1(datagram: Buffer): Buffer {
  datagram.set(mac(macKey, datagram.subarray(0, INITIATION_MAC1)), INITIATION_MAC1);
  return datagram;
}

function replayed(): () => Buffer {
  const datagram = Buffer.from(stolen.initiation());
  return () => datagram;
}

function pick<T>(items: readonly T[]): T {
  return items[randomInt(0, items.length)]!;
}
