/**
 * For tests of the running router: a network in a folder of its own, with a port of its own on loopback, and machines
 * that send packets.
 */

import { createSocket } from 'node:dgram';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type NetworkPaths, networkPaths } from '../../src/control/paths.ts';
import { formatKey } from '../../src/net/key.ts';
import { Machine } from '../../src/relay/loopback/machine.ts';
import { publicKeyOf } from '../../src/wireguard/crypto/x25519.ts';
import { innerPacket, numberOf } from '../simulated/packet.ts';

export interface DescribedMachine {
  readonly name: string;
  /** Base64; a machine without is not set up. */
  readonly publicKey?: string;
  readonly presharedKey?: string;
}

export class TestNetwork {
  readonly paths: NetworkPaths;
  readonly port: number;
  #privateKey = crypto.getRandomValues(new Uint8Array(32));
  readonly #atEnd: (() => unknown)[] = [];

  private constructor(folder: string, port: number) {
    this.paths = networkPaths(join(folder, 'network.yaml'));
    this.port = port;
  }

  /** A network with these machines, written to disk; removed after the test. */
  static async make(t: TestContext, machines: readonly DescribedMachine[] = []): Promise<TestNetwork> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'wgr-running-')));
    const network = new TestNetwork(folder, await freePort());
    mkdirSync(network.paths.keys, { mode: 0o700 });
    network.changeRouterKey();
    network.describe(machines);
    t.after(async () => {
      for (const task of network.#atEnd.reverse()) await task();
      rmSync(folder, { recursive: true, force: true });
    });
    return network;
  }

  /** Has something done after the test, what was asked for last first, while the folder is still there. */
  atEnd(task: () => unknown): void {
    this.#atEnd.push(task);
  }

  get publicKey(): Uint8Array {
    return publicKeyOf(this.#privateKey);
  }

  /** Writes another private key; the file follows with the next `describe`. */
  changeRouterKey(): void {
    this.#privateKey = crypto.getRandomValues(new Uint8Array(32));
    this.writeKey('cloud.key', formatKey(this.#privateKey));
  }

  /** Writes the network file as editors do, with a file that takes the place of the old one. */
  describe(machines: readonly DescribedMachine[], more = ''): void {
    const described = machines.map(({ name, publicKey }, n) => {
      const lines = [`  ${name}:`, '    platform: linux', `    address: ["fd00:66::${(n + 2).toString(16)}"]`];
      return [...lines, ...(publicKey ? [`    public-key: ${publicKey}`] : []), ''].join('\n');
    });
    for (const { name, presharedKey } of machines) if (presharedKey) this.writeKey(`${name}.psk`, presharedKey);
    this.write(`name: test
inside: ["fd00:66::/64"]
routers:
  cloud:
    endpoint: 127.0.0.1:${this.port}
    address: ["fd00:66::1"]
    public-key: ${formatKey(this.publicKey)}
machines:
${described.join('')}${more}`);
  }

  write(text: string): void {
    writeFileSync(`${this.paths.file}~`, text);
    renameSync(`${this.paths.file}~`, this.paths.file);
  }

  read(): string {
    return readFileSync(this.paths.file, 'utf8');
  }

  writeKey(file: string, text: string): void {
    const path = join(this.paths.keys, file);
    writeFileSync(`${path}~`, `${text}\n`, { mode: 0o600 });
    renameSync(`${path}~`, path);
  }

  /** A machine that dials this router; ended after the test. */
  async machine(t: TestContext, presharedKey: Uint8Array | null = null): Promise<Machine> {
    const machine = await Machine.start({ presharedKey });
    t.after(() => machine.stop());
    machine.dial(this.publicKey, this.port);
    return machine;
  }
}

/**
 * Sends a packet from the nth machine described to the mth, again until it arrives: 10 s at most. A machine is where
 * it was last heard, so the receiver speaks first.
 */
export async function reach(from: Machine, n: number, to: Machine, m: number, number: number): Promise<void> {
  const [source, destination] = [`fd00:66::${n + 2}`, `fd00:66::${m + 2}`];
  for (let attempt = 0; attempt < 50; attempt++) {
    if (attempt % 10 === 0) to.send(innerPacket(destination, 'fd00:66::1', number));
    from.send(innerPacket(source, destination, number));
    try {
      await to.receive((packet) => numberOf(packet) === number, 200);
      return;
    } catch {}
  }
  throw new Error(`packet ${number} did not arrive`);
}

/** How many handshake messages came to a machine: one for each keypair that it asked for. */
export function handshakesOf(machine: Machine): number {
  return machine.datagrams.filter((datagram) => datagram[0] !== 4).length;
}

/** A UDP port above those that systems hand out, free on IPv4 and IPv6 at this moment. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const socket = createSocket({ type: 'udp6' });
    const isFree = await new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(false));
      socket.bind(port, '::', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    return port;
  }
}
