/**
 * What `up` prints: who is described when it begins, and afterwards one line for each thing that happens.
 */

import { describedMachines, routerName } from '../../apply/relay-config.ts';
import type { LaunchedRelay } from '../../control/launch/relay-process.ts';
import { MachineError } from '../../control/machine-error.ts';
import { durationText } from '../../control/report/quantity.ts';
import { silenceChecks } from '../../control/report/silence.ts';
import type { SupervisorEvent } from '../../control/supervise/supervisor.ts';
import { formatDiagnostics } from '../../description/print-diagnostics.ts';
import { visible, withoutKeys } from '../../description/visible.ts';
import { formatEndpoint } from '../../net/endpoint.ts';
import type { Paint } from '../terminal/paint.ts';
import { table } from '../terminal/table.ts';
import { addressesText, listeningText, namesText } from './machine-rows.ts';

type EventOf<T extends SupervisorEvent['type']> = Extract<SupervisorEvent, { type: T }>;
type Loaded = EventOf<'loaded'>;

export interface EventLinesOptions {
  readonly paint: Paint;
  readonly colour: boolean;
  /** The network file as the person named it. */
  readonly file: string;
  /** For times of day. */
  readonly now: () => Date;
}

/** Machines that are listed one by one at the start. */
const LISTED = 20;

export class EventLines {
  readonly #options: EventLinesOptions;
  #loaded: Loaded | null = null;
  #hasBegun = false;
  #saidStale = new Set<string>();

  constructor(options: EventLinesOptions) {
    this.#options = options;
  }

  /** The lines for `event`, each ending with a line feed; empty when it is not worth one. */
  of(event: SupervisorEvent): string {
    const lines = this.#lines(event);
    return lines.map((line) => `${line}\n`).join('');
  }

