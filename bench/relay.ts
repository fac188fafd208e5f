/**
 * `npm run bench`: relayed packets per CPU-second of our relay beside wireguard-go as hub, on this machine, in one run.
 *
 * The load is sealed beforehand, so that the hub is what is measured. Hubs and sizes take turns, round after round, and
 * medians are compared: the machine's mood then falls on both. See README.md beside this file.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { enterPrivateNamespaces } from '../lab/private-namespaces.ts';
import { chooseAead } from '../src/wireguard/crypto/choose-aead.ts';
import { TYPE_DATA } from '../src/wireguard/message.ts';
import { A, B, flow, HUB_PLACE, Line, layOut, MACHINE_PORT, manyAddress } from './ground.ts';
import { buildFloor, Hub, type HubName, type MeasuredName, MORE_HUB_NAMES } from './hubs.ts';
import { Initiator, openStream, sealStream, type Transport } from './initiator.ts';
import { complaint, writeTcp, writeUdp } from './inner-packet.ts';
import { machineLine, median, table } from './report.ts';

const refusal = enterPrivateNamespaces(import.meta.filename);
if (refusal !== false) {
  process.stderr.write(`Cannot run the bench: ${refusal}\n`);
  process.exit(2);
}

const ROUNDS = Number(process.env.ROUNDS ?? 5);
/** Of UDP payload: 64 and 1424 bytes of inner packet. */
const SIZES = (process.env.SIZES ?? '96,1456').split(',').map(Number);
/**
 * bulk: trains that the kernel hands on whole; tcp: the same, one TCP flow inside; single: datagrams of their own;
 * many: the same, to a hundred machines in turn.
 */
const KINDS = (process.env.KINDS ?? 'bulk,tcp,single,many').split(',');
const MANY = 100;
const HUBS = hubs();
const RATE = Number(process.env.RATE ?? 0);
const COUNT = Number(process.env.COUNT ?? 200_000);
const WARM = Number(process.env.WARM ?? 60_000);
/** Under way at once: enough that the hub never waits, and nothing is lost in a queue. */
const WINDOW = RATE > 0 ? 0 : Number(process.env.WINDOW ?? 0);
const WINDOWS: Readonly<Record<string, number>> = { bulk: 512, tcp: 512, single: 256, many: 256 };
/** Datagrams in a train: what 64 KiB and 64 segments allow. */
const trainOf = (kind: string, size: number) =>
  kind === 'bulk' || kind === 'tcp' ? Math.min(64, Math.floor(64_500 / size)) : 1;

const INSIDE_A = [10, 77, 0, 2];
/** Of the i-th machine at B. */
const insideB = (i: number) => [10, 77, 1, i];
const STREAM = '/run/wg-router-bench-stream';
const SAMPLES = '/run/wg-router-bench-samples';
const OVERHEAD_BYTES = 32;

const aead = chooseAead(4096, 8);

interface Measured {
  readonly microseconds: number;
  readonly perSecond: number;
  readonly lost: number;
}

interface Load {
  readonly kind: string;
  readonly size: number;
  readonly text: string;
}

const LOADS: readonly Load[] = SIZES.flatMap((size) =>
  KINDS.map((kind) => ({ kind, size, text: `${size} bytes, ${kind}` })),
);

await layOut(KINDS.includes('many') ? MANY : 0);
if (HUBS.includes('floor')) buildFloor();
const results = new Map<string, Measured[]>();
for (let round = 0; round < ROUNDS; round++) {
  for (const load of LOADS) {
    for (const name of HUBS) {
      // The floor knows one destination.
      if (name === 'floor' && load.kind === 'many') continue;
      const measured = await measure(name, load);
      const key = `${name}, ${load.text}`;
      results.set(key, [...(results.get(key) ?? []), measured]);
      process.stderr.write(
        `round ${round + 1}: ${key}: ${measured.microseconds.toFixed(2)} µs, ` +
          `${Math.round(measured.perSecond)} packets/s, ${measured.lost} lost\n`,
      );
    }
  }
}
print();
process.exit(0);

async function measure(name: MeasuredName, { kind, size }: Load): Promise<Measured> {
  const { hub, fromA, toB } = name === 'floor' ? await startFloor() : await startAndShakeHands(name, kind);
  const innerBytes = size - OVERHEAD_BYTES;
  const writePacket = kind === 'tcp' ? writeTcp : writeUdp;
  const write = (packet: Uint8Array, i: number) => writePacket(packet, INSIDE_A, insideB(i % toB.length), i);
  // Counter 0 confirmed the handshake.
  writeFileSync(STREAM, sealStream(aead, fromA, WARM + COUNT, innerBytes, 1, write));
  let before = 0;
  const flowed = await flow(
    {
      from: A,
      // To all addresses of B.
      to: kind === 'many' ? { ...B, address: '0.0.0.0' } : B,
      file: STREAM,
      datagramBytes: size,
      type: TYPE_DATA,
      window: RATE > 0 ? 0 : WINDOW || WINDOWS[kind]!,
      rate: RATE,
      warm: WARM,
      samples: SAMPLES,
      train: trainOf(kind, size),
    },
    () => {
      before = hub.cpuSeconds();
    },
  );
  const cpuSeconds = hub.cpuSeconds() - before;
  await hub.stop();
  let samples = 0;
  for (const [i, machine] of toB.entries()) {
    const packets = openStream(aead, machine.transport, samplesFor(machine.index, size), size);
    samples += packets.length;
    for (const packet of packets) {
      // The floor routes nothing, so its packets have the hop limit that they came with.
      const wrong = name === 'floor' ? null : complaint(packet, INSIDE_A, insideB(i));
      if (wrong !== null) throw new Error(`${name} relayed a packet wrongly: ${wrong}`);
    }
  }
  if (samples < (flowed.received / 64) * 0.99) throw new Error('the sink saw datagrams of another size');
  return {
    microseconds: (cpuSeconds / flowed.received) * 1e6,
    perSecond: flowed.received / flowed.seconds,
    lost: flowed.lost,
  };
}

