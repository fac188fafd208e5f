/**
 * Runs a network: holds the lock, follows the file and the keys, keeps the relay, and tells what happens. It prints
 * nothing and reads no network file itself; both are its caller's.
 */

import { join } from 'node:path';
import type { Diagnostic } from '../../description/diagnostic.ts';
import type { Status } from '../../relay/messages.ts';
import { lastConfigurationAt, readHandedOut } from '../handed-out.ts';
import { trimRelayLog } from '../launch/relay-log.ts';
import { LOG_FILE } from '../launch/relay-process.ts';
import type { LoadedPlan } from '../load-plan.ts';
import type { NetworkPaths } from '../paths.ts';
import { ensureOwnFolder } from '../state-folder.ts';
import { type ArrivalNews, Arrivals } from './arrivals.ts';
import { ControlLock } from './control-lock.ts';
import { FileWatch } from './file-watch.ts';
import { nothingArrives } from './nothing-arrives.ts';
import { type KeeperEvent, RelayKeeper } from './relay-keeper.ts';
import { readRelayRecord, writeRelayRecord } from './relay-record.ts';
import { type LoadedNetwork, loadNetwork, type RunnableNetwork } from './runnable-network.ts';
import { unfulfilled } from './unfulfilled.ts';

export type SupervisorEvent =
  | KeeperEvent
  /** The network was read and is good; told before the relay is changed. */
  | {
      readonly type: 'loaded';
      readonly network: RunnableNetwork;
      readonly loaded: LoadedPlan;
      readonly isFirst: boolean;
      readonly wasMistaken: boolean;
    }
  /** What the network is expected to do and does not, as warnings: it is routed all the same. */
  | { readonly type: 'unfulfilled'; readonly diagnostics: readonly Diagnostic[]; readonly text: string }
  | { readonly type: 'mistaken'; readonly diagnostics: readonly Diagnostic[]; readonly text: string }
  | { readonly type: 'absent' }
  | { readonly type: 'back' }
  /** An edit is good and the machine said no. */
  | { readonly type: 'not-applied'; readonly error: Error }
  /** Something beside the router itself cannot be done: a full disk, a folder that is gone. Told once. */
  | { readonly type: 'trouble'; readonly error: Error }
  /** How the relay is, every few seconds; null while none runs. */
  | { readonly type: 'looked'; readonly status: Status | null }
  | { readonly type: 'arrived'; readonly news: ArrivalNews }
  | { readonly type: 'nothing-arrives'; readonly listening: readonly string[] };

/** `left` and `replaced`: the relay goes on. `mistaken`: nothing was started, and a relay that ran goes on. */
export type SupervisorEnd = 'ended' | 'left' | 'replaced' | 'mistaken';

export interface SupervisorOptions {
  readonly paths: NetworkPaths;
  readonly replace: boolean;
  readonly say: (event: SupervisorEvent) => void;
  /** The folder with the relay's rooms; this program's own when absent. */
  readonly source?: string;
  /** ms since 1970. */
  readonly now?: () => number;
}

