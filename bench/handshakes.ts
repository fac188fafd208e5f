/**
 * `node bench/handshakes.ts`: CPU time per handshake answered, by our relay and by wireguard-go.
 *
 * Initiations of many machines, made beforehand, at a rate that keeps both below what they take for a flood (then they
 * answer with cookies, which is another thing). A response counts; nobody confirms it.
 */

import { writeFileSync } from 'node:fs';
import { enterPrivateNamespaces } from '../lab/private-namespaces.ts';
import { INITIATION_BYTES, TYPE_RESPONSE } from '../src/wireguard/message.ts';
import { A, flow, HUB_PLACE, layOut } from './ground.ts';
import { HUB_NAMES, Hub, type HubName } from './hubs.ts';
import { Initiator } from './initiator.ts';
import { insideAddress, machineLine, median, table } from './report.ts';

const refusal = enterPrivateNamespaces(import.meta.filename);
if (refusal !== false) {
  process.stderr.write(`Cannot run the bench: ${refusal}\n`);
  process.exit(2);
}

const ROUNDS = Number(process.env.ROUNDS ?? 3);
const MACHINES = 2000;
/** Initiations of each machine. A router takes 50 a second of one, and these are a second apart. */
const TURNS = 4;
const WARM_TURNS = 1;
const RATE = Number(process.env.RATE ?? 400);
const STREAM = '/run/wg-router-bench-initiations';

await layOut();
const costs = new Map<HubName, number[]>(HUB_NAMES.map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const name of HUB_NAMES) {
    const microseconds = await measure(name);
    costs.get(name)!.push(microseconds);
    process.stderr.write(`round ${round + 1}: ${name}: ${microseconds.toFixed(0)} µs a handshake\n`);
  }
}
const cost = (name: HubName) => median(costs.get(name)!);
process.stdout.write(`${machineLine()}\n`);
process.stdout.write(`${ROUNDS} rounds, medians; ${MACHINES} machines, ${RATE} initiations a second\n\n`);
process.stdout.write(
  table(
    ['hub', 'CPU µs per handshake answered', 'handshakes per CPU-second', 'ratio'],
    HUB_NAMES.map((name) => [
      name,
      cost(name).toFixed(0),
      Math.round(1e6 / cost(name)).toString(),
      (cost('wireguard-go') / cost(name)).toFixed(2),
    ]),
  ),
);
process.exit(0);

async function measure(name: HubName): Promise<number> {
  const machines = Array.from({ length: MACHINES }, () => new Initiator());
  const peers = machines.map((machine, i) => ({ publicKey: machine.publicKey, inside: insideAddress(i) }));
  const hub = await Hub.start(name, HUB_PLACE, peers);
  const stream = new Uint8Array(TURNS * MACHINES * INITIATION_BYTES);
  for (let i = 0; i < TURNS * MACHINES; i++) {
    const machine = machines[i % MACHINES]!;
    machine.router = hub.publicKey;
    stream.set(machine.initiation(), i * INITIATION_BYTES);
  }
  writeFileSync(STREAM, stream);
  let before = 0;
  const flowed = await flow(
    {
      from: A,
      to: A,
      file: STREAM,
      datagramBytes: INITIATION_BYTES,
      type: TYPE_RESPONSE,
      window: 32,
      rate: RATE,
      warm: WARM_TURNS * MACHINES,
      samples: '/dev/null',
    },
    () => {
      before = hub.cpuSeconds();
    },
  );
  const seconds = hub.cpuSeconds() - before;
  await hub.stop();
  if (flowed.lost > flowed.sent / 20) throw new Error(`${name} did not answer ${flowed.lost} of ${flowed.sent}`);
  return (seconds / flowed.received) * 1e6;
}
