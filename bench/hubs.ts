/**
 * The routers that are compared, each as one process on one CPU: our relay, and wireguard-go with kernel forwarding.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { nodeHeaders } from '../scripts/build-native.ts';
import { formatKey } from '../src/net/key.ts';
import { type Boot, RELAY_PROTOCOL_VERSION } from '../src/relay/messages.ts';
import { PrivateKey } from '../src/wireguard/crypto/x25519.ts';

export interface HubPeer {
  readonly publicKey: Uint8Array;
  /** An IPv4 address. */
  readonly inside: string;
}

/** Where a hub runs: the network namespace, the CPU that is its alone, and its port there. */
export interface Place {
  readonly netns: string;
  readonly cpu: number;
  readonly port: number;
  /** Largest inner packet, in bytes. */
  readonly mtu: number;
}

export const HUB_NAMES = ['wg-router', 'wireguard-go'] as const;
/** With each backend, and with another wireguard-go: the program that WIREGUARD_GO_2 names. */
export const MORE_HUB_NAMES = ['wg-router', 'portable', 'wireguard-go', 'wireguard-go 2'] as const;
export type HubName = (typeof MORE_HUB_NAMES)[number];
/** And what no relay can be faster than: `floor.c`. */
export type MeasuredName = HubName | 'floor';

const FLOOR = '/run/wg-router-bench-floor';

/** Compiles the floor, with the module's own sources. */
export function buildFloor(): void {
  const native = new URL('../native', import.meta.url).pathname;
  const sources = [
    new URL('floor.c', import.meta.url).pathname,
    `${native}/aead.c`,
    `${native}/avx512.c`,
    `${native}/udp.c`,
  ];
  execFileSync('cc', [
    '-O3',
    '-std=c11',
    `-isystem${nodeHeaders()}`,
    `-I${native}`,
    ...sources,
    '-o',
    FLOOR,
    '-l:libcrypto.so.3',
  ]);
}

export class Hub {
  readonly name: MeasuredName;
  readonly publicKey: Uint8Array;
  readonly #process: ChildProcess;

  private constructor(name: MeasuredName, publicKey: Uint8Array, process: ChildProcess) {
    this.name = name;
    this.publicKey = publicKey;
    this.#process = process;
  }

  /** A hub that listens and knows `peers`. */
  static start(name: HubName, place: Place, peers: readonly HubPeer[]): Promise<Hub> {
    switch (name) {
      case 'wg-router':
        return Hub.#startRelay(name, place, peers, process.env.WG_ROUTER_RELAY ?? '');
      case 'portable':
        return Hub.#startRelay(name, place, peers, 'portable');
      case 'wireguard-go':
        return Hub.#startWireguardGo(name, place, peers, 'wireguard-go');
      case 'wireguard-go 2':
        return Hub.#startWireguardGo(name, place, peers, process.env.WIREGUARD_GO_2 ?? '');
    }
  }

