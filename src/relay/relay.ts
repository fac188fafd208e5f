/**
 * The relay: protocol, router, port and clock in one loop.
 *
 *   port ─▶ open ─▶ route ─▶ seal ─▶ port        after each batch: a few handshakes, then the timer is set
 *
 * One timer stands for everything that waits: the protocol's deadlines, calls to peers that are remembered, and once a
 * second a look at the clock, the names and the file of endpoints.
 */

import { type Address, formatAddress, parseAddress } from '../net/address.ts';
import { type Endpoint, sameEndpoint } from '../net/endpoint.ts';
import { formatKey, parseKey } from '../net/key.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Batch } from '../wireguard/batch.ts';
import { START_PACE_MS } from '../wireguard/constants.ts';
import { systemEntropy } from '../wireguard/crypto/system-entropy.ts';
import { Device } from '../wireguard/device.ts';
import { dropNumber } from '../wireguard/drop.ts';
import type { Peer } from '../wireguard/peer.ts';
import { type BackendChoice, backendChoice, chooseBackend, type RelayBackend } from './backend/backend.ts';
import type { Sockets } from './backend/sockets.ts';
import { BootClock } from './boot-clock.ts';
import { EndpointNames, type Resolve } from './endpoint-names.ts';
import type { Boot, Changed, PeerConfig, RouterConfig, Status } from './messages.ts';
import { ChangeMistake, PeerTable, parsePrefixes, type TablePeer } from './peer-table.ts';
import { Router } from './router/router.ts';
import { type Seen, SeenEndpoints, WRITE_AFTER_MS, WRITE_AT_FIRST_MS } from './seen-endpoints.ts';
import { namedDrops, peerStatus } from './status.ts';

/** Six a peer at most: 43,000 peers in the middle of a handshake each. 8 MiB that are taken as they are used. */
const KEY_SLOTS = 262_144;
/** Handshake messages a turn while packets come, and while none do: 0.25 ms each. */
const HANDSHAKES_BESIDE_DATA = 2;
const HANDSHAKES_ALONE = 8;
/** Over this long the share of time that handshakes take is measured. */
const SHARE_WINDOW_MS = 250;
const LOOK_AROUND_MS = 1_000;
/** Calls to peers in one turn at most: 3 ms. */
const CALLS_A_TURN = 16;

const SEND_FAILED = dropNumber('send-failed');
const MALFORMED = dropNumber('malformed');

/** What tests put in place of the machine. */
export interface RelayRim {
  readonly choice?: BackendChoice;
  readonly clock?: BootClock;
  readonly resolve?: Resolve;
}

export class Relay {
  readonly startedAt = Date.now();
  /** When the last datagram of any kind came, ms since 1970; null for never. */
  lastDatagramAt: number | null = null;
  readonly publicKey: string;
  readonly #backend: RelayBackend;
  readonly #clock: BootClock;
  readonly #device: Device;
  readonly #router: Router;
  readonly #names: EndpointNames;
  readonly #seen: SeenEndpoints | null;
  readonly #table: PeerTable;
  #routerConfig: RouterConfig;
  #sockets: Sockets | null = null;
  #isStopped = false;
  #changing: Promise<unknown> = Promise.resolve();

  #timer: NodeJS.Timeout | null = null;
  #timerAt = Number.POSITIVE_INFINITY;
  #lookAroundAt: number;
  #writeSeenAt: number;
  readonly #firstUntil: number;
  /** Peers to call, last first, and when the next call is due. */
  readonly #toCall: Peer[] = [];
  #callAt = 0;
  #areHandshakesPlanned = false;
  #hadBatch = false;
  #shareFrom = 0;
  #shareMs = 0;

  /**
   * Binds the port and takes the boot message's peers in. Rejects with a `BindError`, a `ChangeMistake` or a
   * `BackendMistake`.
   */
  static async start(boot: Boot, rim: RelayRim = {}): Promise<Relay> {
    const relay = new Relay(boot, rim);
    await relay.#open(boot);
    return relay;
  }

