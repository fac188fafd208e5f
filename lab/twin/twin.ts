/**
 * The twin of a network: what its plan describes, built in network namespaces on this machine, with real packets.
 *
 *   const twin = await buildTwin(plan, { network, command });
 *   for (const observation of await twin.tryAll()) …
 *   await twin.device('nas').run('ip', 'route');
 *   await twin.close();
 *
 * `plan` is the plan of `network`, a text in which every machine and default gateway is a Linux one and no key is stated
 * (`twinText` of src/description makes it of any network file), so that what is generated can be used as it is. The caller is
 * inside private namespaces (`lab/private-namespaces.ts`): nothing here is undone but by `close` or their end.
 *
 * What is real: the relay (`wg-router up`), the files of `wg-router config --all` in wg-quick, wireguard-go, sh and
 * radvd, Linux's forwarding and connection tracking, packets. What is not: other devices than Linux, Wi-Fi, providers.
 * DHCP's routes are put in by hand, from the text that is generated for DHCP servers.
 */

import { writeFile } from 'node:fs/promises';
import type { Plan } from '../../src/plan/plan.ts';
import { Lab, type Namespace } from '../namespace.ts';
import { run } from '../running.ts';
import { atOnce } from './at-once.ts';
import { type Devices, layGround } from './build/ground.ts';
import { advertise, followInstructions } from './build/instructions.ts';
import { type GeneratedFiles, TwinRouter } from './build/router.ts';
import { standIn } from './build/stand-in.ts';
import { bringUpTunnels } from './build/tunnels.ts';
import { hostsFile } from './layout/dialled.ts';
import { type Layout, type LayoutOptions, layoutOf } from './layout/layout.ts';
import type { Party } from './layout/parties.ts';
import type { Observation } from './trials/observation.ts';
import { Station } from './trials/station.ts';
import { type Doubting, greetRouter, tryFlows } from './trials/trials.ts';

export interface TwinOptions extends LayoutOptions {
  /** The network file as the router of the twin has it. */
  readonly network: string;
  /** How wg-router is started. */
  readonly command: readonly string[];
  /** Called when something begins that takes a while. */
  readonly say?: (step: string) => void;
  /** Changes a generated file before it is used: how tests see that a twin shows what is broken. */
  readonly edit?: (text: string, name: string) => string;
}

/** Builds the twin of `plan`. Rejects when the machine refuses, and leaves nothing behind then. */
export async function buildTwin(plan: Plan, options: TwinOptions): Promise<Twin> {
  const lab = new Lab();
  await run(['mount', '--bind', await hostsFor(layoutOf(plan, options)), HOSTS]);
  try {
    return await built(lab, plan, options);
  } catch (error) {
    await takeDown(lab);
    throw error;
  }
}

async function built(lab: Lab, plan: Plan, options: TwinOptions): Promise<Twin> {
  const { say = () => {}, edit = (text) => text } = options;
  const layout = layoutOf(plan, options);
  say(`building ${layout.size} devices`);
  const devices = await layGround(lab, layout);
  say('running the router');
  const router = await TwinRouter.in(devices.get(layout.router.name)!, options);
  const generated = await router.generate();
  const files: GeneratedFiles = new Map([...generated].map(([name, text]) => [name, edit(text, name)] as const));
  await router.up();
  say('bringing up tunnels and routes');
  await Promise.all([followInstructions(layout, devices, files), bringUpTunnels(layout, devices, files)]);
  const [stations] = await Promise.all([
    atOnce(layout.parties, async ({ name }) => [name, await Station.in(devices.get(name)!)] as const),
    advertise(layout, devices, files),
  ]);
  return new Twin({ lab, layout, devices, router, stations: new Map(stations), say });
}

/** One file that all devices share: what machines dial by name is known to everybody. */
const HOSTS = '/etc/hosts';

/** A file that says where the names are. */
async function hostsFor({ names }: Layout): Promise<string> {
  const path = '/run/lab/hosts';
  await writeFile(path, hostsFile(names));
  return path;
}

async function takeDown(lab: Lab): Promise<void> {
  await lab.close();
  await run(['umount', HOSTS]);
}

interface Parts {
  readonly lab: Lab;
  readonly layout: Layout;
  readonly devices: Devices;
  readonly router: TwinRouter;
  readonly stations: ReadonlyMap<string, Station>;
  readonly say: (step: string) => void;
}

export class Twin {
  readonly layout: Layout;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.layout = parts.layout;
    this.#parts = parts;
  }

  /** Who speaks to whom: the router, machines, hosts, and one unnamed host for each LAN. */
  get parties(): readonly Party[] {
    return this.layout.parties;
  }

  /**
   * A device by its name: that of a router, machine or host; `LAN.unnamed`; `LAN.default-gateway`, `LAN.nat` or
   * `MACHINE.nat` where there is one; or `internet`.
   */
  device(name: string): Namespace {
    const device = this.#parts.devices.get(name);
    if (device === undefined) throw new Error(`the twin has no device "${name}"`);
    return device;
  }

  /** Parties first, then what the twin adds. */
  get deviceNames(): string[] {
    const parties = this.parties.map(({ name }) => name);
    const others = [...this.#parts.devices.keys()].filter((name) => !parties.includes(name));
    return [...parties, ...others.sort()];
  }

  /**
   * Every flow between two parties, tried: both directions, every address of every family that both have. Before that every
   * machine speaks to the router once, so that where they are is known.
   *
   * What fails is tried again with more patience, as far as it is in doubt (`Doubt`). Whoever knows what works and what fails
   * says so: it spares the time for what fails, and nothing that works is taken to fail where cores are busy.
   */
  async tryAll(doubt: Doubting = () => 'some'): Promise<Observation[]> {
    const others = await this.tryOthers(doubt);
    return [...(await this.#tryRouter(doubt)), ...others];
  }

  /** The same without what the router itself opens, for which it has to be taken down and up. */
  async tryOthers(doubt: Doubting = () => 'some'): Promise<Observation[]> {
    const { layout, stations, say } = this.#parts;
    say('waiting for handshakes');
    await greetRouter(layout, stations);
    const speaks = ({ subject }: Party) => subject.kind !== 'router';
    return tryFlows(layout, stations, { speaks, whose: 'between all', doubt, say });
  }

  /** What the router reaches, by ping alone: a stand-in asks in the relay's place. */
  async #tryRouter(doubt: Doubting): Promise<Observation[]> {
    const { layout, router, stations, say } = this.#parts;
    const known = await router.known();
    await router.down();
    const stand = await standIn(layout.router, this.device(layout.router.name), known);
    const speaks = ({ subject }: Party) => subject.kind === 'router';
    const observations = await tryFlows(layout, stations, { speaks, whose: 'from the router', doubt, say });
    await stand.leave();
    await router.up();
    return observations;
  }

  /** Ends and removes everything in it. */
  async close(): Promise<void> {
    await this.#parts.router.down();
    await takeDown(this.#parts.lab);
  }
}
