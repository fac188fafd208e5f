/**
 * The seed case of a lab: a router in public, a phone behind a carrier's NAT, a laptop behind a home's.
 */

import type { Hub, LanOptions, MachineOptions } from './hub.ts';
import { Internet, type Place } from './internet.ts';
import { Machine } from './machine.ts';
import type { Lab, Namespace } from './namespace.ts';
import { listen } from './traffic.ts';

/** What machines of the seed case dial. */
export const ENDPOINT = '203.0.113.2:51820';

export interface TwoMachines<H extends Hub> {
  readonly internet: Internet;
  /** Where the router runs. */
  readonly cloud: Namespace;
  readonly hub: H;
  readonly carrier: Place;
  readonly home: Place;
  readonly phone: Machine;
  readonly laptop: Machine;
}

/** Builds it and brings everything up. */
export async function twoMachines<H extends Hub>(
  lab: Lab,
  makeHub: (cloud: Namespace) => Promise<H>,
  options: MachineOptions = {},
): Promise<TwoMachines<H>> {
  const internet = await Internet.of(lab);
  const cloud = await internet.publicDevice('cloud');
  const hub = await makeHub(cloud);
  const carrier = await internet.place('carrier', 'random');
  const home = await internet.place('home', 'keeping');
  const phone = new Machine(await carrier.device('phone'));
  const laptop = new Machine(await home.device('laptop'));
  await joinAll(hub, [phone, laptop], options);
  return { internet, cloud, hub, carrier, home, phone, laptop };
}

/** Describes the machines and the LANs they carry, and brings all up. */
export async function joinAll(
  hub: Hub,
  machines: readonly Machine[],
  options: MachineOptions = {},
  lans: Readonly<Record<string, LanOptions>> = {},
): Promise<void> {
  for (const { device } of machines) await hub.addMachine(device.name, options);
  for (const [name, lan] of Object.entries(lans)) await hub.addLan(name, lan);
  await upAll(hub, machines);
}

/** Runs the router, and brings each machine up with what it is handed; all have a handshake and answer TCP and UDP then. */
export async function upAll(hub: Hub, machines: readonly Machine[]): Promise<void> {
  // Before the router runs: an edit takes it a moment, and a machine that calls too early calls again only after 5 s.
  const configurations: string[] = [];
  for (const { device } of machines) configurations.push(await hub.configuration(device.name));
  await hub.up();
  for (const [i, machine] of machines.entries()) {
    await machine.up(configurations[i]!);
    await listen(machine.device);
  }
  await Promise.all(machines.map((machine) => machine.handshakes()));
}
