/**
 * The sockets of the page and the API: listening, what a request is for, and how an answer leaves.
 *
 * Node's own HTTP server, without a framework: routes are a table, so all that a framework would add is a second place
 * where requests are decided about.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Api, type Reply, refusalReply } from './api.ts';
import { requireAccess } from './asker.ts';
import type { Events } from './events.ts';
import { originFor, type PageOrigins, SECURITY_HEADERS } from './guard.ts';
import { METRICS_TYPE } from './metrics.ts';
import { ApiRefusal, problemOf } from './refusal.ts';
import { API_PATH } from './routes/all.ts';
import type { StaticFile, StaticFiles } from './static-files.ts';

export interface PageServerOptions {
  readonly api: Api;
  readonly events: Events;
  readonly files: StaticFiles;
  readonly origins: PageOrigins;
  /** PEM texts; null speaks plain HTTP. */
  readonly certificate: { readonly certificate: Buffer; readonly key: Buffer } | null;
  readonly metrics: () => Promise<string>;
  readonly unexpected: (error: unknown) => void;
}

const MOST_CONNECTIONS = 512;
const HEADER_BYTES = 16 * 1024;
const HEADERS_MS = 10_000;
const REQUEST_MS = 60_000;
const IDLE_MS = 10_000;
const YEAR_S = 365 * 24 * 3600;

const NO_PAGE = `This wg-router was built without its page. The API is at ${API_PATH}; docs/api.md tells about it.\n`;

export class PageServer {
  readonly #options: PageServerOptions;
  readonly #servers: Server[] = [];

  constructor(options: PageServerOptions) {
    this.#options = options;
  }

  /** Listens on all of `addresses`, on one port; which port. Rejects with what the system said of the first. */
  async listen(addresses: readonly string[], port: number): Promise<number> {
    let taken = port;
    for (const [i, address] of addresses.entries()) {
      const server = this.#server();
      try {
        taken = await listening(server, address, taken);
        this.#servers.push(server);
      } catch (error) {
        // A machine without IPv6 has no ::1.
        const { code } = error as NodeJS.ErrnoException;
        if (i > 0 && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')) continue;
        this.close();
        throw error;
      }
    }
    return taken;
  }

  close(): void {
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
    }
    this.#servers.length = 0;
  }

  #server(): Server {
    const { certificate } = this.#options;
    const limits = {
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: IDLE_MS,
    };
    const answer = (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response);
    const server =
      certificate === null
        ? createServer(limits, answer)
        : createSecureServer(
            { ...limits, cert: certificate.certificate, key: certificate.key, minVersion: 'TLSv1.2' },
            answer,
          );
    server.maxConnections = MOST_CONNECTIONS;
    return server;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#dispatch(request, response);
    } catch (error) {
      this.#options.unexpected(error);
      if (response.headersSent) response.destroy();
      else send(response, request, problemReply(error), null);
    }
  }

  async #dispatch(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const own = originFor(request.headers.host, this.#options.origins);
    if (own === null) {
      send(response, request, problemReply(hostForeign()), null);
      return;
    }
    const url = urlOf(request, own);
    if (url === null) {
      send(response, request, problemReply(new ApiRefusal(400, 'request-invalid', 'Cannot read this request')), own);
    } else if (url.pathname === `${API_PATH}/events`) {
      this.#watch(request, response, own);
    } else if (url.pathname.startsWith(`${API_PATH}/`)) {
      const { api } = this.#options;
      const path = url.pathname.slice(API_PATH.length);
      send(response, request, await api.answer(request, path, url.searchParams, own), own);
    } else if (url.pathname === '/metrics') {
      send(response, request, await this.#metrics(request, own), own);
    } else {
      this.#file(request, response, url.pathname, own);
    }
  }

  #watch(request: IncomingMessage, response: ServerResponse, own: string): void {
    const { api, events } = this.#options;
    const isAllowed = () => {
      requireAccess(api.asker(request, own), 'read');
    };
    try {
      if (request.method !== 'GET') throw new ApiRefusal(405, 'unknown-method', 'Cannot do this to events');
      isAllowed();
      const mayWatch = () => {
        try {
          isAllowed();
          return true;
        } catch {
          return false;
        }
      };
      if (!events.watch(response, headersFor(own), mayWatch)) {
        throw new ApiRefusal(503, 'too-many', 'Cannot watch: too many do already', { retryAfterS: 10 });
      }
      // The stream has no end in time.
      request.setTimeout(0);
    } catch (error) {
      send(response, request, problemReply(error), own);
    }
  }

  async #metrics(request: IncomingMessage, own: string): Promise<Reply> {
    try {
      requireAccess(this.#options.api.asker(request, own), 'read');
      if (request.method !== 'GET') throw new ApiRefusal(405, 'unknown-method', 'Cannot do this to metrics');
      const headers = { 'Content-Type': METRICS_TYPE, 'Cache-Control': 'no-store' };
      return { status: 200, headers, body: await this.#options.metrics() };
    } catch (error) {
      return problemReply(error);
    }
  }

  #file(request: IncomingMessage, response: ServerResponse, pathname: string, own: string): void {
    const { files } = this.#options;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      send(response, request, problemReply(new ApiRefusal(405, 'unknown-method', 'Cannot do this to a file')), own);
      return;
    }
    if (!files.isThere && pathname === '/') {
      send(
        response,
        request,
        { status: 200, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: NO_PAGE },
        own,
      );
      return;
    }
    const found = files.find(pathname);
    if (found === null) {
      send(response, request, problemReply(new ApiRefusal(404, 'unknown-path', 'Cannot find this page')), own);
    } else sendFile(response, request, found, own);
  }
}

