/**
 * The control socket: requests of `messages.ts` in, one reply for each out, in order.
 *
 * Only the relay's owner can connect (0600), and even so nobody can make it grow: lines are bounded, a connection is
 * read no further while a reply waits to be fetched, and of more connections than a few the one that was silent for the
 * longest is ended.
 */

import { lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { LineReader } from './line-reader.ts';
import { MessageMistake, parseRequest } from './message-schema.ts';
import { LINE_BYTES, type Refused, type Reply, type Request } from './messages.ts';

export const CONNECTIONS = 8;

/** The reply to a request. It must not reject. */
export type Answer = (request: Request) => Promise<Reply>;

/** Another relay answers at the socket's path. */
export class SocketTaken extends Error {
  constructor(path: string) {
    super(`another relay listens at ${path}`);
    this.name = 'SocketTaken';
  }
}

interface Connection {
  readonly socket: Socket;
  readonly reader: LineReader;
  readonly waiting: string[];
  isAnswering: boolean;
  usedAt: number;
}

export class ControlSocket {
  readonly #path: string;
  readonly #answer: Answer;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  #uses = 0;

  /** Listens at `path`, in the place of a socket that nobody answers at. Rejects with `SocketTaken`, or what the system says. */
  static async open(path: string, answer: Answer): Promise<ControlSocket> {
    await removeStale(path);
    const control = new ControlSocket(path, answer);
    await control.#listen();
    return control;
  }

  private constructor(path: string, answer: Answer) {
    this.#path = path;
    this.#answer = answer;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Removes the socket and ends every connection. */
  close(): void {
    this.#server.close();
    try {
      unlinkSync(this.#path);
    } catch {
      // Gone with the server, or in a folder that is no longer ours to write; whoever comes next removes it.
    }
    for (const { socket } of this.#connections) socket.destroy();
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      // The socket is bound within `listen`, so it never exists with other rights than these.
      const before = process.umask(0o177);
      try {
        this.#server.listen(this.#path);
      } finally {
        process.umask(before);
      }
      this.#server.once('listening', () => {
        this.#server.off('error', reject);
        this.#server.on('error', () => undefined);
        resolve();
      });
    });
  }

  #accept(socket: Socket): void {
    const connection: Connection = {
      socket,
      reader: new LineReader(LINE_BYTES),
      waiting: [],
      isAnswering: false,
      usedAt: this.#uses++,
    };
    if (this.#connections.size >= CONNECTIONS) this.#endOldest();
    this.#connections.add(connection);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#connections.delete(connection));
    socket.on('data', (chunk) => this.#take(connection, chunk));
  }

  #endOldest(): void {
    let oldest: Connection | null = null;
    for (const connection of this.#connections) {
      if (oldest === null || connection.usedAt < oldest.usedAt) oldest = connection;
    }
    if (oldest === null) return;
    this.#connections.delete(oldest);
    oldest.socket.destroy();
  }

  #take(connection: Connection, chunk: Buffer): void {
    const lines = connection.reader.take(chunk);
    if (lines === null) {
      end(connection, { type: 'refused', code: 'line-too-long', message: `a line has at most ${LINE_BYTES} bytes` });
      return;
    }
    if (lines.length === 0) return;
    connection.usedAt = this.#uses++;
    connection.waiting.push(...lines);
    if (!connection.isAnswering) void this.#answerWaiting(connection);
  }

  async #answerWaiting(connection: Connection): Promise<void> {
    const { socket, waiting } = connection;
    connection.isAnswering = true;
    socket.pause();
    for (let line = waiting.shift(); line !== undefined && !socket.destroyed; line = waiting.shift()) {
      let request: Request;
      try {
        request = parseRequest(line);
      } catch (error) {
        if (!(error instanceof MessageMistake)) throw error;
        end(connection, { type: 'refused', code: 'request-invalid', message: error.message });
        return;
      }
      if (!socket.write(`${JSON.stringify(await this.#answer(request))}\n`)) await drained(socket);
    }
    connection.isAnswering = false;
    socket.resume();
  }
}

/** Says the last word and ends the connection, whether or not the other side reads it. */
function end({ socket, waiting }: Connection, refused: Refused): void {
  waiting.length = 0;
  socket.removeAllListeners('data');
  socket.pause();
  socket.end(`${JSON.stringify(refused)}\n`, () => socket.destroy());
  setTimeout(() => socket.destroy(), 1_000).unref();
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      socket.off('drain', go);
      socket.off('close', go);
      resolve();
    };
    socket.on('drain', go);
    socket.on('close', go);
  });
}

/** Removes what a relay left that ended without tidying up. Throws `SocketTaken` when one answers. */
async function removeStale(path: string): Promise<void> {
  try {
    if (!lstatSync(path).isSocket()) return;
  } catch {
    return;
  }
  const isTaken = await new Promise<boolean>((resolve) => {
    const probe = connect({ path });
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
  if (isTaken) throw new SocketTaken(path);
  unlinkSync(path);
}