  /** CPU time so far of all threads that live, user and system, in seconds; the scheduler counts nanoseconds. */
  cpuSeconds(): number {
    let nanoseconds = 0;
    for (const thread of readdirSync(`/proc/${this.#process.pid}/task`)) {
      nanoseconds += Number(readFileSync(`/proc/${this.#process.pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    }
    return nanoseconds / 1e9;
  }

  residentBytes(): number {
    const status = readFileSync(`/proc/${this.#process.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('close', resolve));
    this.#process.kill('SIGTERM');
    await ended;
  }

  /** The floor: it opens with one key, seals with another, and sends to `to`. */
  static async startFloor(place: Place, to: { address: string; port: number }, keys: Uint8Array): Promise<Hub> {
    const args = [String(place.port), to.address, String(to.port), '8'];
    const child = spawn('ip', pinned(place, FLOOR, ...args), { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin!.write(keys);
    await firstLine(child);
    return new Hub('floor', new Uint8Array(32), child);
  }

  static async #startRelay(name: HubName, place: Place, peers: readonly HubPeer[], backend: string): Promise<Hub> {
    const { bytes, publicKey } = freshKey();
    const boot: Boot = {
      version: RELAY_PROTOCOL_VERSION,
      privateKey: formatKey(bytes),
      router: { name: 'bench', listenPort: place.port, addresses: ['10.77.0.1'], mtu: place.mtu, described: [] },
      peers: peers.map((peer, i) => ({
        name: `m${i}`,
        publicKey: formatKey(peer.publicKey),
        presharedKey: null,
        allowedIps: [`${peer.inside}/32`],
        exitFor: [],
        endpoint: null,
        keepalive: 0,
        mtu: place.mtu,
        expires: null,
      })),
      controlSocket: `/run/wg-router-bench-${process.hrtime.bigint()}.sock`,
      stateFolder: null,
      uapiDescriptor: null,
      become: null,
    };
    const relay = new URL('../src/relay/process.ts', import.meta.url).pathname;
    const child = spawn(
      'ip',
      pinned(place, process.execPath, ...(process.env.RELAY_OPTIONS?.split(' ') ?? []), relay),
      {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, WG_ROUTER_RELAY: backend },
      },
    );
    child.stdin!.end(`${JSON.stringify(boot)}\n`);
    const answer = JSON.parse(await firstLine(child)) as { type: string; message?: string };
    if (answer.type !== 'ready') throw new Error(`the relay says: ${answer.message ?? JSON.stringify(answer)}`);
    return new Hub(name, publicKey, child);
  }

  static async #startWireguardGo(
    name: HubName,
    place: Place,
    peers: readonly HubPeer[],
    program: string,
  ): Promise<Hub> {
    const { bytes, publicKey } = freshKey();
    const tunnel = 'wgbench';
    const child = spawn('ip', pinned(place, program, '-f', tunnel), {
      stdio: ['ignore', 'ignore', 'ignore'],
      env: { ...process.env, LOG_LEVEL: 'error' },
    });
    const inside = (...command: string[]) =>
      execFileSync('ip', ['netns', 'exec', place.netns, ...command], { stdio: ['pipe', 'pipe', 'pipe'] });
    for (let tries = 0; ; tries++) {
      try {
        inside('wg', 'show', tunnel, 'peers');
        break;
      } catch (error) {
        if (tries === 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    const configuration = [
      '[Interface]',
      `PrivateKey = ${formatKey(bytes)}`,
      `ListenPort = ${place.port}`,
      ...peers.flatMap((peer) => [
        '[Peer]',
        `PublicKey = ${formatKey(peer.publicKey)}`,
        `AllowedIPs = ${peer.inside}/32`,
      ]),
    ];
    const file = '/run/wg-router-bench.conf';
    writeFileSync(file, `${configuration.join('\n')}\n`, { mode: 0o600 });
    inside('wg', 'setconf', tunnel, file);
    inside('ip', 'address', 'add', '10.77.0.1/16', 'dev', tunnel);
    inside('ip', 'link', 'set', tunnel, 'mtu', String(place.mtu), 'up');
    inside('sysctl', '-q', '-w', 'net.ipv4.ip_forward=1', 'net.ipv4.conf.all.send_redirects=0');
    inside('sysctl', '-q', '-w', `net.ipv4.conf.${tunnel}.send_redirects=0`);
    return new Hub(name, publicKey, child);
  }
}

function freshKey(): { bytes: Uint8Array; publicKey: Uint8Array } {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return { bytes, publicKey: PrivateKey.from(bytes).publicKey };
}

/** Arguments of `ip` that run a command in that place; the process keeps its number through all of them. */
function pinned(place: Place, ...command: string[]): string[] {
  return ['netns', 'exec', place.netns, 'taskset', '-c', String(place.cpu), ...command];
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout!.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
    });
    child.once('close', (code) => reject(new Error(`the relay ended with ${code}`)));
  });
}
