/**
 * A machine that runs WireGuard: Debian's wg-quick and wireguard-go, with a configuration used as it was written.
 *
 * Where the kernel has WireGuard, wg-quick prefers it; both are the protocol's own implementations.
 */

import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import type { Namespace } from './namespace.ts';
import { until } from './running.ts';

export class Machine {
  readonly device: Namespace;
  readonly #file: string;
  #addresses: readonly string[] = [];

  constructor(device: Namespace) {
    this.device = device;
    this.#file = `/run/lab/${device.name}.conf`;
  }

  /** Its inside addresses. */
  address(family: 4 | 6): string {
    const address = this.#addresses.find((text) => text.includes(':') === (family === 6));
    if (address === undefined) throw new Error(`${this.device.name} has no inside address of IPv${family}`);
    return address;
  }

  /** Brings the tunnel up with `configuration`, a wg-quick file. Its handshake has not happened yet. */
  async up(configuration: string): Promise<void> {
    await writeFile(this.#file, configuration);
    await chmod(this.#file, 0o600);
    this.#addresses = [...configuration.matchAll(/^Address\s*=\s*(.*)$/gm)]
      .flatMap((match) => match[1]!.split(','))
      .map((address) => address.trim().replace(/\/\d+$/, ''));
    await this.start();
  }

  /** Brings the tunnel up again with the configuration it had. */
  async start(): Promise<void> {
    await this.device.run('wg-quick', 'up', this.#file);
  }

  /** Waits for the first handshake, which a configured keepalive begins at once. */
  async handshakes(): Promise<void> {
    await until(`${this.device.name} has a handshake`, 12_000, async () => (await this.lastHandshake()) > 0);
  }

  async down(): Promise<void> {
    await this.device.run('wg-quick', 'down', this.#file);
  }

  /** A power cut: the tunnel's process is gone without a word, and the interface with it. */
  async crash(): Promise<void> {
    const pid = await processId(['wireguard-go', this.device.name]);
    if (pid === null) await this.device.run('ip', 'link', 'delete', this.device.name);
    else process.kill(pid, 'SIGKILL');
  }

  /**
   * Opens the tunnel's socket anew and sends a keepalive, as the apps on phones do when the network under them changes.
   * wireguard-go by itself goes on sending from the address that is gone, until its handshake is due.
   */
  async rebind(): Promise<void> {
    const printed = await this.device.run('wg', 'show', this.device.name, 'persistent-keepalive');
    const [peer, keepalive] = printed.trim().split('\t') as [string, string];
    await this.device.run('wg', 'set', this.device.name, 'listen-port', '0');
    // Switching it on sends one at once.
    for (const value of ['off', keepalive === 'off' ? '25' : keepalive]) {
      await this.device.run('wg', 'set', this.device.name, 'peer', peer, 'persistent-keepalive', value);
    }
  }

  /** When the last handshake with the router was, in seconds since 1970; 0 for never. */
  async lastHandshake(): Promise<number> {
    const printed = await this.device.run('wg', 'show', this.device.name, 'latest-handshakes');
    return Number(printed.trim().split('\t')[1]);
  }
}

/** The process that was started with exactly these arguments (the program by its last name); null when there is none. */
export async function processId(command: readonly string[]): Promise<number | null> {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const words = (await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')).split('\0').slice(0, -1);
    if (words[0]?.split('/').at(-1) === command[0] && words.slice(1).join(' ') === command.slice(1).join(' ')) {
      return Number(entry);
    }
  }
  return null;
}
