/**
 * The router of a twin: the real commands, on a copy of the network file in a folder that vanishes with the twin.
 *
 * `config --all` writes what everybody else in the twin is configured with, `up` runs the relay.
 */

import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { Namespace } from '../../namespace.ts';
import type { Running } from '../../running.ts';
import type { Known } from './stand-in.ts';

export interface RouterOptions {
  /** Text of the network file. */
  readonly network: string;
  /** How wg-router is started: `bin/wg-router`, or a program and its first arguments. */
  readonly command: readonly string[];
}

/** Files by name, as `config --all` writes them. */
export type GeneratedFiles = ReadonlyMap<string, string>;

/** The name of an ordinary user where only root is known: any but 0. */
const ORDINARY = '1000';

export class TwinRouter {
  readonly #device: Namespace;
  readonly #folder: string;
  readonly #command: readonly string[];
  #up: Running | null = null;

  private constructor(device: Namespace, folder: string, command: readonly string[]) {
    this.#device = device;
    this.#folder = folder;
    this.#command = command;
  }

  /** The router with its copy of the network file; it does not run yet. */
  static async in(device: Namespace, { network, command }: RouterOptions): Promise<TwinRouter> {
    const folder = `/run/lab/router`;
    await rm(folder, { recursive: true, force: true });
    await mkdir(`${folder}/sockets`, { recursive: true });
    // A umask of the user's could leave them open, and what is open to others is refused.
    for (const each of [folder, `${folder}/sockets`]) await chmod(each, 0o700);
    await writeFile(`${folder}/network.yaml`, network, { mode: 0o600 });
    return new TwinRouter(device, folder, [...(await ordinaryUser()), ...command]);
  }

  /** Everything that `config --all` writes, once `init` has made the router's key. */
  async generate(): Promise<GeneratedFiles> {
    await this.#device.run(...this.#words('init'));
    await this.#device.run(...this.#words('config', '--all', 'out'));
    const out = `${this.#folder}/out`;
    const names = await readdir(out);
    return new Map(
      await Promise.all(names.map(async (name) => [name, await readFile(`${out}/${name}`, 'utf8')] as const)),
    );
  }

  /** Runs the router; comes back when it listens. */
  async up(): Promise<void> {
    this.#up = this.#device.start(this.#words('up'));
    await this.#up.prints(/listen/i, 30_000);
  }

  /** What a stand-in needs to know to go on in the relay's place. */
  async known(): Promise<Known> {
    const [status, check] = (
      await Promise.all(['status', 'check'].map((verb) => this.#device.run(...this.#words(verb, '--json'))))
    ).map((text) => JSON.parse(text)) as [
      { machines: { name: string; endpoint: string | null }[] },
      { routers: { name: string }[]; machines: { name: string; publicKey: string }[] },
    ];
    const key = async (name: string) => (await readFile(`${this.#folder}/network.keys/${name}`, 'utf8')).trim();
    const endpoints = new Map(status.machines.map(({ name, endpoint }) => [name, endpoint]));
    const machines = await Promise.all(
      check.machines.map(async ({ name, publicKey }) => {
        const machine = { publicKey, presharedKey: await key(`${name}.psk`), endpoint: endpoints.get(name) ?? null };
        return [name, machine] as const;
      }),
    );
    return { privateKey: await key(`${check.routers[0]!.name}.key`), machines: new Map(machines) };
  }

  /** Ends the router and its relay. */
  async down(): Promise<void> {
    await this.#up?.end('SIGTERM');
    this.#up = null;
  }

  #words(...args: string[]): string[] {
    return ['env', '-C', this.#folder, `XDG_RUNTIME_DIR=${this.#folder}/sockets`, ...this.#command, ...args];
  }
}

/**
 * Words before a command, for an ordinary user's twin.
 *
 * In there the user is root and nobody else exists. `up` as root would run the relay as somebody else, whom there is not;
 * so it is started as what the user really is, an ordinary user: in a user namespace where the same user has another name.
 */
async function ordinaryUser(): Promise<string[]> {
  const map = (await readFile('/proc/self/uid_map', 'utf8')).trim().split('\n');
  const isAlone = map.length === 1 && map[0]!.trim().split(/\s+/)[2] === '1';
  return isAlone ? ['unshare', '--user', `--map-user=${ORDINARY}`, `--map-group=${ORDINARY}`, '--'] : [];
}

export function fileNamed(name: string, files: GeneratedFiles): string {
  const text = files.get(name);
  if (text === undefined) throw new Error(`wg-router config --all wrote no ${name}`);
  return text;
}
