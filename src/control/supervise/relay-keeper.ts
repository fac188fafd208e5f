/**
 * Keeps one relay running as a network says: starts or adopts it, changes it by differences, starts it again when it
 * dies, ends it or leaves it behind.
 *
 * One thing at a time: edits, looks at the status and a lost relay wait for each other, so that none of them meets a
 * relay that is half changed.
 */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { applySetup, type Told } from '../../apply/backend.ts';
import type { Difference } from '../../apply/difference.ts';
import { RelayBackend, relayStatus, setPages } from '../../apply/relay.ts';
import type { RelayConfig } from '../../apply/relay-config.ts';
import { RelayConnection, RelayError } from '../../apply/relay-connection.ts';
import type { Hello, Status } from '../../relay/messages.ts';
import { findRelay } from '../launch/adopt.ts';
import type { ReachedRelay } from '../launch/end-relay.ts';
import { relayCode } from '../launch/relay-code.ts';
import { relayLogTail } from '../launch/relay-log.ts';
import { type LaunchedRelay, LOG_FILE, launchRelay } from '../launch/relay-process.ts';
import { withoutLinks } from '../launch/runtime-folder.ts';
import { MachineError } from '../machine-error.ts';
import type { NetworkPaths } from '../paths.ts';
import { hasEnded, isRunning, processIdentity } from '../process-identity.ts';
import { type RelayRecord, readRelayRecord, writeRelayRecord } from './relay-record.ts';
import type { RunnableNetwork } from './runnable-network.ts';
import { controlSockets, endRelayOf } from './running-router.ts';

export type KeeperEvent =
  | { readonly type: 'relay-started'; readonly relay: LaunchedRelay }
  /** `isSameProgram`: null when it is not known which program it runs. */
  | {
      readonly type: 'relay-adopted';
      readonly hello: Hello;
      readonly listening: readonly string[];
      readonly notes: readonly string[];
      readonly isSameProgram: boolean | null;
    }
  /** It runs and must be another; `why` completes "the relay …". */
  | { readonly type: 'relay-restarted'; readonly why: string }
  | { readonly type: 'relay-lost'; readonly why: string; readonly said: readonly string[]; readonly againInMs: number }
  | { readonly type: 'relay-failed'; readonly error: Error; readonly againInMs: number }
  | { readonly type: 'changed'; readonly difference: Difference; readonly config: RelayConfig };

export interface RelayKeeperOptions {
  readonly paths: NetworkPaths;
  readonly say: (event: KeeperEvent) => void;
  /** The folder with the relay's rooms; this program's own when absent. */
  readonly source?: string;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;
/** From a relay's closed socket to the end of its process. */
const DYING_MS = 500;
/** A relay that ran for this long did not die of how it was started. */
const STEADY_MS = 60_000;

export class RelayKeeper {
  readonly #options: RelayKeeperOptions;
  #turn: Promise<unknown> = Promise.resolve();
  #network: RunnableNetwork | null = null;
  #connection: RelayConnection | null = null;
  #controlSocket: string | null = null;
  #launched: LaunchedRelay | null = null;
  #told: Told = new Map();
  #begunAt = 0;
  /** Of the relay we are connected to, or were: by this it is known again. */
  #startedAt: number | null = null;
  #waitMs = FIRST_WAIT_MS;
  #retry: NodeJS.Timeout | null = null;
  #isOver = false;

  constructor(options: RelayKeeperOptions) {
    this.#options = options;
  }

