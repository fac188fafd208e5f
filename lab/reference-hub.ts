/**
 * The router as everybody built it before: WireGuard with one peer a machine, and the kernel's forwarding.
 *
 * The lab's control experiment. Nothing in it comes from wg-router.
 */

import type { Hub, HubOptions, MachineOptions } from './hub.ts';
import { Machine } from './machine.ts';
import type { Namespace } from './namespace.ts';
import { run } from './running.ts';

export class ReferenceHub implements Hub {
  readonly #device: Namespace;
  readonly #options: HubOptions;
  readonly #privateKey: string;
  readonly #peers: string[] = [];

  private constructor(device: Namespace, options: HubOptions, privateKey: string) {
    this.#device = device;
    this.#options = options;
    this.#privateKey = privateKey;
  }

  static async init(device: Namespace, options: HubOptions): Promise<ReferenceHub> {
    return new ReferenceHub(device, options, await key('genkey'));
  }

  async address(family: 4 | 6): Promise<string> {
    return family === 4 ? '10.66.0.1' : 'fd4c:91b7:2ae0::1';
  }

  async addMachine(_name: string, { mtu = 1420 }: MachineOptions = {}): Promise<string> {
    const privateKey = await key('genkey');
    const presharedKey = await key('genpsk');
    const host = this.#peers.length + 2;
    this.#peers.push(`
[Peer]
PublicKey = ${await key('pubkey', privateKey)}
PresharedKey = ${presharedKey}
AllowedIPs = 10.66.0.${host}/32, fd4c:91b7:2ae0::${host}/128
`);
    return `
[Interface]
PrivateKey = ${privateKey}
Address = 10.66.0.${host}/32, fd4c:91b7:2ae0::${host}/128
MTU = ${mtu}

[Peer]
PublicKey = ${await key('pubkey', this.#privateKey)}
PresharedKey = ${presharedKey}
AllowedIPs = 10.66.0.0/24, fd4c:91b7:2ae0::/64
Endpoint = ${this.#options.endpoint}
PersistentKeepalive = 25
`;
  }

  async up(): Promise<void> {
    await this.#device.forward();
    // Else it tells machines of a nearer next hop, and spends its allowance of ICMP errors on that.
    await this.#device.parameters({ 'ipv4.conf.all.send_redirects': 0, 'ipv4.conf.default.send_redirects': 0 });
    await new Machine(this.#device).up(`
[Interface]
PrivateKey = ${this.#privateKey}
ListenPort = 51820
Address = 10.66.0.1/24, fd4c:91b7:2ae0::1/64
MTU = ${this.#options.mtu ?? 1420}
${this.#peers.join('')}`);
  }
}

async function key(what: 'genkey' | 'genpsk' | 'pubkey', input?: string): Promise<string> {
  return (await run(['wg', what], input)).trim();
}