  #lines(event: SupervisorEvent): readonly string[] {
    const { paint, file } = this.#options;
    switch (event.type) {
      case 'loaded':
        return this.#loadedLines(event);
      case 'relay-started':
        return this.#relayLines(event.relay.ready.listening, startedText(event.relay), [
          ...event.relay.notes,
          ...event.relay.ready.notes,
        ]);
      case 'relay-adopted':
        return this.#relayLines(event.listening, `adopted relay ${event.hello.pid}, which ran all the time`, [
          ...event.notes,
          ...(event.isSameProgram === false
            ? ['the relay runs an older program; for the new one: wg-router down, then wg-router up']
            : []),
        ]);
      case 'relay-restarted':
        return this.#event(paint('warning', `ending the relay, which ${visible(event.why)}`));
      case 'relay-lost':
        return this.#event(paint('error', `the relay died: ${visible(event.why)}; starting it again`), event.said);
      case 'relay-failed':
        return this.#event(
          paint('error', `${messageOf(event.error)}; trying again in ${durationText(Math.max(1000, event.againInMs))}`),
          helpOf(event.error),
        );
      case 'changed':
        return this.#changedLines(event);
      case 'unfulfilled':
        return [
          ...this.#event(paint('warning', `not all that ${visible(file)} expects holds; it is routed all the same`)),
          formatDiagnostics(event.diagnostics, event.text, { colour: this.#options.colour }).trimEnd(),
        ];
      case 'mistaken':
        return [
          ...this.#event(paint('error', `${visible(file)} has mistakes; the last good network goes on`)),
          formatDiagnostics(event.diagnostics, event.text, { colour: this.#options.colour }).trimEnd(),
        ];
      case 'absent':
        return this.#event(paint('warning', `${visible(file)} is gone; the last good network goes on`));
      case 'back':
        return this.#event(`${visible(file)} is back`);
      case 'not-applied':
        return this.#event(paint('error', `the edit is not applied: ${messageOf(event.error)}`), helpOf(event.error));
      case 'trouble':
        return this.#event(paint('warning', messageOf(event.error)), helpOf(event.error));
      case 'looked':
        return [];
      case 'arrived':
        return this.#arrivedLines(event);
      case 'nothing-arrives':
        return this.#silenceLines(event);
    }
  }

  #loadedLines(event: Loaded): readonly string[] {
    const before = this.#loaded;
    this.#loaded = event;
    const { loaded, isFirst, wasMistaken } = event;
    const lines = wasMistaken
      ? this.#event(this.#options.paint('good', `${visible(this.#options.file)} is good again`))
      : [];
    if (before !== null && before.loaded.text === loaded.text) return lines;
    const warnings = loaded.diagnostics.filter(({ severity }) => severity === 'warning');
    return [
      ...lines,
      ...loaded.notes.flatMap((note) => (isFirst ? [this.#note(note)] : this.#event(safe(note)))),
      ...(warnings.length > 0
        ? [formatDiagnostics(warnings, loaded.text, { colour: this.#options.colour }).trimEnd()]
        : []),
      ...(before === null ? [] : this.#waitingLines(before)),
    ];
  }

  /** Machines that were described since, and have no key yet. */
  #waitingLines(before: Loaded): readonly string[] {
    const known = new Set(describedMachines(before.loaded.plan!).map(({ name }) => name));
    const names = waitingMachines(this.#loaded!).filter((name) => !known.has(name));
    if (names.length === 0) return [];
    const command = `wg-router config ${visible(names[0]!)} --qr`;
    return this.#event(`described and not set up: ${namesText(names)}; to set up: ${command}`);
  }

  #relayLines(listening: readonly string[], how: string, notes: readonly string[]): readonly string[] {
    if (this.#hasBegun) return this.#event(`${how}: ${listeningText(listening)}`, notes);
    this.#hasBegun = true;
    const { paint, file } = this.#options;
    const plan = this.#loaded!.loaded.plan!;
    const machines = describedMachines(plan);
    return [
      `${paint('bold', visible(plan.name))}: router ${visible(routerName(plan))} listens on ${listeningText(listening)} ${paint('dim', `(${how})`)}`,
      ...table(
        machines
          .slice(0, LISTED)
          .map(({ name, isSetUp, isDisabled, allowedIps }) => [
            paint('name', visible(name)),
            addressesText(allowedIps),
            isDisabled ? paint('warning', 'disabled') : isSetUp ? '' : paint('warning', 'not set up'),
          ]),
        '  ',
      ),
      ...(machines.length > LISTED ? [`  and ${machines.length - LISTED} more`] : []),
      ...notes.map((note) => this.#note(note)),
      ...this.#staleLines((line) => [this.#note(line)]),
      `${paint('help', 'next')}: ${this.#nextStep()}`,
      paint('dim', `Edits of ${visible(file)} are followed. Ctrl-C ends the router.`),
    ];
  }

  #nextStep(): string {
    const { plan } = this.#loaded!.loaded;
    const [waiting] = waitingMachines(this.#loaded!);
    if (waiting) return `hand ${visible(waiting)} its configuration: wg-router config ${visible(waiting)} --qr`;
    if (describedMachines(plan!).length === 0)
      return 'describe a machine: wg-router add machine phone --platform android';
    return 'see who is here: wg-router status';
  }

  /** Machines whose configuration became an old one, each said once. */
  #staleLines(lineOf: (line: string) => readonly string[]): readonly string[] {
    const stale = this.#loaded!.loaded.stale.filter((name) => !this.#saidStale.has(name));
    for (const name of stale) this.#saidStale.add(name);
    if (stale.length === 0) return [];
    const command = stale.length === 1 ? `: wg-router config ${visible(stale[0]!)}` : ' (wg-router config MACHINE)';
    return lineOf(`${namesText(stale)} must fetch a new configuration${command}`);
  }

  #changedLines({ difference }: EventOf<'changed'>): readonly string[] {
    if (!this.#hasBegun) return [];
    const { added, changed, removed, router } = difference;
    const parts = [
      ...(router === null ? [] : ['the router itself']),
      ...(added.length > 0 ? [`added ${namesText(added)}`] : []),
      ...(changed.length > 0 ? [`changed ${namesText(changed)}`] : []),
      ...(removed.length > 0 ? [`removed ${namesText(removed)}`] : []),
    ];
    return [
      ...(parts.length > 0 ? this.#event(`applied: ${parts.join('; ')}`) : []),
      ...this.#staleLines((line) => this.#event(line)),
    ];
  }

  #arrivedLines({ news }: EventOf<'arrived'>): readonly string[] {
    const { paint } = this.#options;
    const lines = news.arrivals.flatMap(({ name, endpoint }) =>
      this.#event(`${paint('name', visible(name))} is here, from ${visible(endpoint)}`),
    );
    return news.more > 0 ? [...lines, ...this.#event(`and ${news.more} more are here`)] : lines;
  }

  #silenceLines({ listening }: EventOf<'nothing-arrives'>): readonly string[] {
    const port = Number(/:([0-9]+)$/.exec(listening[0] ?? '')?.[1] ?? 0);
    const endpoint = this.#loaded?.loaded.network?.routers[0]?.endpoint.value;
    return this.#event(this.#options.paint('warning', `nothing has arrived on UDP port ${port} yet; what to check:`), [
      ...silenceChecks(port, endpoint === undefined ? 'the endpoint' : formatEndpoint(endpoint)),
    ]);
  }

  #event(text: string, more: readonly string[] = []): string[] {
    const time = this.#options.now().toTimeString().slice(0, 8);
    return [`${this.#options.paint('dim', time)}  ${text}`, ...more.map((line) => `          ${safe(line)}`)];
  }

  #note(text: string): string {
    return `${this.#options.paint('note', 'note')}: ${safe(text)}`;
  }
}

function waitingMachines({ loaded }: Loaded): string[] {
  return describedMachines(loaded.plan!).flatMap(({ name, isSetUp, isDisabled }) =>
    isSetUp || isDisabled ? [] : [name],
  );
}

function startedText({ identity, user }: LaunchedRelay): string {
  return `relay ${identity.pid}${user === null ? '' : ` as ${user.label}`}`;
}

function messageOf(error: Error): string {
  return safe(error.message);
}

function helpOf(error: Error): readonly string[] {
  return error instanceof MachineError ? error.help : [];
}

function safe(text: string): string {
  return visible(withoutKeys(text));
}
