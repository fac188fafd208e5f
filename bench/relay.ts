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
import { A, B, flow, HUB_PLACE, Line, layOut, MACHINE_PORT } from './ground.ts';
import { buildFloor, Hub, type HubName, type MeasuredName, MORE_HUB_NAMES } from './hubs.ts';
import { Initiator, openStream, sealStream, type Transport } from './initiator.ts';
import { complaint, writeUdp } from './inner-packet.ts';
import { machineLine, median, table } from './report.ts';

const refusal = enterPrivateNamespaces(import.meta.filename);
if (refusal !== false) {
  process.stderr.write(`Cannot run the bench: ${refusal}\n`);
  process.exit(2);
}

const ROUNDS = Number(process.env.ROUNDS ?? 5);
/** Of UDP payload: 64 and 1424 bytes of inner packet. */
const SIZES = (process.env.SIZES ?? '96,1456').split(',').map(Number);
/** As datagrams of their own, or as trains that the kernel hands on whole. */
const KINDS = (process.env.KINDS ?? 'bulk,single').split(',');
const HUBS = hubs();
const RATE = Number(process.env.RATE ?? 0);
const COUNT = Number(process.env.COUNT ?? 200_000);
const WARM = Number(process.env.WARM ?? 60_000);
/** Under way at once: enough that the hub never waits, and nothing is lost in a queue. */
const WINDOW = RATE > 0 ? 0 : Number(process.env.WINDOW ?? 0);
const WINDOWS: Readonly<Record<string, number>> = { bulk: 512, single: 256 };
/** Datagrams in a train: what 64 KiB and 64 segments allow. */
const trainOf = (kind: string, size: number) => (kind === 'bulk' ? Math.min(64, Math.floor(64_500 / size)) : 1);

const INSIDE_A = [10, 77, 0, 2];
const INSIDE_B = [10, 77, 0, 3];
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

await layOut();
if (HUBS.includes('floor')) buildFloor();
const results = new Map<string, Measured[]>();
for (let round = 0; round < ROUNDS; round++) {
  for (const load of LOADS) {
    for (const name of HUBS) {
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
  const { hub, fromA, toB } = name === 'floor' ? await startFloor() : await startAndShakeHands(name);
  const innerBytes = size - OVERHEAD_BYTES;
  const write = (packet: Uint8Array, i: number) => writeUdp(packet, INSIDE_A, INSIDE_B, i);
  // Counter 0 confirmed the handshake.
  writeFileSync(STREAM, sealStream(aead, fromA, WARM + COUNT, innerBytes, 1, write));
  let before = 0;
  const flowed = await flow(
    {
      from: A,
      to: B,
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
  const samples = openStream(aead, toB, readFileSync(SAMPLES), size);
  if (samples.length < (flowed.received / 64) * 0.99) throw new Error('the sink saw datagrams of another size');
  for (const packet of samples) {
    // The floor routes nothing, so its packets have the hop limit that they came with.
    const wrong = name === 'floor' ? null : complaint(packet, INSIDE_A, INSIDE_B);
    if (wrong !== null) throw new Error(`${name} relayed a packet wrongly: ${wrong}`);
  }
  return {
    microseconds: (cpuSeconds / flowed.received) * 1e6,
    perSecond: flowed.received / flowed.seconds,
    lost: flowed.lost,
  };
}

interface Started {
  readonly hub: Hub;
  /** What A seals with. */
  readonly fromA: Transport;
  /** What B opens with. */
  readonly toB: Transport;
}

async function startFloor(): Promise<Started> {
  const [open, seal] = [0, 1].map(() => crypto.getRandomValues(new Uint8Array(32)));
  const hub = await Hub.startFloor(
    HUB_PLACE,
    { address: B.address, port: MACHINE_PORT },
    Buffer.concat([open!, seal!]),
  );
  return {
    hub,
    fromA: { remoteIndex: 1, sendKey: open!, receiveKey: open! },
    toB: { remoteIndex: 1, sendKey: seal!, receiveKey: seal! },
  };
}

async function startAndShakeHands(name: HubName): Promise<Started> {
  const [hub, a, b] = await startWithPeers(name);
  return { hub, fromA: await shakeHands(new Line(A), a), toB: await shakeHands(new Line(B), b) };
}

async function startWithPeers(name: HubName): Promise<[Hub, Initiator, Initiator]> {
  const [a, b] = [new Initiator(), new Initiator()];
  const hub = await Hub.start(name, HUB_PLACE, [
    { publicKey: a.publicKey, inside: INSIDE_A.join('.') },
    { publicKey: b.publicKey, inside: INSIDE_B.join('.') },
  ]);
  a.router = hub.publicKey;
  b.router = hub.publicKey;
  return [hub, a, b];
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
