/**
 * For tests of the page: the page of a network in a folder of its own, on a port that the system chooses, with a clock
 * that the test moves. No relay runs; what it would say is told by the test.
 */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Page, type PagePlace } from '../../src/control/http/page.ts';
import { loadPlan } from '../../src/control/load-plan.ts';
import { type NetworkPaths, networkPaths } from '../../src/control/paths.ts';
import { Accounts } from '../../src/control/sign-in/accounts.ts';
import { Passwords } from '../../src/control/sign-in/password.ts';
import { ensureOwnFolder } from '../../src/control/state-folder.ts';
import type { SupervisorEvent } from '../../src/control/supervise/supervisor.ts';
import type { PeerStatus, Status } from '../../src/relay/messages.ts';
import { statusOf } from '../history/relay-status.ts';

export const NETWORK = `# ours
name: home
inside: [10.66.0.0/24]
routers:
  cloud:
    endpoint: vpn.example.net:51820
    address: [10.66.0.1]
    public-key: PhT4q6FzWH3wK0mLQGcdP2cDpgwXIVjzoKM7EYvHqS4=
machines:
  phone: {platform: ios, address: [10.66.0.2]} # hers
  pi: {platform: linux, address: [10.66.0.3], lan: house, lan-address: [192.168.7.5]}
lans:
  house:
    prefixes: [192.168.7.0/24]
    via: pi
    attach: static-route
    default-gateway: [192.168.7.1]
    hosts:
      nas: [192.168.7.10]
`;

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API answers; tests look at what they expect
  readonly json: any;
}

export interface AskOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** Somebody who asks: the headers that say who. */
export type Credentials = Readonly<Record<string, string>>;

export class ServedPage {
  readonly paths: NetworkPaths;
  readonly page: Page;
  /** Another page in its place, not begun yet: as after a restart of control. */
  readonly again: () => Page;
  readonly accounts: Accounts;
  readonly troubles: Error[] = [];
  port = 0;
  now = Date.now();

  private constructor(paths: NetworkPaths, place: Partial<PagePlace>, folder: string | undefined) {
    this.paths = paths;
    this.accounts = new Accounts(paths, () => this.now, CHEAP);
    this.again = () =>
      new Page({
        paths,
        place: { addresses: ['127.0.0.1'], port: 0, origin: null, certificate: null, ...place },
        version: '0.0.0',
        folder: folder ?? join(paths.state, 'no-page'),
        trouble: (error) => this.troubles.push(error),
        now: () => this.now,
        passwords: CHEAP,
      });
    this.page = this.again();
  }

  static async begin(
    t: TestContext,
    options: { readonly network?: string; readonly place?: Partial<PagePlace>; readonly folder?: string } = {},
  ): Promise<ServedPage> {
    const folder = mkdtempSync(join(tmpdir(), 'wgr-page-'));
    const paths = networkPaths(join(folder, 'network.yaml'));
    writeFileSync(paths.file, options.network ?? NETWORK);
    ensureOwnFolder(paths.state);
    const served = new ServedPage(paths, options.place ?? {}, options.folder);
    served.port = (await served.page.begin({ withLink: false })).port;
    t.after(() => {
      served.page.close();
      rmSync(folder, { recursive: true });
    });
    return served;
  }

  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  get text(): string {
    return readFileSync(this.paths.file, 'utf8');
  }

  /** A request as a browser on this page makes it, by whoever `who` is. */
  async ask(
    method: string,
    path: string,
    who: Credentials = {},
    { body, headers = {} }: AskOptions = {},
  ): Promise<Reply> {
    return await asked(
      this.port,
      method,
      path.startsWith('/metrics') ? path : `/api/v1${path}`,
      {
        host: `localhost:${this.port}`,
        ...(who.authorization === undefined ? { origin: this.origin } : {}),
        ...who,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body === undefined ? undefined : JSON.stringify(body),
    );
  }

  /** Signs in somebody of this role, by a link. */
  async person(
    role: 'admin' | 'read-only' = 'admin',
    name = role === 'admin' ? 'admin' : 'reader',
  ): Promise<Credentials> {
    await this.accounts.addPerson(name, role);
    const { link } = await this.accounts.makeLink(name);
    const reply = await this.ask('POST', '/sign-in/link', {}, { body: { link } });
    assert.equal(reply.status, 200, reply.text);
    return credentialsOf(reply);
  }

  /** A token with these scopes, made by an admin. */
  async token(...scopes: ('read' | 'write' | 'keys' | 'admin')[]): Promise<Credentials> {
    await this.accounts.addPerson('maker', 'admin');
    const made = await this.accounts.makeToken({ note: 'a test', scopes, createdBy: 'maker', expiresAt: null });
    return { authorization: `Bearer ${made!.token}` };
  }

  /** Tells the page that the file was read, as the supervisor does. */
  async load(): Promise<void> {
    const loaded = await loadPlan(this.paths, { write: false });
    // The page looks at `loaded` alone.
    this.page.heard({ type: 'loaded', loaded, isFirst: true, wasMistaken: false } as SupervisorEvent);
  }

  look(peers: readonly Partial<PeerStatus>[], more: Partial<Status> = {}): void {
    const status = statusOf(peers, { startedAt: this.now - 60_000, ...more });
    this.page.heard({ type: 'looked', status });
  }
}

/** A test checks more passwords than a person has. */
const CHEAP = new Passwords({ N: 16, r: 1, p: 1 });

/** The two halves of a session, from the answer that opened it. */
export function credentialsOf({ headers, json }: Reply): Credentials {
  const cookies = (headers['set-cookie'] ?? []).map((each) => each.split(';')[0]!);
  return { cookie: cookies.join('; '), 'wgr-token': json.token };
}

/** One request, sent as it is. */
export async function asked(
  port: number,
  method: string,
  path: string,
  headers: Readonly<Record<string, string | undefined>>,
  body?: string,
): Promise<Reply> {
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const stated = Object.fromEntries(
    Object.entries({ ...length, ...headers }).filter(([, value]) => value !== undefined),
  ) as Record<string, string>;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers: stated, agent: false }, resolve);
    sent.on('error', reject);
    sent.end(body);
  });
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += part;
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch {
    // No JSON then.
  }
  return { status: response.statusCode!, headers: response.headers, text, json };
}
