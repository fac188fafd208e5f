/**
 * The router as everybody built it before: WireGuard with one peer a machine, and the kernel's forwarding.
 *
 * The lab's control experiment. Nothing in it comes from wg-router.
 */

import type { Hub, HubOptions, LanOptions, MachineOptions } from './hub.ts';
import { Machine } from './machine.ts';
import type { Namespace } from './namespace.ts';
import { run } from './running.ts';

const INSIDE = ['10.66.0.0/24', 'fd4c:91b7:2ae0::/64'];

interface ReferenceMachine {
  readonly host: number;
  readonly privateKey: string;
  readonly presharedKey: string;
  readonly mtu: number;
}

export class ReferenceHub implements Hub {
  readonly #device: Namespace;
  readonly #options: HubOptions;
  readonly #privateKey: string;
  readonly #machines = new Map<string, ReferenceMachine>();
  readonly #lans = new Map<string, LanOptions>();

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

  async addMachine(name: string, { mtu = 1420 }: MachineOptions = {}): Promise<void> {
    const [privateKey, presharedKey] = [await key('genkey'), await key('genpsk')];
    this.#machines.set(name, { host: this.#machines.size + 2, privateKey, presharedKey, mtu });
  }

  async addLan(name: string, lan: LanOptions): Promise<void> {
    this.#lans.set(name, lan);
  }

  async configureGateway(lan: string, gateway: Namespace): Promise<void> {
    const { via, attach, prefixes, lanAddresses } = this.#lans.get(lan)!;
    if (attach === 'default-gateway') return;
    for (const prefix of [...INSIDE, ...this.#prefixesBehindOthers(via)]) {
      if (prefixes.includes(prefix)) continue;
      await gateway.route(prefix, lanAddresses.find((address) => address.includes(':') === prefix.includes(':'))!);
    }
  }

  async configuration(name: string): Promise<string> {
    const { host, privateKey, presharedKey, mtu } = this.#machines.get(name)!;
    const carries = [...this.#lans.values()].some(({ via }) => via === name);
    return `
[Interface]
PrivateKey = ${privateKey}
Address = 10.66.0.${host}/32, fd4c:91b7:2ae0::${host}/128
MTU = ${mtu}
${carries ? 'PostUp = sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1' : ''}

[Peer]
PublicKey = ${await key('pubkey', this.#privateKey)}
PresharedKey = ${presharedKey}
AllowedIPs = ${[...INSIDE, ...this.#prefixesBehindOthers(name)].join(', ')}
Endpoint = ${this.#options.endpoint}
PersistentKeepalive = 25
`;
  }

  async up(): Promise<void> {
    await this.#device.forward();
    // Redirects to a nearer next hop would use up what it may send of ICMP errors.
    await this.#device.parameters({ 'ipv4.conf.all.send_redirects': 0, 'ipv4.conf.default.send_redirects': 0 });
    await this.#device.parameters({ 'ipv4.icmp_ratelimit': 0, 'ipv6.icmp.ratelimit': 0 });
    const peers = [];
    for (const [name, { host, privateKey, presharedKey }] of this.#machines) {
      const own = [...this.#lans.values()].filter(({ via }) => via === name).flatMap(({ prefixes }) => prefixes);
      peers.push(`
[Peer]
PublicKey = ${await key('pubkey', privateKey)}
PresharedKey = ${presharedKey}
AllowedIPs = ${[`10.66.0.${host}/32`, `fd4c:91b7:2ae0::${host}/128`, ...own].join(', ')}
`);
    }
    await new Machine(this.#device).up(`
[Interface]
PrivateKey = ${this.#privateKey}
ListenPort = 51820
Address = 10.66.0.1/24, fd4c:91b7:2ae0::1/64
MTU = ${this.#options.mtu ?? 1420}
${peers.join('')}`);
  }

  #prefixesBehindOthers(machine: string): string[] {
    return [...this.#lans.values()].filter(({ via }) => via !== machine).flatMap(({ prefixes }) => prefixes);
  }
}

async function key(what: 'genkey' | 'genpsk' | 'pubkey', input?: string): Promise<string> {
  return (await run(['wg', what], input)).trim();
}
