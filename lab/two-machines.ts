/**
 * The seed case of a lab: a router in public, a phone behind a carrier's NAT, a laptop behind a home's.
 */

import type { MachineOptions } from './hub.ts';
import { Internet, type Place } from './internet.ts';
import { Machine } from './machine.ts';
import type { Lab, Namespace } from './namespace.ts';
import { listen } from './traffic.ts';

/** What machines of the seed case dial. */
export const ENDPOINT = '203.0.113.2:51820';

interface AnyHub {
  addMachine(name: string, options?: MachineOptions): Promise<string>;
  up(): Promise<void>;
}

export interface TwoMachines<H> {
  readonly internet: Internet;
  /** Where the router runs. */
  readonly cloud: Namespace;
  readonly hub: H;
  readonly carrier: Place;
  readonly home: Place;
  readonly phone: Machine;
  readonly laptop: Machine;
}

/** Builds it, brings everything up, and lets both machines answer TCP and UDP. */
export async function twoMachines<H extends AnyHub>(
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
  const configurations = [await hub.addMachine('phone', options), await hub.addMachine('laptop', options)] as const;
  await hub.up();
  await phone.up(configurations[0]);
  await laptop.up(configurations[1]);
  await Promise.all([listen(phone.device), listen(laptop.device), phone.handshakes(), laptop.handshakes()]);
  return { internet, cloud, hub, carrier, home, phone, laptop };
}