  /**
   * Makes the relay hold `network`; it is started where none can be adopted. Rejects with what the machine said; the
   * network counts as wanted all the same.
   */
  hold(network: RunnableNetwork): Promise<void> {
    return this.#inTurn(async () => {
      try {
        await this.#hold(network);
      } catch (error) {
        if (!(error instanceof RelayError)) throw error;
        throw new MachineError(error.reason ?? error.code, error.message, { cause: error });
      }
    });
  }

  /** How the relay is, or null while there is none. */
  status(): Promise<Status | null> {
    return this.#inTurn(async () => {
      if (this.#connection === null) return null;
      try {
        return await relayStatus(this.#connection);
      } catch (error) {
        if (error instanceof RelayError) return null;
        throw error;
      }
    });
  }

  /** Ends the relay. */
  end(): Promise<void> {
    this.#stopRetrying();
    return this.#inTurn(async () => {
      const reached = this.#reached();
      this.#connection = null;
      await endRelayOf(this.#options.paths, reached, this.#launched?.uapiSocket);
    });
  }

  /** Goes and lets the relay go on. */
  leave(): void {
    this.#stopRetrying();
    this.#connection?.close();
    this.#connection = null;
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(task);
    this.#turn = result.catch(() => {});
    return result;
  }

  #stopRetrying(): void {
    this.#isOver = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
  }

  async #hold(network: RunnableNetwork): Promise<void> {
    const before = this.#network;
    this.#network = network;
    if (before !== null && before.publicKey !== network.publicKey && this.#connection !== null) {
      await this.#restart(this.#reached(), 'runs with another router key');
    }
    if (this.#connection === null) await this.#begin(network);
    else await this.#change(network);
  }

  /** Adopts the relay that is there, or starts one. */
  async #begin(network: RunnableNetwork): Promise<void> {
    const { paths, say } = this.#options;
    const record = this.#record();
    const found = await findRelay(controlSockets(paths), network.publicKey);
    if (found.kind === 'fit') {
      await this.#adopt(network, found.connection, found.hello, found.controlSocket);
      return;
    }
    if (found.kind === 'unfit') await this.#restart(found.reached, found.why);
    else if (record.process !== null && isRunning(record.process)) {
      await this.#restart(null, `(process ${record.process.pid}) cannot be reached at its control socket`);
    }
    await this.#launch(network, say);
  }

  async #adopt(network: RunnableNetwork, connection: RelayConnection, hello: Hello, socket: string): Promise<void> {
    const record = this.#record();
    const identity = processIdentity(hello.pid);
    const isKnown = identity !== null && record.process?.began === identity.began && record.process.pid === hello.pid;
    const codeDigest = isKnown ? record.codeDigest : null;
    const isSameProgram = codeDigest === null ? null : codeDigest === relayCode(this.#options.source).digest;
    const isAnother = hello.startedAt !== this.#startedAt;
    this.#startedAt = hello.startedAt;
    this.#connected(connection, socket);
    if (isAnother) {
      const { listening, notes } = await connection.request({ type: 'status', from: 0, most: 0 });
      this.#options.say({ type: 'relay-adopted', hello, listening, notes, isSameProgram });
    }
    this.#write({ ...record, process: identity, controlSocket: socket, codeDigest });
    try {
      await this.#change(network);
    } catch (error) {
      if (!(error instanceof RelayError)) throw error;
      await this.#restart(this.#reached(), `does not take the network as it is now (${error.message})`);
      await this.#launch(network, this.#options.say);
    }
  }

  async #launch(network: RunnableNetwork, say: (event: KeeperEvent) => void): Promise<void> {
    const { paths, source } = this.#options;
    const { router, peers } = network.config;
    const record = this.#record();
    const first = setPages(peers)[0] ?? [];
    const relay = await launchRelay({
      networkFile: withoutLinks(paths.file),
      networkName: network.name,
      stateFolder: paths.state,
      boot: { privateKey: network.privateKey, router, peers: first },
      drawnBefore: record.drawnUid,
      source,
    });
    this.#launched = relay;
    this.#begunAt = performance.now();
    const { identity: process, controlSocket, uapiSocket, codeDigest, user } = relay;
    const drawnUid = user?.isDrawn ? user.uid : record.drawnUid;
    this.#write({ ...record, process, controlSocket, uapiSocket, codeDigest, drawnUid });
    const connection = await RelayConnection.open(controlSocket);
    this.#connected(connection, controlSocket);
    this.#startedAt = (await connection.request({ type: 'hello' })).startedAt;
    this.#told = new Map(first.map((peer) => [peer.publicKey, peer]));
    say({ type: 'relay-started', relay });
    if (first.length < peers.length) await this.#change(network);
  }

  async #change(network: RunnableNetwork): Promise<void> {
    const backend = new RelayBackend(this.#connection!);
    const difference = await applySetup(backend, network.config, this.#told);
    this.#options.say({ type: 'changed', difference, config: network.config });
  }

  async #restart(reached: ReachedRelay | null, why: string): Promise<void> {
    this.#options.say({ type: 'relay-restarted', why });
    this.#connection = null;
    await endRelayOf(this.#options.paths, reached, this.#launched?.uapiSocket);
  }

  #connected(connection: RelayConnection, controlSocket: string): void {
    this.#connection = connection;
    this.#controlSocket = controlSocket;
    this.#told = new Map();
    connection.closed.then(() => {
      if (this.#connection === connection) this.#inBackground(() => this.#lost(connection));
    });
  }

  /** The connection ended, and nobody here ended it. */
  async #lost(connection: RelayConnection): Promise<void> {
    if (this.#connection !== connection || this.#isOver) return;
    this.#connection = null;
    const { process } = this.#record();
    // One that still runs is adopted again without a word. A process that dies closes its sockets first.
    if (process !== null && !(await hasEnded(process, DYING_MS))) {
      await this.#try();
      return;
    }
    if (performance.now() - this.#begunAt >= STEADY_MS) this.#waitMs = FIRST_WAIT_MS;
    const why = await Promise.race([this.#launched?.ended ?? 'it ended', sleep(DYING_MS, 'it ended')]);
    const said = relayLogTail(join(this.#options.paths.state, LOG_FILE), 5).filter((line) => line !== '');
    const againInMs = this.#tryLater();
    this.#options.say({ type: 'relay-lost', why, said, againInMs });
  }

  /** Returns in how many milliseconds. */
  #tryLater(): number {
    const waitMs = this.#waitMs;
    this.#waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#inBackground(() => this.#try());
    }, waitMs);
    return waitMs;
  }

  async #try(): Promise<void> {
    if (this.#isOver || this.#connection !== null || this.#network === null) return;
    await this.#begin(this.#network);
  }

  /** What nobody waits for: it is tried again when it fails. */
  #inBackground(task: () => Promise<void>): void {
    this.#inTurn(task).catch((error: Error) => {
      if (this.#isOver) return;
      const againInMs = this.#tryLater();
      this.#options.say({ type: 'relay-failed', error, againInMs });
    });
  }

  #reached(): ReachedRelay | null {
    const [connection, controlSocket] = [this.#connection, this.#controlSocket];
    return connection === null || controlSocket === null ? null : { connection, controlSocket };
  }

  #record(): RelayRecord {
    return readRelayRecord(this.#options.paths.state);
  }

  #write(record: RelayRecord): void {
    writeRelayRecord(this.#options.paths.state, record);
  }
}
