/**
 * A simulated network: machines, a link between them that delays, loses, doubles and reorders, NAT boxes, and a clock
 * that jumps from one event to the next. The same seed gives the same packets.
 */

import { type Endpoint, formatEndpoint } from '../../src/net/endpoint.ts';
import { sequenceDiagram, type TraceEntry } from './diagram.ts';
import { Events } from './events.ts';
import { type Clock, endpointOf, Machine } from './machine.ts';
import { Random } from './random.ts';

/** What the link does to datagrams. */
export interface LinkFaults {
  readonly delayMs: readonly [number, number];
  /** Probabilities. A reordered datagram is late by up to `lateMs`. */
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
  readonly lateMs: number;
}

export const PERFECT: LinkFaults = { delayMs: [10, 10], loss: 0, duplicate: 0, reorder: 0, lateMs: 0 };
export const BAD: LinkFaults = { delayMs: [5, 60], loss: 0.1, duplicate: 0.05, reorder: 0.1, lateMs: 300 };
/** As consumer routers do it: a UDP mapping is forgotten when nothing went out for this long. */
const NAT_TIMEOUT_MS = 30_000;

interface Flight {
  readonly bytes: Uint8Array;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly entry: TraceEntry;
}

export class Network {
  readonly random: Random;
  readonly clock: Clock = { now: 1_000_000 };
  readonly machines: Machine[] = [];
  readonly trace: TraceEntry[] = [];
  faults: LinkFaults;
  /** Sees every datagram as it is sent; false swallows it. */
  tap: ((bytes: Uint8Array, from: Machine, to: Endpoint) => boolean) | null = null;
  readonly #flights = new Events<Flight>();
  readonly #tasks = new Events<() => void>();
  /** Behind NAT: where the machine sent to, and when last. */
  readonly #nats = new Map<Machine, Map<string, number>>();

  constructor(seed: number, faults: LinkFaults = PERFECT) {
    this.random = new Random(seed);
    this.faults = faults;
  }

  add(name: string, number: number): Machine {
    const machine = new Machine(name, `10.0.0.${number}`, endpointOf(`192.0.2.${number}`), this.clock, this.random);
    this.machines.push(machine);
    return machine;
  }

  /** Puts a NAT box before the machine: only those it sent to lately reach it. */
  putBehindNat(machine: Machine): void {
    this.#nats.set(machine, new Map());
  }

  /** The NAT box forgets: the machine appears with another address or port from now on. */
  rebind(machine: Machine, address: string = machine.endpoint.address): void {
    machine.endpoint = endpointOf(address, 1024 + this.random.below(60_000));
    this.#nats.get(machine)?.clear();
  }

  /** Runs `task` when the clock is there. */
  at(moment: number, task: () => void): void {
    this.#tasks.add(moment, task);
  }

  /** Runs `task` every `everyMs` from now until `endMs` from now, with the number of the run. */
  every(everyMs: number, endMs: number, task: (run: number) => void): void {
    for (let run = 0; run * everyMs < endMs; run++) this.at(this.clock.now + run * everyMs, () => task(run));
  }

  /** Lets `ms` pass. */
  run(ms: number): void {
    const end = this.clock.now + ms;
    this.#collect();
    for (;;) {
      const moment = Math.min(
        this.#flights.next,
        this.#tasks.next,
        ...this.machines.map(({ device }) => device.nextDeadline()),
      );
      if (moment > end) break;
      this.clock.now = Math.max(this.clock.now, moment);
      for (let task = this.#tasks.takeDue(this.clock.now); task; task = this.#tasks.takeDue(this.clock.now)) task();
      this.#collect();
      this.#deliver();
      for (const { device } of this.machines) device.advance(this.clock.now);
      this.#collect();
    }
    this.clock.now = end;
  }

  /** Puts a datagram on the link as if `from` had sent it. */
  inject(bytes: Uint8Array, from: Endpoint, to: Endpoint, note = 'injected'): void {
    this.#launch(bytes, from, to, note);
  }

  /** The packets as a sequence diagram, the last `count` of them. */
  diagram(count = 60): string {
    return sequenceDiagram(
      this.trace.slice(-count),
      this.machines.map(({ name }) => name),
    );
  }

  /** Runs `check`; when it fails, its message is followed by the diagram. */
  expect(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (error instanceof Error) error.message += `\n\n${this.diagram()}`;
      throw error;
    }
  }

  /** Takes what the machines sent and puts it on the link. */
  #collect(): void {
    for (const machine of this.machines) {
      for (const { bytes, to } of machine.takeSent()) {
        this.#nats.get(machine)?.set(formatEndpoint(to), this.clock.now);
        if (this.tap !== null && !this.tap(bytes, machine, to)) continue;
        this.#launch(bytes, machine.endpoint, to, '');
      }
    }
  }

  #launch(bytes: Uint8Array, from: Endpoint, to: Endpoint, note: string): void {
    const { faults, random, clock } = this;
    const entry: TraceEntry = {
      at: clock.now,
      from: this.#at(from)?.name ?? formatEndpoint(from),
      to: this.#at(to)?.name ?? formatEndpoint(to),
      type: bytes[0] ?? 0,
      length: bytes.length,
      fate: note,
    };
    this.trace.push(entry);
    if (random.chance(faults.loss)) {
      entry.fate += ' lost';
      return;
    }
    const copies = random.chance(faults.duplicate) ? 2 : 1;
    if (copies === 2) entry.fate += ' doubled';
    for (let copy = 0; copy < copies; copy++) {
      let delay = random.between(...faults.delayMs);
      if (random.chance(faults.reorder)) delay += random.between(0, faults.lateMs);
      this.#flights.add(clock.now + delay, { bytes, from, to, entry });
    }
  }

  #deliver(): void {
    const arriving = new Map<Machine, Flight[]>();
    for (let flight = this.#flights.takeDue(this.clock.now); flight; flight = this.#flights.takeDue(this.clock.now)) {
      const machine = this.#at(flight.to);
      if (machine === undefined || !this.#passesNat(machine, flight)) continue;
      const flights = arriving.get(machine);
      if (flights === undefined) arriving.set(machine, [flight]);
      else flights.push(flight);
    }
    for (const [machine, flights] of arriving) machine.receive(flights);
  }

  #passesNat(machine: Machine, { from, entry }: Flight): boolean {
    const nat = this.#nats.get(machine);
    if (nat === undefined) return true;
    const sentAt = nat.get(formatEndpoint(from));
    const passes = sentAt !== undefined && this.clock.now - sentAt <= NAT_TIMEOUT_MS;
    if (!passes) entry.fate += ' stopped by NAT';
    return passes;
  }

  #at(endpoint: Endpoint): Machine | undefined {
    return this.machines.find(
      (machine) => machine.endpoint.address === endpoint.address && machine.endpoint.port === endpoint.port,
    );
  }
}
