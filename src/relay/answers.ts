/**
 * The relay's replies to requests over its control socket.
 */

import { BindError } from './backend/sockets.ts';
import type { Answer } from './control-socket.ts';
import { LINE_BYTES, RELAY_PROTOCOL_VERSION, type Refused, type Reply, type Request, type Status } from './messages.ts';
import { ChangeMistake } from './peer-table.ts';
import type { Relay } from './relay.ts';

export class RelayAnswers {
  readonly #relay: Relay;
  readonly #stop: () => void;

  /** `stop` is called when a `stop` request was answered. */
  constructor(relay: Relay, stop: () => void) {
    this.#relay = relay;
    this.#stop = stop;
  }

  readonly answer: Answer = async (request: Request): Promise<Reply> => {
    switch (request.type) {
      case 'hello':
        return {
          type: 'hello',
          version: RELAY_PROTOCOL_VERSION,
          pid: process.pid,
          publicKey: this.#relay.publicKey,
          startedAt: this.#relay.startedAt,
        };
      case 'status':
        return this.#status(request.from, request.most);
      case 'change':
        return this.#relay.change(request.router, request.set, request.remove).catch(refused);
      case 'stop':
        // After the reply is on its way.
        setImmediate(this.#stop);
        return { type: 'stopping' };
    }
  };

  /** A page that fits a line: peers with thousands of prefixes make it shorter than what was asked for. */
  #status(from: number, most: number): Status {
    const status = this.#relay.status(from, most);
    let bytes = 65_536;
    const fitting = status.peers.findIndex((peer) => {
      bytes += Buffer.byteLength(JSON.stringify(peer)) + 1;
      return bytes > LINE_BYTES;
    });
    return fitting < 0 ? status : { ...status, peers: status.peers.slice(0, Math.max(1, fitting)) };
  }
}

function refused(error: unknown): Refused {
  if (error instanceof ChangeMistake) return { type: 'refused', code: error.code, message: error.message };
  if (error instanceof BindError) {
    const code = error.code === 'EADDRINUSE' ? 'port-in-use' : 'permission';
    return { type: 'refused', code, message: error.message };
  }
  throw error;
}
