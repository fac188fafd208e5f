/**
 * The page of a network while `up` runs it: history, sign-in, API, events and the sockets, held together; and what the
 * supervisor tells, passed on to them.
 */

import { join } from 'node:path';
import { formatKey } from '../../net/key.ts';
import { Examiner } from '../doctor/examiner.ts';
import { editionHash } from '../history/changes.ts';
import { HISTORY_FILE } from '../history/database.ts';
import { History } from '../history/history.ts';
import type { LoadedPlan } from '../load-plan.ts';
import type { NetworkPaths } from '../paths.ts';
import { Prover } from '../proving/prover.ts';
import { Accounts, FIRST_PERSON } from '../sign-in/accounts.ts';
import { Attempts } from '../sign-in/attempts.ts';
import { rememberOrigin, signInUrl } from '../sign-in/page-origin.ts';
import { Challenges } from '../sign-in/passkey.ts';
import type { Passwords } from '../sign-in/password.ts';
import type { SupervisorEvent } from '../supervise/supervisor.ts';
import { Api } from './api.ts';
import { type ApiContext, type Observed, PlanCache } from './context.ts';
import { Events } from './events.ts';
import { HandOvers } from './hand-overs.ts';
import { KeptKeys } from './kept-keys.ts';
import { metricsText } from './metrics.ts';
import { PageServer } from './page-server.ts';
import { ROUTES } from './routes/all.ts';
import { listed } from './routes/editing.ts';
import type { EventShape } from './shape/observation.ts';
import { StaticFiles } from './static-files.ts';
import { reportOf } from './view/status-view.ts';

/** Where the page is served. */
export interface PagePlace {
  /** The first must be had; of the others, those that the machine has. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** What browsers open it by, when that is not a name of this machine. */
  readonly origin: string | null;
  readonly certificate: { readonly certificate: Buffer; readonly key: Buffer } | null;
}

export interface PageOptions {
  readonly paths: NetworkPaths;
  readonly place: PagePlace;
  readonly version: string;
  /** Of the page's own files; `web/dist` of this program when absent. */
  readonly folder?: string;
  /** Something that does not work; the router goes on. */
  readonly trouble: (error: Error) => void;
  readonly now?: () => number;
  /** How passwords are kept. */
  readonly passwords?: Passwords;
}

/** How the page was begun. */
export interface BegunPage {
  readonly origin: string;
  readonly port: number;
  /** Signs in once, while nobody has a password. */
  readonly firstLink: string | null;
  readonly isBuilt: boolean;
  readonly notes: readonly string[];
}

const OWN_FOLDER = join(import.meta.dirname, '../../../web/dist');

export class Page {
  readonly #options: PageOptions;
  readonly #now: () => number;
  readonly #events = new Events();
  readonly #plans: PlanCache;
  readonly #context: ApiContext;
  readonly #server: PageServer;
  readonly #files: StaticFiles;
  #history: History | null = null;
  readonly #notes: string[] = [];
  #observed: Observed = { status: null, at: null };
  #loaded: LoadedPlan | null = null;
  /** Of the edition that was seen last. */
  #seen: string | null = null;
  #lastTrouble = '';

