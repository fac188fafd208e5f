/**
 * A connection to a relay's control socket: requests out, one reply for each, in order.
 *
 * The relay has fewer rights than its caller, so what it says is checked like anything that comes from outside: a line
 * has at most `LINE_BYTES`, is JSON, and has the shape of `messages.ts`.
 */

import { connect, type Socket } from 'node:net';
import { LINE_BYTES, type Reply, type Request } from '../relay/messages.ts';
import { replyShape } from './reply-shape.ts';

/** The code of an error that this module throws. */
export type RelayErrorCode =
  /** Nothing listens at the path, or it may not be reached. */
  | 'relay-unreachable'
  /** The connection ended, or the answer did not come in time. */
  | 'relay-silent'
  /** The answer is not one of ours. */
  | 'relay-unintelligible'
  /** The relay refused; `reason` has its own code. */
  | 'relay-refused';

export class RelayError extends Error {
  readonly code: RelayErrorCode;
  /** The relay's own code when it refused. */
  readonly reason: string | null;

  constructor(code: RelayErrorCode, message: string, options: { cause?: unknown; reason?: string } = {}) {
    super(message, { cause: options.cause });
    this.name = 'RelayError';
    this.code = code;
    this.reason = options.reason ?? null;
  }
}

type ReplyTo<R extends Request> = Extract<Reply, { type: (typeof REPLY_TYPES)[R['type']] }>;
const REPLY_TYPES = { hello: 'hello', status: 'status', change: 'changed', stop: 'stopping' } as const;

/** How long a reply may take. A change of 2,000 peers takes the relay well under a second. */
const REPLY_TIMEOUT_MS = 10_000;

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: RelayError) => void;
  readonly timer: NodeJS.Timeout;
}

export class RelayConnection {
  /** Settles when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #timeoutMs: number;
  readonly #waiting: Waiting[] = [];
  readonly #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #ended: RelayError | null = null;

  /** Connects to the control socket at `path`. Rejects with `relay-unreachable`. */
  static open(path: string, timeoutMs: number = REPLY_TIMEOUT_MS): Promise<RelayConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ path });
      const timer = setTimeout(() => socket.destroy(new Error('no answer')), timeoutMs);
      const unreachable = (cause: Error) => {
        clearTimeout(timer);
        reject(new RelayError('relay-unreachable', `Cannot reach the relay at ${path}: ${cause.message}`, { cause }));
      };
      socket.once('error', unreachable);
      socket.once('connect', () => {
        clearTimeout(timer);
        socket.off('error', unreachable);
        resolve(new RelayConnection(socket, timeoutMs));
      });
    });
  }

  private constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('error', (cause) => this.#end(new RelayError('relay-silent', `The relay is gone: ${cause.message}`)));
    socket.on('close', () => this.#end(new RelayError('relay-silent', 'The relay closed the connection')));
  }

  get isOpen(): boolean {
    return this.#ended === null;
  }

  /** The relay's reply to `request`. Rejects with a `RelayError`; the connection is then closed unless it refused. */
  async request<R extends Request>(request: R): Promise<ReplyTo<R>> {
    const line = `${JSON.stringify(request)}\n`;
    if (Buffer.byteLength(line) > LINE_BYTES)
      throw new RangeError(`a ${request.type} of more than ${LINE_BYTES} bytes`);
    if (this.#ended !== null) throw this.#ended;
    const reply = await new Promise<Reply>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#end(new RelayError('relay-silent', `The relay did not answer within ${this.#timeoutMs / 1000} s`));
      }, this.#timeoutMs);
      this.#waiting.push({ resolve, reject, timer });
      this.#socket.write(line);
    });
    if (reply.type === 'refused') {
      throw new RelayError('relay-refused', `The relay refused: ${reply.message}`, { reason: reply.code });
    }
    if (reply.type !== REPLY_TYPES[request.type]) {
      const error = new RelayError('relay-unintelligible', `The relay answered "${reply.type}" to "${request.type}"`);
      this.#end(error);
      throw error;
    }
    return reply as ReplyTo<R>;
  }

  close(): void {
    this.#end(new RelayError('relay-silent', 'The connection was closed'));
  }

  #take(bytes: Buffer): void {
    let rest = bytes;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      this.#pieces.push(rest.subarray(0, end));
      const line = Buffer.concat(this.#pieces).toString('utf8');
      this.#pieces.length = 0;
      this.#pieceBytes = 0;
      this.#answer(line);
      rest = rest.subarray(end + 1);
    }
    this.#pieces.push(rest);
    this.#pieceBytes += rest.length;
    if (this.#pieceBytes > LINE_BYTES) {
      this.#end(new RelayError('relay-unintelligible', `The relay sent a line of more than ${LINE_BYTES} bytes`));
    }
  }

  #answer(line: string): void {
    const reply = parseReply(line);
    const waiting = reply && this.#waiting.shift();
    if (!waiting) {
      this.#end(new RelayError('relay-unintelligible', 'The relay said something that is no answer'));
      return;
    }
    clearTimeout(waiting.timer);
    waiting.resolve(reply);
  }

  #end(error: RelayError): void {
    if (this.#ended !== null) return;
    this.#ended = error;
    this.#socket.destroy();
    for (const { reject, timer } of this.#waiting.splice(0)) {
      clearTimeout(timer);
      reject(error);
    }
  }
}

function parseReply(line: string): Reply | null {
  try {
    return replyShape.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
