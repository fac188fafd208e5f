/**
 * wg-router in a lab, used as a person uses it: commands in a folder, `up` left running.
 *
 * Imports nothing of the program. What it knows comes from what the commands print and from /proc.
 */

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { Hub, HubOptions, LanOptions, MachineOptions } from './hub.ts';
import type { Namespace } from './namespace.ts';
import type { Running } from './running.ts';

const COMMAND = `${import.meta.dirname}/../bin/wg-router`;

export class WgRouter implements Hub {
  readonly device: Namespace;
  readonly folder: string;
  #control: Running | null = null;

  private constructor(device: Namespace) {
    this.device = device;
    this.folder = `/run/lab/${device.name}`;
  }

  /** Writes a first network file as `init` does. */
  static async init(device: Namespace, { endpoint, mtu }: HubOptions): Promise<WgRouter> {
    const router = new WgRouter(device);
    await rm(router.folder, { recursive: true, force: true });
    await mkdir(router.folder, { mode: 0o755 });
    await router.command('init', '--endpoint', endpoint);
    if (mtu !== undefined) await router.edit((text) => text.replace(/^( +)endpoint: .*$/m, `$&\n$1mtu: ${mtu}`));
    return router;
  }

  /** The network file. */
  get file(): string {
    return `${this.folder}/network.yaml`;
  }

  /** Runs one of the program's commands beside the network file and returns what it prints. */
  command(...args: string[]): Promise<string> {
    return this.device.run('env', '-C', this.folder, COMMAND, ...args);
  }

  /** Changes the network file as an editor does: reads it, writes it. */
  async edit(change: (text: string) => string): Promise<void> {
    await writeFile(this.file, change(await readFile(this.file, 'utf8')));
  }

  /** Describes all machines and LANs at once: `text` takes the place of the empty `machines:` and `lans:`. */
  async describe(text: string): Promise<void> {
    await this.edit((file) => file.replace(/^machines:[\s\S]*/m, text));
  }

  async addMachine(name: string, { mtu }: MachineOptions = {}): Promise<void> {
    const options = mtu === undefined ? [] : ['--mtu', `${mtu}`];
    await this.command('add', 'machine', name, '--platform', 'linux', ...options);
  }

  async addLan(name: string, { prefixes, via, lanAddresses, attach, defaultGateway }: LanOptions): Promise<void> {
    const several = (option: string, values: readonly string[]) => values.flatMap((value) => [option, value]);
    const options = [
      ...several('--prefix', prefixes),
      ...several('--lan-address', lanAddresses),
      ...(attach === 'static-route'
        ? [...several('--default-gateway', defaultGateway), '--default-gateway-platform', 'linux']
        : []),
    ];
    await this.command('add', 'lan', name, '--via', via, '--attach', attach, ...options);
  }

  configuration(machine: string): Promise<string> {
    return this.command('config', machine, '--output', '-');
  }

  /** Everything that is handed out, as text by file name: machines' configurations and what is for LANs. */
  async everything(): Promise<Map<string, string>> {
    await this.command('config', '--all', 'out');
    const names = await readdir(`${this.folder}/out`);
    const texts = await Promise.all(names.map((name) => readFile(`${this.folder}/out/${name}`, 'utf8')));
    return new Map(names.map((name, i) => [name, texts[i]!]));
  }

  async configureGateway(lan: string, gateway: Namespace): Promise<void> {
    await this.command('config', '--all', 'out');
    await gateway.run('sh', `${this.folder}/out/${lan}-default-gateway.sh`);
  }

  async address(family: 4 | 6): Promise<string> {
    const text = await readFile(this.file, 'utf8');
    const [, ipv4, ipv6] = /^routers:[\s\S]*?\baddress: \[([\d.]+), "([\da-f:]+)"\]/m.exec(text)!;
    return family === 4 ? ipv4! : ipv6!;
  }

  async up(): Promise<void> {
    this.#control = this.device.start(['env', '-C', this.folder, COMMAND, 'up']);
    await this.#control.prints(/listen/i, 15_000);
  }

  /** The process that `up` runs in. */
  get control(): Running {
    if (this.#control === null) throw new Error('the router is not up');
    return this.#control;
  }

  /** What `status --json` prints. */
  async status(): Promise<RouterStatus> {
    return JSON.parse(await this.command('status', '--json'));
  }
}

/** The part of `status --json` that labs look at. */
export interface RouterStatus {
  readonly relay: { readonly pid: number; readonly drops: Readonly<Record<string, number>> };
  readonly machines: readonly { readonly name: string; readonly presence: string; readonly endpoint: string | null }[];
}