  constructor(options: PageOptions) {
    const { paths, place, now = Date.now, folder = OWN_FOLDER } = options;
    this.#options = options;
    this.#now = now;
    this.#plans = new PlanCache(paths);
    this.#history = this.#openHistory();
    this.#context = {
      paths,
      accounts: new Accounts(paths, now, options.passwords),
      attempts: new Attempts(now),
      challenges: new Challenges(now),
      history: this.#history,
      handOvers: new HandOvers(now),
      keptKeys: new KeptKeys(now),
      prover: new Prover(),
      examiner: new Examiner(),
      publicOrigin: place.origin,
      now,
      observed: () => this.#observed,
      network: () => this.#plans.load(),
      changed: (change, before, after) => this.#changed(change, before, after),
    };
    this.#files = new StaticFiles(folder);
    const unexpected = (error: unknown) => this.#trouble(error);
    this.#server = new PageServer({
      api: new Api({ context: this.#context, routes: ROUTES, unexpected }),
      events: this.#events,
      files: this.#files,
      origins: {
        configured: place.origin,
        isSecure: place.certificate !== null,
      },
      certificate: place.certificate,
      metrics: () => this.#metrics(),
      unexpected,
    });
  }

  /** Listens. With `withLink` a link is made while nobody has a password. Rejects with what the system said. */
  async begin({ withLink }: { readonly withLink: boolean }): Promise<BegunPage> {
    const { place } = this.#options;
    const port = await this.#server.listen(place.addresses, place.port);
    const { accounts } = this.#context;
    const scheme = place.certificate === null ? 'http' : 'https';
    const origin = place.origin ?? `${scheme}://localhost:${port}`;
    rememberOrigin(this.#options.paths, origin);
    // Without a page there is nothing that the link would lead to.
    const link =
      withLink && this.#files.isThere && accounts.isFirst() ? (await accounts.makeLink(FIRST_PERSON)).link : null;
    return {
      origin,
      port,
      firstLink: link === null ? null : signInUrl(origin, link),
      isBuilt: this.#files.isThere,
      notes: this.#notes,
    };
  }

  /** Takes what the supervisor tells. */
  heard(event: SupervisorEvent): void {
    try {
      this.#take(event);
    } catch (error) {
      this.#trouble(error);
    }
  }

  close(): void {
    this.#server.close();
    this.#events.close();
    this.#context.prover.close();
    const { status } = this.#observed;
    try {
      if (status !== null) this.#history?.observe(status, { isLast: true });
    } catch (error) {
      this.#trouble(error);
    }
    this.#history?.close();
  }

  #take(event: SupervisorEvent): void {
    const at = new Date(this.#now()).toISOString();
    switch (event.type) {
      case 'looked':
        this.#observed = { status: event.status, at: this.#now() };
        this.#events.look(reportOf(this.#loaded, this.#observed, this.#options.paths.file, this.#now()), this.#now());
        if (event.status !== null) this.#history?.observe(event.status);
        break;
      case 'loaded':
        this.#loaded = event.loaded;
        this.#tellNetwork(event.loaded.text, event.loaded.diagnostics, event.loaded.stale, true);
        this.#fileSeen(event.loaded);
        break;
      case 'unfulfilled':
        this.#events.tell({ type: 'unfulfilled', at, diagnostics: listed(event.diagnostics) });
        break;
      case 'mistaken':
        this.#tellNetwork(event.text, event.diagnostics, [], false);
        break;
      case 'absent':
        this.#events.tell({ type: 'network', at, hash: null, isGood: false, diagnostics: [], stale: [] });
        break;
      case 'arrived':
        for (const { name, endpoint } of event.news.arrivals) {
          this.#events.tell({ type: 'arrived', at, machine: name, endpoint });
        }
        break;
      case 'relay-started':
        this.#tellRelay('started', `relay ${event.relay.identity.pid} was started`);
        break;
      case 'relay-adopted':
        this.#tellRelay('adopted', `relay ${event.hello.pid} was adopted`);
        break;
      case 'relay-restarted':
        this.#tellRelay('restarted', `the relay, which ${event.why}, is ended`);
        break;
      case 'relay-lost':
        this.#tellRelay('lost', `the relay died: ${event.why}`);
        break;
      case 'relay-failed':
        this.#tellRelay('failed', event.error.message);
        break;
      case 'not-applied':
      case 'trouble':
        this.#events.tell({ type: 'trouble', at, message: event.error.message, help: helpOf(event.error) });
        break;
    }
  }

  #tellNetwork(text: string, diagnostics: LoadedPlan['diagnostics'], stale: readonly string[], isGood: boolean): void {
    const at = new Date(this.#now()).toISOString();
    const event: EventShape = {
      type: 'network',
      at,
      hash: editionHash(text),
      isGood,
      diagnostics: listed(diagnostics),
      stale: [...stale],
    };
    this.#events.tell(event);
  }

  #tellRelay(state: Extract<EventShape, { type: 'relay' }>['state'], message: string): void {
    this.#events.tell({ type: 'relay', at: new Date(this.#now()).toISOString(), state, message });
  }

  /** An edit that the API did not make is one by an editor, or by the command line. */
  #fileSeen({ text, network }: LoadedPlan): void {
    const history = this.#history;
    if (history === null) return;
    const hash = editionHash(text);
    history.write(() => {
      const { changes, machines } = history;
      const before = this.#seen ?? changes.latest() ?? '';
      changes.keep(text, this.#now());
      if (before !== hash) {
        const action = before === '' ? 'history-begun' : 'file-edited';
        changes.add({ who: null, way: 'file', action, object: null, before, after: hash }, this.#now());
      }
      if (network === null) return;
      const names = new Set(network.machines.map(({ name }) => name.value));
      const keys = network.machines.flatMap(({ publicKey }) =>
        publicKey === undefined ? [] : [formatKey(publicKey.value)],
      );
      machines.keep(names, new Set(keys), this.#now());
    });
    this.#seen = hash;
  }

  #changed(change: Parameters<ApiContext['changed']>[0], before: string, after: string): number | null {
    const history = this.#history;
    if (history === null) return null;
    try {
      const id = history.write(() => {
        const { changes } = history;
        const [from, to] = [changes.keep(before, this.#now()), changes.keep(after, this.#now())];
        // The file may have been seen before we get to say who changed it.
        changes.retract(from, to);
        return changes.add({ ...change, before: from, after: to }, this.#now());
      });
      this.#seen = editionHash(after);
      return id;
    } catch (error) {
      // The edit is made; that it cannot be undone here is the lesser evil.
      this.#trouble(error);
      return null;
    }
  }

  #openHistory(): History | null {
    const { paths } = this.#options;
    try {
      const history = new History(join(paths.state, HISTORY_FILE), { now: this.#now });
      this.#notes.push(...history.notes);
      return history;
    } catch (error) {
      this.#notes.push(`there is no history: ${(error as Error).message}`);
      return null;
    }
  }

  async #metrics(): Promise<string> {
    const loaded = await this.#plans.load().catch(() => null);
    return metricsText(
      {
        version: this.#options.version,
        status: this.#observed.status,
        isGood: loaded === null ? null : loaded.plan !== null,
        staleMachines: loaded?.stale.length ?? 0,
      },
      this.#now(),
    );
  }

  #trouble(error: unknown): void {
    const known = error instanceof Error ? error : new Error(String(error));
    if (known.message === this.#lastTrouble) return;
    this.#lastTrouble = known.message;
    this.#options.trouble(known);
  }
}

function helpOf(error: Error): string[] {
  const { help } = error as { readonly help?: readonly string[] };
  return [...(help ?? [])];
}
