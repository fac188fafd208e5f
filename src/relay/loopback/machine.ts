/**
 * For tests: a WireGuard machine on loopback. A `Device` behind a socket of its own, whose inner side is the test.
 */

import { createSocket, type Socket } from 'node:dgram';
import type { Endpoint } from '../../net/endpoint.ts';
import { formatKey } from '../../net/key.ts';
import { type Prefix, parsePrefix } from '../../net/prefix.ts';
import {
  BATCH_PACKETS,
  Batch,
  DATA_HEADER_BYTES,
  INNER_LENGTH,
  OFFSET,
  SLOT_BYTES,
  STATUS,
  STATUS_READY,
} from '../../wireguard/batch.ts';
import { NodeCryptoAead } from '../../wireguard/crypto/node-crypto.ts';
import { systemEntropy } from '../../wireguard/crypto/system-entropy.ts';
import { publicKeyOf } from '../../wireguard/crypto/x25519.ts';
import { Device } from '../../wireguard/device.ts';
import type { Peer } from '../../wireguard/peer.ts';

export interface MachineOptions {
  /** Where the machine's socket is: `127.0.0.1` or `::1`. */
  readonly outside?: string;
  readonly keepaliveSeconds?: number;
  readonly presharedKey?: Uint8Array | null;
}

export class Machine {
  readonly privateKey: Uint8Array;
  readonly publicKey: string;
  readonly device: Device;
  /** Every datagram that came, as it was. */
  readonly datagrams: Uint8Array[] = [];
  /** Every inner packet that came. */
  readonly inbox: Uint8Array[] = [];
  #socket: Socket;
  #router: Peer | null = null;
  readonly #batch: Batch;
  readonly #options: MachineOptions;
  #timer: NodeJS.Timeout | null = null;
  #waiting: (() => void)[] = [];

  private constructor(socket: Socket, options: MachineOptions) {
    this.privateKey = crypto.getRandomValues(new Uint8Array(32));
    this.publicKey = formatKey(publicKeyOf(this.privateKey));
    this.#options = options;
    const aead = new NodeCryptoAead((BATCH_PACKETS + 1) * SLOT_BYTES, 64);
    this.#batch = new Batch(aead.arena);
    this.device = new Device({
      aead,
      entropy: systemEntropy,
      wallClock: Date.now,
      output: (datagram, endpoint) => this.#send(Uint8Array.from(datagram), endpoint),
    });
    this.device.setPrivateKey(this.privateKey, performance.now());
    this.#socket = socket;
    this.#listen();
  }

  static async start(options: MachineOptions = {}): Promise<Machine> {
    return new Machine(await bound(options.outside ?? '127.0.0.1'), options);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  get router(): Peer {
    return this.#router!;
  }

  /** Takes the router as peer, for everything. */
  dial(routerPublicKey: Uint8Array, port: number): void {
    const address = this.#options.outside ?? '127.0.0.1';
    this.#router = this.device.addPeer(
      {
        publicKey: routerPublicKey,
        presharedKey: this.#options.presharedKey ?? null,
        allowedIps: ['0.0.0.0/0', '::/0'].map((text) => parsePrefix(text) as Prefix),
        endpoint: { family: address.includes(':') ? 6 : 4, address, port },
        keepaliveSeconds: this.#options.keepaliveSeconds ?? 0,
        expires: null,
      },
      performance.now(),
    );
    this.#arm();
  }

  /** Sends an inner packet to the router. */
  send(packet: Uint8Array): void {
    this.device.sendTo(this.router, packet, performance.now());
    this.#arm();
  }

  /** Sends a datagram as it is. */
  sendRaw(datagram: Uint8Array, port: number): void {
    this.#socket.send(datagram, port, this.#options.outside ?? '127.0.0.1');
  }

  /** Goes on from another port, as after a change of network. */
  async move(): Promise<void> {
    this.#socket.close();
    this.#socket = await bound(this.#options.outside ?? '127.0.0.1');
    this.#listen();
  }

  /** The first inner packet that came or comes and that `accept` takes; it leaves the inbox. Rejects after `withinMs`. */
  async receive(accept: (packet: Uint8Array) => boolean = () => true, withinMs = 10_000): Promise<Uint8Array> {
    const until = performance.now() + withinMs;
    for (;;) {
      const at = this.inbox.findIndex(accept);
      if (at >= 0) return this.inbox.splice(at, 1)[0]!;
      const left = until - performance.now();
      if (left <= 0) throw new Error(`no such packet came within ${withinMs} ms; the inbox holds ${this.inbox.length}`);
      await this.#something(left);
    }
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#socket.close();
  }

  #something(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #listen(): void {
    this.#socket.on('error', () => undefined);
    this.#socket.on('message', (datagram, source) => {
      this.datagrams.push(datagram);
      const now = performance.now();
      const batch = this.#batch;
      batch.clear();
      batch.add(datagram, { family: source.family === 'IPv4' ? 4 : 6, address: source.address, port: source.port });
      this.device.open(batch, now);
      this.device.handshakes(now, 10);
      if (batch.rows[STATUS] === STATUS_READY) {
        const at = batch.rows[OFFSET]! + DATA_HEADER_BYTES;
        this.inbox.push(batch.arena.slice(at, at + batch.rows[INNER_LENGTH]!));
      }
      for (const wake of this.#waiting.splice(0)) wake();
      this.#arm();
    });
  }

  #send(datagram: Uint8Array, endpoint: Endpoint): void {
    this.#socket.send(datagram, endpoint.port, endpoint.address, () => undefined);
  }

  #arm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const due = this.device.nextDeadline() - performance.now();
    if (due > 60_000) return;
    this.#timer = setTimeout(
      () => {
        this.device.advance(performance.now());
        this.#arm();
      },
      Math.max(1, due),
    );
  }
}

function bound(address: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 4 * 1024 * 1024 });
    socket.once('error', reject);
    socket.bind(0, address, () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