const TICK_MS = 1_000;
/** Between two looks at who is here. The relay makes a status between packets: with many peers it is asked less often. */
const LOOK_MS = 2_000;
const LOOK_MS_PER_PEER = 3;
const LONGEST_LOOK_MS = 30_000;
const TRIM_MS = 60_000;

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #keeper: RelayKeeper;
  readonly #arrivals = new Arrivals();
  readonly #now: () => number;
  #finish: (how: 'ended' | 'left' | 'replaced') => void = () => {};
  readonly #finished = new Promise<'ended' | 'left' | 'replaced'>((resolve) => {
    this.#finish = resolve;
  });
  #loading: Promise<void> = Promise.resolve();
  #isAbsent = false;
  /** Those that were told last, while the file has any. */
  #lastMistakes: string | null = null;
  #lastTrouble: string | null = null;
  /** The text that was proved last. */
  #lastProved: string | null = null;
  #handedOutAt: number | null = null;
  #isLooking = false;
  #isPrimed = false;
  #nextLookAt = 0;
  #nextTrimAt = 0;
  #relayStartedAt: number | null = null;
  #hasSaidNothingArrives = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    const { paths, source } = options;
    this.#keeper = new RelayKeeper({ paths, source, say: (event) => this.#heard(event) });
  }

  /**
   * Runs until `end` or `leave`, or until another control takes over. Rejects with what the machine said when the
   * network cannot be begun; later failures are told and tried again.
   */
  async run(): Promise<SupervisorEnd> {
    const { paths, replace } = this.#options;
    ensureOwnFolder(paths.state);
    const lock = await ControlLock.take(paths.state, { replace });
    const watches: FileWatch[] = [];
    let tick: NodeJS.Timeout | null = null;
    try {
      // Watched before it is read: an edit in between is seen.
      const onSettled = () => this.#reload();
      watches.push(new FileWatch(paths.file, { onSettled }), new FileWatch(paths.keys, { onSettled }));
      const first = this.#begin();
      this.#loading = first.then(
        () => {},
        () => {},
      );
      if (!(await first)) return 'mistaken';
      tick = setInterval(() => this.#tick(lock), TICK_MS);
      const how = await this.#finished;
      clearInterval(tick);
      await this.#loading;
      if (how === 'ended') await this.#keeper.end();
      else this.#keeper.leave();
      return how;
    } finally {
      if (tick !== null) clearInterval(tick);
      for (const watch of watches) watch.close();
      this.#keeper.leave();
      lock.release();
    }
  }

  /** Ends the relay, and then this. */
  end(): void {
    this.#finish('ended');
  }

  /** Ends this; the relay goes on. */
  leave(): void {
    this.#finish('left');
  }

  #heard(event: SupervisorEvent): void {
    if (event.type === 'relay-started' || event.type === 'relay-adopted') {
      this.#relayStartedAt = event.type === 'relay-adopted' ? event.hello.startedAt : this.#now();
      this.#isPrimed = event.type === 'relay-started';
      this.#nextLookAt = 0;
    }
    this.#options.say(event);
  }

  /** Whether there is a network to run. */
  async #begin(): Promise<boolean> {
    const loaded = await loadNetwork(this.#options.paths);
    if (loaded.kind === 'good') await this.#take(loaded, true);
    else this.#heard(loaded.kind === 'absent' ? { type: 'absent' } : { ...loaded, type: 'mistaken' });
    return loaded.kind === 'good';
  }

  #reload(): void {
    this.#loading = this.#loading.then(async () => {
      try {
        const loaded = await loadNetwork(this.#options.paths);
        if (loaded.kind === 'good') await this.#take(loaded, false);
        else if (loaded.kind === 'absent') this.#missing();
        else this.#mistaken(loaded);
      } catch (error) {
        this.#heard({ type: 'not-applied', error: error as Error });
      }
    });
  }

  async #take({ network, loaded }: Extract<LoadedNetwork, { kind: 'good' }>, isFirst: boolean): Promise<void> {
    this.#found();
    const wasMistaken = this.#lastMistakes !== null;
    this.#lastMistakes = null;
    this.#handedOutAt = lastConfigurationAt(loaded.handedOut);
    this.#heard({ type: 'loaded', network, loaded, isFirst, wasMistaken });
    this.#prove(loaded);
    await this.#keeper.hold(network);
  }

  /** Whatever comes of it, the network is run. */
  #prove({ plan, text }: LoadedPlan): void {
    if (plan === null || text === this.#lastProved) return;
    this.#lastProved = text;
    try {
      const diagnostics = unfulfilled(plan);
      if (diagnostics.length > 0) this.#heard({ type: 'unfulfilled', diagnostics, text });
    } catch (error) {
      this.#trouble(error as Error);
    }
  }

  #mistaken({ diagnostics, text }: Extract<LoadedNetwork, { kind: 'mistaken' }>): void {
    this.#found();
    const mistakes = JSON.stringify(diagnostics);
    if (mistakes === this.#lastMistakes) return;
    this.#lastMistakes = mistakes;
    this.#heard({ type: 'mistaken', diagnostics, text });
  }

  #missing(): void {
    if (!this.#isAbsent) this.#heard({ type: 'absent' });
    this.#isAbsent = true;
  }

  #found(): void {
    if (this.#isAbsent) this.#heard({ type: 'back' });
    this.#isAbsent = false;
  }

  #tick(lock: ControlLock): void {
    try {
      if (!lock.isOurs()) {
        this.#finish('replaced');
        return;
      }
      const now = this.#now();
      if (now >= this.#nextTrimAt) {
        this.#nextTrimAt = now + TRIM_MS;
        trimRelayLog(join(this.#options.paths.state, LOG_FILE));
      }
      if (now >= this.#nextLookAt && !this.#isLooking) this.#lookInBackground();
    } catch (error) {
      this.#trouble(error as Error);
    }
  }

  #lookInBackground(): void {
    this.#isLooking = true;
    this.#look()
      .catch((error: Error) => this.#trouble(error))
      .finally(() => {
        this.#isLooking = false;
      });
  }

  #trouble(error: Error): void {
    if (error.message === this.#lastTrouble) return;
    this.#lastTrouble = error.message;
    this.#heard({ type: 'trouble', error });
  }

  async #look(): Promise<void> {
    const status = await this.#keeper.status();
    const now = this.#now();
    this.#heard({ type: 'looked', status });
    if (status === null) return;
    this.#nextLookAt = now + Math.min(Math.max(LOOK_MS, status.peerCount * LOOK_MS_PER_PEER), LONGEST_LOOK_MS);
    if (!this.#isPrimed) {
      this.#isPrimed = true;
      this.#arrivals.prime(status.peers);
    }
    const news = this.#arrivals.news(status.peers, now);
    if (news.arrivals.length > 0) this.#heard({ type: 'arrived', news });
    this.#noticeSilence(status.lastDatagramAt, status.listening, now);
  }

  #noticeSilence(lastDatagramAt: number | null, listening: readonly string[], now: number): void {
    const { state } = this.#options.paths;
    const record = readRelayRecord(state);
    if (lastDatagramAt !== null && !record.hasReceived) writeRelayRecord(state, { ...record, hasReceived: true });
    if (this.#hasSaidNothingArrives || this.#relayStartedAt === null) return;
    const facts = {
      startedAt: this.#relayStartedAt,
      lastDatagramAt,
      hasReceived: record.hasReceived,
      handedOutAt: this.#newestHandOut(),
    };
    if (!nothingArrives(facts, now)) return;
    this.#hasSaidNothingArrives = true;
    this.#heard({ type: 'nothing-arrives', listening });
  }

  /** `config` writes the record in another process; it is read anew only while nothing has arrived. */
  #newestHandOut(): number | null {
    try {
      return lastConfigurationAt(readHandedOut(this.#options.paths));
    } catch {
      return this.#handedOutAt;
    }
  }
}
