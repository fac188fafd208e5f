/**
 * Peers with a named endpoint: resolved when they are set, and again when their handshakes go unanswered, because a
 * dynamic name may have moved. Never blocks: getaddrinfo runs in Node's threads, a few names at a time.
 */

import { lookup } from 'node:dns/promises';
import type { Family } from '../net/address.ts';
import { parseAddress } from '../net/address.ts';
import type { Endpoint, EndpointName } from '../net/endpoint.ts';

/** A name is asked for again at most this often. */
export const ASK_AGAIN_MS = 15_000;
/** Unanswered initiations after which the endpoint may have moved. */
const FAILED_ATTEMPTS = 2;
/** Names in resolution at once: node has four threads for this, and the endpoint file needs one. */
const ASKED_AT_ONCE = 3;

/** The addresses of a host name, best first; rejects when there are none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface EndpointNamesOptions {
  readonly resolve?: Resolve;
  /** Whether there is a socket for this family. */
  readonly isUsable: (family: Family) => boolean;
  /** The peer with this public key is at `endpoint`. */
  readonly found: (publicKey: string, endpoint: Endpoint) => void;
  /** Initiations since the peer's last handshake. */
  readonly failedAttempts: (publicKey: string) => number;
}

interface Watched {
  readonly name: EndpointName;
  isAsking: boolean;
  wasFound: boolean;
  /** When it was last asked for; minus infinity for never. */
  askedAt: number;
}

export class EndpointNames {
  readonly #options: EndpointNamesOptions;
  readonly #resolve: Resolve;
  readonly #watched = new Map<string, Watched>();
  #asking = 0;

  constructor(options: EndpointNamesOptions) {
    this.#options = options;
    this.#resolve = options.resolve ?? resolveBySystem;
  }

  /** How many names it looks after. */
  get size(): number {
    return this.#watched.size;
  }

  /** From now on the peer is where `name` says. An address is found at once, a host name later. */
  watch(publicKey: string, name: EndpointName, now: number): void {
    this.#watched.delete(publicKey);
    if (name.address !== null) {
      const { family } = name.address;
      if (this.#options.isUsable(family)) {
        this.#options.found(publicKey, { family, address: name.host, port: name.port });
      }
      return;
    }
    const watched: Watched = { name, isAsking: false, wasFound: false, askedAt: Number.NEGATIVE_INFINITY };
    this.#watched.set(publicKey, watched);
    this.#ask(publicKey, watched, now);
  }

  forget(publicKey: string): void {
    this.#watched.delete(publicKey);
  }

  /** Asks for the names that are due. Call it about once a second. */
  check(now: number): void {
    for (const [publicKey, watched] of this.#watched) {
      if (watched.isAsking || now - watched.askedAt < ASK_AGAIN_MS) continue;
      if (watched.wasFound && this.#options.failedAttempts(publicKey) < FAILED_ATTEMPTS) continue;
      this.#ask(publicKey, watched, now);
    }
  }

  #ask(publicKey: string, watched: Watched, now: number): void {
    // One that finds no place is due still, and gets its turn in `check`.
    if (this.#asking >= ASKED_AT_ONCE) return;
    this.#asking++;
    watched.isAsking = true;
    watched.askedAt = now;
    this.#resolve(watched.name.host)
      .then(
        (addresses) => this.#answered(publicKey, watched, addresses),
        () => undefined,
      )
      .finally(() => {
        watched.isAsking = false;
        this.#asking--;
      });
  }

  #answered(publicKey: string, watched: Watched, addresses: readonly string[]): void {
    if (this.#watched.get(publicKey) !== watched) return;
    // It may have come from somewhere else while the name was asked for: what works stays.
    if (watched.wasFound && this.#options.failedAttempts(publicKey) === 0) return;
    for (const address of addresses) {
      const family = parseAddress(address)?.family;
      if (family === undefined || !this.#options.isUsable(family)) continue;
      watched.wasFound = true;
      this.#options.found(publicKey, { family, address, port: watched.name.port });
      return;
    }
  }
}

async function resolveBySystem(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true });
  return found.map((each) => each.address);
}