  private constructor(boot: Boot, rim: RelayRim) {
    const privateKey = parseKey(boot.privateKey);
    if (privateKey === null) throw new ChangeMistake('key-invalid', "the router's private key is not a key");
    this.#backend = chooseBackend(rim.choice ?? backendChoice(process.env), KEY_SLOTS);
    this.#clock = rim.clock ?? new BootClock();
    const now = this.#clock.now();
    this.#lookAroundAt = now + LOOK_AROUND_MS;
    this.#writeSeenAt = now + WRITE_AT_FIRST_MS;
    this.#firstUntil = now + WRITE_AFTER_MS;
    this.#device = new Device({
      aead: this.#backend.aead,
      entropy: systemEntropy,
      wallClock: Date.now,
      output: (datagram, endpoint, _kind, tos) => this.#sockets?.sendCopy(datagram, endpoint, tos),
    });
    this.#device.setPrivateKey(privateKey, now);
    privateKey.fill(0);
    this.publicKey = formatKey(this.#device.publicKey!);
    this.#router = new Router(this.#device);
    this.#routerConfig = boot.router;
    this.#names = new EndpointNames({
      resolve: rim.resolve,
      isUsable: (family) => this.#sockets?.has(family) ?? false,
      found: (publicKey, endpoint) => this.#found(publicKey, endpoint),
      failedAttempts: (publicKey) => this.#table.byKey(publicKey)?.peer.handshakeAttempts ?? 0,
    });
    this.#seen = boot.stateFolder === null ? null : SeenEndpoints.read(boot.stateFolder, Date.now());
    this.#table = new PeerTable(this.#device, {
      endpointConfigured: (publicKey, endpoint, at) => {
        if (endpoint === null) this.#names.forget(publicKey);
        else this.#names.watch(publicKey, endpoint, at);
      },
      removed: (publicKey) => this.#names.forget(publicKey),
      lastSeen: (publicKey) => this.#usable(this.#seen?.endpointOf(publicKey) ?? null),
    });
  }

  get listening(): readonly string[] {
    return this.#sockets?.listening ?? [];
  }

  get notes(): readonly string[] {
    const seen = this.#seen?.note ?? null;
    return [...(this.#sockets?.notes ?? []), ...(seen === null ? [] : [seen])];
  }

  /** The UDP port it is bound to. */
  get port(): number {
    return this.#sockets?.port ?? 0;
  }

  /**
   * Applies a change, whole or not at all; changes take turns. Rejects with a `ChangeMistake`, or a `BindError` when
   * the new port cannot be had.
   */
  change(router: RouterConfig | null, set: readonly PeerConfig[], remove: readonly string[]): Promise<Changed> {
    const changed = this.#changing.then(() => this.#change(router, set, remove));
    this.#changing = changed.catch(() => undefined);
    return changed;
  }

  /** The relay now, with the peers from number `from` on, at most `most`. */
  status(from: number, most: number): Status {
    const now = this.#clock.now();
    const wall = Date.now();
    const peers = [];
    let number = 0;
    for (const entry of this.#table.values()) {
      if (number >= from + most) break;
      if (number++ >= from) peers.push(peerStatus(entry, now, wall));
    }
    return {
      type: 'status',
      pid: process.pid,
      publicKey: this.publicKey,
      startedAt: this.startedAt,
      backend: this.#backend.name,
      backendReason: this.#backend.reason,
      router: { ...this.#routerConfig, listenPort: this.port },
      listening: this.listening,
      notes: this.notes,
      lastDatagramAt: this.lastDatagramAt,
      drops: namedDrops(this.#device.drops),
      forwardedPackets: this.#router.forwardedPackets,
      forwardedBytes: this.#router.forwardedBytes,
      underLoad: this.#device.underLoad,
      peerCount: this.#table.size,
      peers,
    };
  }

  /** Every peer, for the userspace configuration protocol. */
  tablePeers(): IterableIterator<TablePeer> {
    return this.#table.values();
  }

  /** A moment of the device's clock as ms since 1970. */
  wallTime(moment: number): number {
    return Date.now() - (this.#clock.now() - moment);
  }

  /** Ends the port and the timers and writes down where the peers are. Nothing is sent: peers notice by themselves. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#sockets?.close();
    await this.#seen?.update(this.#seenNow());
  }

  async #open(boot: Boot): Promise<void> {
    const parsed = parseRouter(boot.router);
    const checked = this.#table.check(boot.peers, [], this.publicKey);
    this.#sockets = await this.#bind(boot.router.listenPort);
    this.#configure(boot.router, parsed);
    const now = this.#clock.now();
    this.#table.apply(checked, now);
    this.#callExpected(now);
    this.#setTimer();
  }

  #bind(port: number): Promise<Sockets> {
    return this.#backend.openSockets(port, {
      batch: (batch) => this.#relay(batch),
      sendFailed: () => this.#countDrop(SEND_FAILED),
      malformed: () => this.#countDrop(MALFORMED),
    });
  }

  async #change(router: RouterConfig | null, set: readonly PeerConfig[], remove: readonly string[]): Promise<Changed> {
    const checked = this.#table.check(set, remove, this.publicKey);
    if (router !== null) {
      const parsed = parseRouter(router);
      if (router.listenPort !== 0 && router.listenPort !== this.port) {
        const before = this.#sockets;
        this.#sockets = await this.#bind(router.listenPort);
        await before?.close();
      }
      this.#configure(router, parsed);
    }
    const counts = this.#table.apply(checked, this.#clock.now());
    this.#setTimer();
    return { type: 'changed', ...counts };
  }

  #configure(config: RouterConfig, { addresses, described }: ParsedRouter): void {
    this.#routerConfig = config;
    this.#device.setMtu(config.mtu);
    this.#router.setMtu(config.mtu);
    this.#router.setAddresses(addresses);
    this.#device.exits.setDescribed(described);
  }

  #relay(batch: Batch): void {
    if (this.#isStopped) return;
    const now = this.#clock.now();
    this.lastDatagramAt = Date.now();
    this.#device.open(batch, now);
    this.#router.route(batch, now);
    this.#device.seal(batch, now);
    this.#sockets!.send(batch);
    this.#hadBatch = true;
    this.#workHandshakes(HANDSHAKES_BESIDE_DATA);
    this.#setTimer();
  }

  /** Works off some of the handshake messages; what is left gets its turn after the packets that came meanwhile. */
  #workHandshakes(most: number): void {
    if (this.#device.waitingHandshakes === 0) return;
    const from = threadCpuMs();
    const left = this.#device.handshakes(this.#clock.now(), most);
    // Of the CPU: a machine that is busy with others takes longer, and is not under load for that.
    this.#shareMs += threadCpuMs() - from;
    const until = performance.now();
    if (until - this.#shareFrom >= SHARE_WINDOW_MS) {
      this.#device.reportHandshakeShare(this.#shareMs / (until - this.#shareFrom), this.#clock.now());
      this.#shareFrom = until;
      this.#shareMs = 0;
    }
    if (left === 0 || this.#areHandshakesPlanned) return;
    this.#areHandshakesPlanned = true;
    setImmediate(() => {
      this.#areHandshakesPlanned = false;
      if (this.#isStopped) return;
      const most = this.#hadBatch ? 1 : HANDSHAKES_ALONE;
      this.#hadBatch = false;
      this.#workHandshakes(most);
      this.#setTimer();
    });
  }

  /** Sets the one timer to what is due first. One that rings too early is left: it costs less than setting it anew. */
  #setTimer(): void {
    if (this.#isStopped) return;
    const callAt = this.#toCall.length > 0 ? this.#callAt : Number.POSITIVE_INFINITY;
    const due = Math.min(this.#device.nextDeadline(), this.#lookAroundAt, callAt);
    if (this.#timer !== null && this.#timerAt <= due) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAt = due;
    this.#timer = setTimeout(() => this.#timerFired(), Math.max(1, Math.ceil(due - this.#clock.now())));
  }

  #timerFired(): void {
    this.#timer = null;
    const now = this.#clock.now();
    if (now >= this.#lookAroundAt) this.#lookAround(now);
    this.#device.advance(this.#clock.now());
    this.#call(this.#clock.now());
    this.#setTimer();
  }

  #lookAround(now: number): void {
    this.#lookAroundAt = now + LOOK_AROUND_MS;
    if (this.#clock.hasSlept()) {
      const woke = this.#clock.now();
      this.#lookAroundAt = woke + LOOK_AROUND_MS;
      this.#device.suspended(woke);
    }
    this.#names.check(now);
    if (this.#seen !== null && now >= this.#writeSeenAt) {
      this.#writeSeenAt = now + (now < this.#firstUntil ? WRITE_AT_FIRST_MS : WRITE_AFTER_MS);
      void this.#seen.update(this.#seenNow());
    }
  }

  /** Begins to call the peers that are expected to be there, those that were heard last first. */
  #callExpected(now: number): void {
    const heardAt = (entry: TablePeer) => this.#seen?.heardAt(entry.config.publicKey) ?? 0;
    const expected = [...this.#table.values()].filter((entry) => this.#isExpected(entry));
    expected.sort((a, b) => heardAt(a) - heardAt(b));
    this.#toCall.length = 0;
    for (const { peer } of expected) if (peer.endpoint !== null) this.#toCall.push(peer);
    this.#callAt = now;
  }

  /** Whether a peer should hear from us: it was there before a restart, has a keepalive, or somebody waits for it. */
  #isExpected({ config, peer }: TablePeer): boolean {
    const wasHeard = this.#seen !== null && this.#seen.heardAt(config.publicKey) !== null;
    return wasHeard || peer.keepaliveSeconds > 0 || peer.handshakeAttempts > 0;
  }

  #call(now: number): void {
    for (let calls = 0; calls < CALLS_A_TURN && this.#toCall.length > 0 && this.#callAt <= now; calls++) {
      const peer = this.#toCall.pop()!;
      this.#callAt += START_PACE_MS;
      // It may have come by itself.
      if (peer.keypairs.current === null && peer.keypairs.next === null) this.#device.initiate(peer, now);
    }
    // A turn that came late does not make the next ones crowd.
    this.#callAt = Math.max(this.#callAt, now - CALLS_A_TURN * START_PACE_MS);
  }

  #found(publicKey: string, endpoint: Endpoint): void {
    const entry = this.#table.byKey(publicKey);
    if (entry === null || (entry.peer.endpoint !== null && sameEndpoint(entry.peer.endpoint, endpoint))) return;
    this.#device.changePeer(entry.peer, { endpoint }, this.#clock.now());
    if (this.#isExpected(entry)) this.#toCall.push(entry.peer);
    this.#setTimer();
  }

  #usable(endpoint: Endpoint | null): Endpoint | null {
    return endpoint !== null && this.#sockets?.has(endpoint.family) ? endpoint : null;
  }

  /** Peers that were ever heard, and where they are. */
  #seenNow(): Seen[] {
    const seen: Seen[] = [];
    for (const { config, peer } of this.#table.values()) {
      if (peer.endpoint === null) continue;
      const heardAt =
        peer.lastReceivedAt === null ? this.#seen!.heardAt(config.publicKey) : this.wallTime(peer.lastReceivedAt);
      if (heardAt !== null) seen.push({ publicKey: config.publicKey, endpoint: peer.endpoint, heardAt });
    }
    return seen;
  }

  #countDrop(reason: number): void {
    this.#device.drops[reason]! += 1;
  }
}

interface ParsedRouter {
  readonly addresses: readonly Address[];
  readonly described: readonly Prefix[];
}

/** The router's inside addresses, and what is described; or a `ChangeMistake` thrown. */
function parseRouter(config: RouterConfig): ParsedRouter {
  const addresses = config.addresses.map((text) => {
    const address = parseAddress(text);
    if (address === null || formatAddress(address) !== text) {
      throw new ChangeMistake('address-invalid', `"${text}" is not an address in canonical spelling`);
    }
    return address;
  });
  return { addresses, described: parsePrefixes(config.described, config.name) };
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
