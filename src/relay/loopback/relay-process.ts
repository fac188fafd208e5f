/**
 * For tests: the relay as a process of its own, and a connection to its control socket.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatKey, parseKey } from '../../net/key.ts';
import { LineReader } from '../line-reader.ts';
import {
  type Boot,
  LINE_BYTES,
  type PeerConfig,
  RELAY_PROTOCOL_VERSION,
  type Ready,
  type Reply,
  type Request,
  type Status,
} from '../messages.ts';

const ENTRY = fileURLToPath(new URL('../process.ts', import.meta.url));

/** A boot message with a fresh key, a folder of its own, and port 0. */
export function bootOf(peers: readonly PeerConfig[], change: Partial<Boot> = {}): Boot {
  const folder = mkdtempSync(join(tmpdir(), 'relay-'));
  return {
    version: RELAY_PROTOCOL_VERSION,
    privateKey: formatKey(crypto.getRandomValues(new Uint8Array(32))),
    router: { name: 'cloud', listenPort: 0, addresses: ['10.77.0.1', 'fd00:77::1'], mtu: 1420, described: [] },
    peers,
    controlSocket: join(folder, 'control.sock'),
    stateFolder: folder,
    uapiDescriptor: null,
    become: null,
    ...change,
  };
}

/** A peer that dials in. */
export function peerOf(
  name: string,
  publicKey: string,
  allowedIps: readonly string[],
  change: Partial<PeerConfig> = {},
) {
  const peer: PeerConfig = {
    name,
    publicKey,
    presharedKey: null,
    allowedIps,
    exitFor: [],
    endpoint: null,
    keepalive: 0,
    mtu: 1420,
    expires: null,
    ...change,
  };
  return peer;
}

export interface SpawnOptions {
  readonly nodeOptions?: readonly string[];
  /** Descriptors of this process that the relay inherits from 3 on. */
  readonly descriptors?: readonly number[];
}

export class RelayProcess {
  readonly boot: Boot;
  readonly ready: Ready;
  readonly child: ChildProcess;
  /** What it said on standard error. */
  errors = '';

  /** Spawns a relay and waits until it is ready. Rejects with what it said instead. */
  static async start(boot: Boot, options: SpawnOptions = {}): Promise<RelayProcess> {
    const { child, line } = await spawned(`${JSON.stringify(boot)}\n`, options);
    const said = JSON.parse(line) as Ready | { type: 'failed'; code: string; message: string };
    if (said.type !== 'ready') throw Object.assign(new Error(said.message), { code: said.code });
    return new RelayProcess(boot, said, child);
  }

  private constructor(boot: Boot, ready: Ready, child: ChildProcess) {
    this.boot = boot;
    this.ready = ready;
    this.child = child;
    child.stderr?.on('data', (text) => {
      this.errors += text;
    });
  }

  get port(): number {
    return Number(/:([0-9]+)$/.exec(this.ready.listening[0]!)![1]);
  }

  get publicKey(): Uint8Array {
    return parseKey(this.ready.publicKey)!;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Ends it by a signal and waits. The folder stays, for another one with the same boot message. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.hasEnded) return;
    const closed = new Promise((resolve) => this.child.once('close', resolve));
    this.child.kill(signal);
    await closed;
  }

  /** Ends it and removes its folder. */
  async stop(): Promise<void> {
    await this.end();
    if (this.boot.stateFolder !== null) rmSync(this.boot.stateFolder, { recursive: true, force: true });
  }

  async request(request: Request): Promise<Reply> {
    const control = await Control.open(this.boot.controlSocket);
    try {
      return await control.request(JSON.stringify(request));
    } finally {
      control.close();
    }
  }

  async status(): Promise<Status> {
    return (await this.request({ type: 'status', from: 0, most: 2000 })) as Status;
  }
}

/** A connection that says what it is told to, however wrong. */
export class Control {
  readonly socket: Socket;
  readonly #lines: string[] = [];
  readonly #reader = new LineReader(LINE_BYTES);
  #wake: (() => void) | null = null;
  isClosed = false;

  static open(path: string): Promise<Control> {
    return new Promise((resolve, reject) => {
      const socket = connect({ path });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Control(socket));
      });
    });
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      this.#lines.push(...(this.#reader.take(chunk) ?? []));
      this.#wake?.();
    });
    socket.on('close', () => {
      this.isClosed = true;
      this.#wake?.();
    });
  }

  request(line: string): Promise<Reply> {
    this.socket.write(`${line}\n`);
    return this.reply();
  }

  /** The next reply; rejects when the connection ends before one. */
  async reply(): Promise<Reply> {
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) return JSON.parse(line) as Reply;
      if (this.isClosed) throw new Error('the connection ended');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async closed(): Promise<void> {
    while (!this.isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Spawns the relay's process with `input` and returns the first line that it says. */
export async function spawned(
  input: string,
  options: SpawnOptions = {},
): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(process.execPath, [...(options.nodeOptions ?? []), ENTRY], {
    stdio: ['pipe', 'pipe', 'pipe', ...(options.descriptors ?? [])],
  });
  child.stdin!.on('error', () => undefined);
  child.stdin!.end(input);
  let text = '';
  let errors = '';
  child.stderr!.on('data', (piece) => {
    errors += piece;
  });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout!.on('data', (piece) => {
      text += piece;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
    });
    child.once('close', (code) => reject(new Error(`the relay ended with ${code}: ${errors}`)));
  });
  return { child, line };
}
