/**
 * The cross-platform userspace configuration protocol (wireguard.com/xplatform), so that a plain `wg show` works.
 *
 * Answers `get=1` without private and preshared keys, and refuses `set=1`: what the relay does is described in one
 * place, which is not here. Listens on a descriptor that the starter bound and gave it, because the folder where `wg`
 * looks belongs to root.
 */

import { createServer, type Server, type Socket } from 'node:net';
import { formatEndpoint } from '../net/endpoint.ts';
import { LineReader } from './line-reader.ts';
import type { TablePeer } from './peer-table.ts';

const LINE_BYTES = 1024;
const CONNECTIONS = 4;
/** A connection that says nothing for this long ends. */
const SILENCE_MS = 10_000;
/** `EPERM`: may not be changed here. `EINVAL`: not an operation. Negative on the wire, as the protocol has errors. */
const MAY_NOT = -1;
const NO_OPERATION = -22;

/** What `get=1` shows. */
export interface UapiSubject {
  readonly port: number;
  tablePeers(): Iterable<TablePeer>;
  /** A moment of the device's clock as ms since 1970. */
  wallTime(moment: number): number;
}

/** Serves the protocol on the inherited listening socket `descriptor`. */
export function serveUapi(descriptor: number, subject: UapiSubject): Server {
  const server = createServer((socket) => serve(socket, subject));
  server.maxConnections = CONNECTIONS;
  server.on('error', () => undefined);
  server.listen({ fd: descriptor });
  return server;
}

/**
 * The answer to one operation: `first` is its first line. Ends with an `errno` line and an empty one.
 */
export function uapiAnswer(first: string, subject: UapiSubject): string {
  if (first === 'get=1') return `${[...deviceLines(subject)].join('\n')}\nerrno=0\n\n`;
  return `errno=${first === 'set=1' ? MAY_NOT : NO_OPERATION}\n\n`;
}

function* deviceLines(subject: UapiSubject): Generator<string> {
  yield `listen_port=${subject.port}`;
  for (const { config, peer } of subject.tablePeers()) {
    yield `public_key=${Buffer.from(peer.publicKey).toString('hex')}`;
    if (peer.endpoint !== null) yield `endpoint=${formatEndpoint(peer.endpoint)}`;
    yield* handshakeLines(peer.lastHandshakeAt === null ? 0 : subject.wallTime(peer.lastHandshakeAt));
    yield `tx_bytes=${peer.sentBytes}`;
    yield `rx_bytes=${peer.receivedBytes}`;
    yield `persistent_keepalive_interval=${config.keepalive}`;
    for (const prefix of config.allowedIps) yield `allowed_ip=${prefix}`;
    yield 'protocol_version=1';
  }
}

function* handshakeLines(wallMs: number): Generator<string> {
  const seconds = Math.floor(wallMs / 1000);
  yield `last_handshake_time_sec=${seconds}`;
  yield `last_handshake_time_nsec=${Math.floor((wallMs - seconds * 1000) * 1e6)}`;
}

/** Answers operations until the other side ends or says something that is none. */
function serve(socket: Socket, subject: UapiSubject): void {
  const reader = new LineReader(LINE_BYTES);
  let first: string | null = null;
  socket.setTimeout(SILENCE_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    const lines = reader.take(chunk);
    if (lines === null) {
      socket.destroy();
      return;
    }
    for (const line of lines) {
      if (line !== '') {
        first ??= line;
        continue;
      }
      if (first === null) continue;
      const operation = first;
      first = null;
      if (socket.writableLength > 0) {
        // It asks and does not read.
        socket.destroy();
        return;
      }
      socket.write(uapiAnswer(operation, subject));
    }
  });
}