function listening(server: Server, address: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port, exclusive: true, ipv6Only: address.includes(':') }, () => {
      server.off('error', reject);
      server.on('error', () => {});
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Null for what is no path of this origin. */
function urlOf(request: IncomingMessage, own: string): URL | null {
  const { url } = request;
  if (url === undefined || !url.startsWith('/') || url.startsWith('//')) return null;
  try {
    const parsed = new URL(url, own);
    return parsed.origin === new URL(own).origin ? parsed : null;
  } catch {
    return null;
  }
}

function hostForeign(): ApiRefusal {
  return new ApiRefusal(421, 'host-foreign', 'Cannot answer under this name: it is not one of this page', {
    help: ['open it as http://localhost:PORT, or as what `--page-origin` says'],
  });
}

function problemReply(error: unknown): Reply {
  const { status, body } = problemOf(error);
  return refusalReply(status, body, error);
}

function headersFor(own: string | null): Record<string, string> {
  const isSecure = own?.startsWith('https:') ?? false;
  return { ...SECURITY_HEADERS, ...(isSecure ? { 'Strict-Transport-Security': `max-age=${YEAR_S}` } : {}) };
}

function send(
  response: ServerResponse,
  request: IncomingMessage,
  { status, headers, body }: Reply,
  own: string | null,
): void {
  const bytes = Buffer.from(body, 'utf8');
  response.writeHead(status, {
    ...headersFor(own),
    ...(headers as Record<string, string | string[]>),
    'Content-Length': bytes.length,
    // What was not read of a body would be taken for the next request.
    ...(request.complete ? {} : { Connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

function sendFile(response: ServerResponse, request: IncomingMessage, file: StaticFile, own: string): void {
  const headers = {
    ...headersFor(own),
    'Content-Type': file.type,
    'Cache-Control': file.isFixed ? `public, max-age=${YEAR_S}, immutable` : 'no-cache',
    ETag: file.etag,
    Vary: 'Accept-Encoding',
  };
  if (request.headers['if-none-match'] === file.etag) {
    response.writeHead(304, headers);
    response.end();
    return;
  }
  const isCompressed = file.compressed !== null && /\bbr\b/.test(String(request.headers['accept-encoding'] ?? ''));
  const bytes = isCompressed ? file.compressed! : file.bytes;
  response.writeHead(200, {
    ...headers,
    ...(isCompressed ? { 'Content-Encoding': 'br' } : {}),
    'Content-Length': bytes.length,
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}
