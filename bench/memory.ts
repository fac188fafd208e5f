/**
 * `node bench/memory.ts`: resident memory of our relay and of wireguard-go, without peers, with 10,000 of them idle, and
 * with 10,000 that have a keypair each.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { enterPrivateNamespaces } from '../lab/private-namespaces.ts';
import { chooseAead } from '../src/wireguard/crypto/choose-aead.ts';
import { A, HUB_PLACE, Line, layOut } from './ground.ts';
import { HUB_NAMES, Hub, type HubName } from './hubs.ts';
import { Initiator, receiverOf, sealStream } from './initiator.ts';
import { insideAddress, machineLine, table } from './report.ts';

const refusal = enterPrivateNamespaces(import.meta.filename);
if (refusal !== false) {
  process.stderr.write(`Cannot run the bench: ${refusal}\n`);
  process.exit(2);
}

const PEERS = Number(process.env.PEERS ?? 10_000);
/** Initiations a second: below what a router takes for a flood. */
const RATE = 1000;
/** For what a start leaves behind to be collected. */
const SETTLE_MS = 5000;

const aead = chooseAead(4096, 8);
await layOut();
const rows: string[][] = [];
for (const name of HUB_NAMES) rows.push(await measure(name));
process.stdout.write(`${machineLine()}\n\n`);
process.stdout.write(
  table(['hub', 'no peers, MB', `${PEERS} idle, MB`, 'with keypairs, MB', 'idle peer, kB', 'keypair, kB'], rows),
);
process.exit(0);

async function measure(name: HubName): Promise<string[]> {
  const empty = await Hub.start(name, HUB_PLACE, []);
  await pause(SETTLE_MS);
  const emptyBytes = empty.residentBytes();
  await empty.stop();

  const machines = Array.from({ length: PEERS }, () => new Initiator());
  const peers = machines.map((machine, i) => ({ publicKey: machine.publicKey, inside: insideAddress(i) }));
  const hub = await Hub.start(name, HUB_PLACE, peers);
  await pause(SETTLE_MS);
  const idleBytes = hub.residentBytes();
  await shakeHands(hub, machines);
  await pause(SETTLE_MS);
  const liveBytes = hub.residentBytes();
  await hub.stop();

  const megabytes = [emptyBytes, idleBytes, liveBytes].map((bytes) => (bytes / 1e6).toFixed(0));
  const each = [idleBytes - emptyBytes, liveBytes - idleBytes].map((bytes) => (bytes / PEERS / 1e3).toFixed(2));
  return [name, ...megabytes, ...each];
}

/** A handshake of every machine, confirmed with a keepalive. */
async function shakeHands(hub: Hub, machines: readonly Initiator[]): Promise<void> {
  const line = new Line(A);
  const open = new Map(machines.map((machine) => [machine.index, machine]));
  line.onDatagram((datagram) => {
    const machine = open.get(receiverOf(datagram));
    if (machine === undefined || !machine.isAnswered(datagram)) return;
    open.delete(machine.index);
    line.send(sealStream(aead, machine.finish(datagram), 1, 0, 0, () => {}));
  });
  for (let tries = 0; tries < 5 && open.size > 0; tries++) {
    const started = performance.now();
    for (const [i, machine] of [...open.values()].entries()) {
      machine.router = hub.publicKey;
      line.send(machine.initiation());
      const aheadMs = started + (i * 1000) / RATE - performance.now();
      if (aheadMs > 0 || i % 16 === 0) await pause(Math.max(0, aheadMs));
    }
    await pause(1000);
  }
  if (open.size > 0) throw new Error(`${hub.name} did not answer ${open.size} machines`);
  await line.close();
}
