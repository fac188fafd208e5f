/**
 * The page while `up` runs: begun when the relay runs, told what happens. Whatever of it fails is a line, and the
 * router runs on.
 */

import { Page, type PagePlace } from '../../control/http/page.ts';
import { MachineError } from '../../control/machine-error.ts';
import type { NetworkPaths } from '../../control/paths.ts';
import type { SupervisorEvent } from '../../control/supervise/supervisor.ts';
import { isCode } from '../../control/system-error.ts';
import { visible, withoutKeys } from '../../description/visible.ts';
import { DEBUG_VARIABLE } from '../command-line/failure.ts';
import { version } from '../command-line/version.ts';
import type { Invocation } from '../verb.ts';
import { pageLines } from './page-place.ts';

export class ServedPage {
  readonly #invocation: Invocation;
  readonly #paths: NetworkPaths;
  /** Null: neither page nor API. */
  readonly #place: PagePlace | null;
  #page: Page | null = null;
  #hasBegun = false;
  #isOver = false;
  #routerHost = 'ROUTER';

  constructor(invocation: Invocation, paths: NetworkPaths, place: PagePlace | null) {
    this.#invocation = invocation;
    this.#paths = paths;
    this.#place = place;
  }

  heard(event: SupervisorEvent): void {
    if (this.#isOver || this.#place === null) return;
    if (event.type === 'loaded') {
      const endpoint = event.loaded.network?.routers[0]?.endpoint.value;
      if (endpoint !== undefined) this.#routerHost = endpoint.host;
      this.#page ??= this.#made(this.#place);
    }
    this.#page?.heard(event);
    if ((event.type === 'relay-started' || event.type === 'relay-adopted') && !this.#hasBegun) {
      this.#hasBegun = true;
      void this.#begin(this.#place);
    }
  }

  close(): void {
    this.#isOver = true;
    this.#page?.close();
  }

  #made(place: PagePlace): Page | null {
    try {
      return new Page({
        paths: this.#paths,
        place,
        version: version(),
        trouble: (error) => this.#trouble(error),
      });
    } catch (error) {
      this.#trouble(error as Error);
      return null;
    }
  }

  async #begin({ origin, port }: PagePlace): Promise<void> {
    if (this.#page === null) return;
    const { terminal } = this.#invocation;
    try {
      // A link in a log would be a key under the doormat.
      const begun = await this.#page.begin({ withLink: terminal.isInteractive });
      if (this.#isOver) return;
      const isLocal = origin === null;
      terminal.print(pageLines(begun, { paint: terminal.paint, routerHost: this.#routerHost, isLocal }));
    } catch (error) {
      this.#notServed(error, port);
    }
  }

  #notServed(error: unknown, port: number): void {
    if (this.#isOver) return;
    const why = isCode(error, 'EADDRINUSE')
      ? `port ${port} is taken; another: --page-listen 127.0.0.1:${port + 1}`
      : isCode(error, 'EACCES')
        ? `port ${port} is for root; another: --page-listen 127.0.0.1:8787`
        : (error as Error).message;
    this.#note(`the page is not served: ${why}`);
  }

  #trouble(error: Error): void {
    if (this.#isOver) return;
    if (process.env[DEBUG_VARIABLE]) process.stderr.write(`${error.stack}\n`);
    const help = error instanceof MachineError ? error.help.map((each) => ` (${each})`).join('') : '';
    this.#note(`the page: ${error.message}${help}`);
  }

  #note(text: string): void {
    const { paint } = this.#invocation.terminal;
    this.#invocation.terminal.print(`${paint('note', 'note')}: ${visible(withoutKeys(text))}\n`);
  }
}