/** The datagrams among the samples that are for the machine with this index; all of them where it is null. */
function samplesFor(index: number | null, size: number): Uint8Array {
  const all = readFileSync(SAMPLES);
  if (index === null) return all;
  const found: Uint8Array[] = [];
  for (let at = 0; at + size <= all.length; at += size) {
    if (all.readUInt32LE(at + 4) === index) found.push(all.subarray(at, at + size));
  }
  return Buffer.concat(found);
}

interface Started {
  readonly hub: Hub;
  /** What A seals with. */
  readonly fromA: Transport;
  /** What the machines at B open with. */
  readonly toB: readonly { readonly transport: Transport; readonly index: number | null }[];
}

async function startFloor(): Promise<Started> {
  const [open, seal] = [0, 1].map(() => crypto.getRandomValues(new Uint8Array(32)));
  const keys = Buffer.concat([open!, seal!]);
  const hub = await Hub.startFloor(HUB_PLACE, { address: B.address, port: MACHINE_PORT }, keys);
  const transport = (key: Uint8Array) => ({ remoteIndex: 1, sendKey: key, receiveKey: key });
  return { hub, fromA: transport(open!), toB: [{ transport: transport(seal!), index: null }] };
}

async function startAndShakeHands(name: HubName, kind: string): Promise<Started> {
  const a = new Initiator();
  const many = Array.from({ length: kind === 'many' ? MANY : 1 }, () => new Initiator());
  const hub = await Hub.start(name, HUB_PLACE, [
    { publicKey: a.publicKey, inside: INSIDE_A.join('.') },
    ...many.map(({ publicKey }, i) => ({ publicKey, inside: insideB(i).join('.') })),
  ]);
  for (const machine of [a, ...many]) machine.router = hub.publicKey;
  const fromA = await shakeHands(new Line(A), a);
  const toB = [];
  for (const [i, machine] of many.entries()) {
    const line = new Line(kind === 'many' ? { ...B, address: manyAddress(i) } : B);
    toB.push({ transport: await shakeHands(line, machine), index: machine.index });
  }
  return { hub, fromA, toB };
}

/** A handshake and the keepalive that confirms it. */
async function shakeHands(line: Line, machine: Initiator): Promise<Transport> {
  const response = await line.ask(
    () => machine.initiation(),
    (answer) => machine.isAnswered(answer),
  );
  const transport = machine.finish(response);
  line.send(sealStream(aead, transport, 1, 0, 0, () => {}));
  await line.close();
  return transport;
}

function hubs(): MeasuredName[] {
  const wanted = process.env.HUBS?.split(',') ?? ['wg-router', 'floor', 'portable', 'wireguard-go'];
  return [...MORE_HUB_NAMES, 'floor' as const].filter((name) => wanted.includes(name));
}

/** CPU per packet of every hub, and each beside the first. */
function print(): void {
  const rows = LOADS.map(({ text }) => {
    const of = (name: MeasuredName) => results.get(`${name}, ${text}`) ?? [];
    const cost = (name: MeasuredName) => median(of(name).map((measured) => measured.microseconds));
    const cells = HUBS.flatMap((name, i) => {
      const lost = of(name).reduce((sum, measured) => sum + measured.lost, 0);
      const speed = Math.round(median(of(name).map((measured) => measured.perSecond)));
      if (of(name).length === 0) return ['–', '–', '–'];
      const ratio = i === 0 ? [] : [(cost(name) / cost(HUBS[0]!)).toFixed(2)];
      return [cost(name).toFixed(2), ...ratio, `${speed}${lost > 0 ? ` (${lost} lost)` : ''}`];
    });
    return [text, ...cells];
  });
  const head = HUBS.flatMap((name, i) => [`${name}: CPU µs/packet`, ...(i === 0 ? [] : ['ratio']), 'packets/s']);
  process.stdout.write(`${machineLine()}\n`);
  const offered = RATE > 0 ? `${RATE} packets/s offered` : 'as many as it takes';
  process.stdout.write(`${ROUNDS} rounds of ${COUNT} packets, medians; ${offered}\n\n`);
  process.stdout.write(table(['UDP payload', ...head], rows));
}
