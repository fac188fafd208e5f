/**
 * A machine as a bench needs it: it makes one initiation, reads the response, and then has two transport keys. No
 * timers, no cookies, no retries.
 */

import type { Aead } from '../src/wireguard/crypto/aead.ts';
import { hash, mac } from '../src/wireguard/crypto/blake2s.ts';
import { systemEntropy } from '../src/wireguard/crypto/system-entropy.ts';
import { PrivateKey } from '../src/wireguard/crypto/x25519.ts';
import {
  createInitiation,
  openResponse,
  type PendingInitiation,
  SymmetricState,
} from '../src/wireguard/handshake/noise.ts';
import { nextTimestamp, TIMESTAMP_BYTES } from '../src/wireguard/handshake/tai64n.ts';
import {
  INITIATION_BYTES,
  INITIATION_EPHEMERAL,
  INITIATION_MAC1,
  INITIATION_SENDER,
  RESPONSE_BYTES,
  RESPONSE_EPHEMERAL,
  RESPONSE_MAC1,
  RESPONSE_RECEIVER,
  RESPONSE_SENDER,
  readWord,
  TYPE_INITIATION,
  TYPE_RESPONSE,
  writeDataHeader,
  writeWord,
} from '../src/wireguard/message.ts';

const NO_PRESHARED_KEY = new Uint8Array(32);
const HEADER_BYTES = 16;
const TAG_BYTES = 16;

/** What a handshake leaves. */
export interface Transport {
  readonly remoteIndex: number;
  readonly sendKey: Uint8Array;
  readonly receiveKey: Uint8Array;
}

export class Initiator {
  readonly publicKey: Uint8Array;
  /** The router's public key; known only when the router, which must know ours, has started. */
  router: Uint8Array = new Uint8Array(32);
  readonly #key = PrivateKey.generate();
  readonly #index = systemEntropy.u32();
  #pending: PendingInitiation | null = null;

  constructor() {
    this.publicKey = this.#key.publicKey;
  }

  /** An initiation with the time of now; may be called again for a later one. */
  initiation(): Uint8Array {
    const timestamp = new Uint8Array(TIMESTAMP_BYTES);
    nextTimestamp(timestamp, Date.now());
    const ephemeral = systemEntropy.keyPair();
    const secret = this.#key.sharedSecret(this.router)!;
    const start = SymmetricState.towards(this.router);
    const { message, state } = createInitiation(start, ephemeral, this.publicKey, this.router, secret, timestamp)!;
    this.#pending = { state, ephemeral: ephemeral.privateKey, localIndex: this.#index };
    const datagram = new Uint8Array(INITIATION_BYTES);
    writeWord(datagram, 0, TYPE_INITIATION);
    writeWord(datagram, INITIATION_SENDER, this.#index);
    datagram.set(message, INITIATION_EPHEMERAL);
    const macKey = hash(new TextEncoder().encode('mac1----'), this.router);
    datagram.set(mac(macKey, datagram.subarray(0, INITIATION_MAC1)), INITIATION_MAC1);
    return datagram;
  }

  /** Whether `datagram` is a response to the initiation of this one. */
  isAnswered(datagram: Uint8Array): boolean {
    return (
      datagram.length === RESPONSE_BYTES &&
      readWord(datagram, 0) === TYPE_RESPONSE &&
      readWord(datagram, RESPONSE_RECEIVER) === this.#index
    );
  }

  /** The keys that the response leaves. Throws when it is not right: a bench has no use for that. */
  finish(response: Uint8Array): Transport {
    const noise = response.subarray(RESPONSE_EPHEMERAL, RESPONSE_MAC1);
    const opened = openResponse(this.#pending!, this.#key, NO_PRESHARED_KEY, noise);
    if (opened === null) throw new Error('the router sent a response that is not right');
    const [sendKey, receiveKey] = opened.state.split();
    return { remoteIndex: readWord(response, RESPONSE_SENDER), sendKey, receiveKey };
  }

  get index(): number {
    return this.#index;
  }
}

/** The index by which a response names its initiator, for a bench with many. */
export function receiverOf(response: Uint8Array): number {
  return readWord(response, RESPONSE_RECEIVER);
}

/** `inner` packets sealed in a row, counters from `counter` on. `inner(i)` fills what the i-th carries. */
export function sealStream(
  aead: Aead,
  transport: Transport,
  count: number,
  innerBytes: number,
  counter: number,
  inner: (packet: Uint8Array, i: number) => void,
): Uint8Array {
  const bytes = HEADER_BYTES + innerBytes + TAG_BYTES;
  const stream = new Uint8Array(count * bytes);
  const datagram = aead.arena.subarray(0, bytes);
  const slot = aead.addKey(transport.sendKey);
  for (let i = 0; i < count; i++) {
    writeDataHeader(datagram, 0, transport.remoteIndex, counter + i);
    inner(datagram.subarray(HEADER_BYTES, HEADER_BYTES + innerBytes), i);
    aead.seal(slot, counter + i, HEADER_BYTES, innerBytes);
    stream.set(datagram, i * bytes);
  }
  aead.removeKey(slot);
  return stream;
}

/** The inner packets of a row of datagrams of equal size; throws at the first that is not authentic. */
export function openStream(aead: Aead, transport: Transport, stream: Uint8Array, datagramBytes: number): Uint8Array[] {
  const slot = aead.addKey(transport.receiveKey);
  const packets: Uint8Array[] = [];
  for (let at = 0; at + datagramBytes <= stream.length; at += datagramBytes) {
    const datagram = aead.arena.subarray(0, datagramBytes);
    datagram.set(stream.subarray(at, at + datagramBytes));
    const counter = readWord(datagram, 8) + readWord(datagram, 12) * 2 ** 32;
    if (!aead.open(slot, counter, HEADER_BYTES, datagramBytes - HEADER_BYTES)) {
      throw new Error(`what the router sent under counter ${counter} does not open`);
    }
    packets.push(datagram.slice(HEADER_BYTES, datagramBytes - TAG_BYTES));
  }
  aead.removeKey(slot);
  return packets;
}
