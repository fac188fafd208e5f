/**
 * What happens, to everybody who watches: server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 *
 * A watcher that does not keep up is let go: it comes back and gets everything anew. How the relay is goes out as the
 * difference from the look before.
 */

import type { ServerResponse } from 'node:http';
import type { MachineReport, StatusReport } from '../report/status-report.ts';
import type { EventShape } from './shape/observation.ts';

type StatusEvent = Extract<EventShape, { type: 'status' }>;
type MachineNow = StatusEvent['machines'][number];

const MOST_WATCHERS = 64;
/** Bytes that wait for one watcher. */
const MOST_WAITING = 4 * 1024 * 1024;
/** Shorter than what proxies take for silence. */
const HEARTBEAT_MS = 15_000;

interface Watcher {
  readonly response: ServerResponse;
  readonly mayWatch: () => boolean;
}

export class Events {
  readonly #watchers = new Set<Watcher>();
  readonly #heartbeat: NodeJS.Timeout;
  #last: {
    readonly report: StatusReport;
    readonly at: number;
    readonly machines: ReadonlyMap<string, MachineNow>;
  } | null = null;

  constructor() {
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /**
   * Sends events to `response` from now on, until it is closed, or `mayWatch` says no. False, and nothing sent, when too
   * many watch.
   */
  watch(response: ServerResponse, headers: Readonly<Record<string, string>>, mayWatch: () => boolean): boolean {
    if (this.#watchers.size >= MOST_WATCHERS) return false;
    response.writeHead(200, {
      ...headers,
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    });
    const watcher = { response, mayWatch };
    this.#watchers.add(watcher);
    response.on('close', () => this.#watchers.delete(watcher));
    response.write(': hello\n\n');
    const whole = this.#whole();
    if (whole !== null) response.write(textOf(whole));
    return true;
  }

  tell(event: EventShape): void {
    if (this.#watchers.size === 0) return;
    const text = textOf(event);
    for (const { response } of this.#watchers) {
      if (response.writableLength > MOST_WAITING) response.destroy();
      else response.write(text);
    }
  }

  /** Takes how things are at `now`, and tells what differs. */
  look(report: StatusReport, now: number): void {
    const before = this.#last;
    const seconds = before === null ? 0 : (now - before.at) / 1000;
    const machines = new Map(
      report.machines.map((machine) => [
        machine.name,
        machineNow(machine, before?.machines.get(machine.name), seconds),
      ]),
    );
    this.#last = { report, at: now, machines };
    const isWhole = before === null || machines.size !== before.machines.size;
    const differing = [...machines.values()].filter((each) => isWhole || !isSame(each, before.machines.get(each.name)));
    this.tell(this.#statusEvent(differing, isWhole));
  }

  close(): void {
    clearInterval(this.#heartbeat);
    for (const { response } of this.#watchers) response.end();
    this.#watchers.clear();
  }

  #beat(): void {
    for (const { response, mayWatch } of this.#watchers) {
      if (mayWatch()) response.write(': still here\n\n');
      else response.end();
    }
  }

  #whole(): StatusEvent | null {
    return this.#last === null ? null : this.#statusEvent([...this.#last.machines.values()], true);
  }

  #statusEvent(machines: MachineNow[], isWhole: boolean): StatusEvent {
    const { report, at } = this.#last!;
    const { relay } = report;
    return {
      type: 'status',
      at: new Date(at).toISOString(),
      isWhole,
      isRunning: relay !== null,
      forwardedBytes: relay?.forwardedBytes ?? 0,
      forwardedPackets: relay?.forwardedPackets ?? 0,
      drops: Object.values(relay?.drops ?? {}).reduce((sum, count) => sum + count, 0),
      machines,
    };
  }
}

function machineNow(machine: MachineReport, before: MachineNow | undefined, seconds: number): MachineNow {
  const { name, presence, endpoint, lastHandshakeAt, lastReceivedAt, receivedBytes, sentBytes } = machine;
  // Counters of a relay that began anew are smaller.
  const rate = (now: number, then: number | undefined) =>
    then === undefined || seconds <= 0 || now < then ? 0 : Math.round((now - then) / seconds);
  return {
    name,
    presence,
    endpoint,
    lastHandshakeAt,
    lastReceivedAt,
    receivedBytes,
    sentBytes,
    receivedPerSecond: rate(receivedBytes, before?.receivedBytes),
    sentPerSecond: rate(sentBytes, before?.sentBytes),
  };
}

function isSame(a: MachineNow, b: MachineNow | undefined): boolean {
  return b !== undefined && (Object.keys(a) as (keyof MachineNow)[]).every((word) => a[word] === b[word]);
}

/** One line of data: JSON has no line feed outside of strings, and none in them. */
function textOf(event: EventShape): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
