/**
 * MAC1, MAC2 and cookies (whitepaper section 5.4.4 and 5.4.7): who may cost us a handshake.
 *
 * MAC1 shows that the sender knows our public key. Under load MAC2 shows in addition that it receives at its address: a
 * cookie is a MAC of address *and port* under a secret of ours (of the address alone, everybody behind one NAT could use
 * it). A cookie reply is bound to the MAC1 of the message it answers.
 */

import { addressBytes, parseAddress } from '../../net/address.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import { KEY_BYTES } from '../../net/key.ts';
import { COOKIE_MAX_AGE_MS, COOKIE_SECRET_MAX_AGE_MS } from '../constants.ts';
import { XNONCE_BYTES, xOpen, xSeal } from '../crypto/aead-once.ts';
import { hash, isMac, MAC_BYTES, mac } from '../crypto/blake2s.ts';
import type { Entropy } from '../entropy.ts';
import {
  COOKIE_BYTES,
  COOKIE_NONCE,
  COOKIE_RECEIVER,
  COOKIE_SEALED,
  MACS_BYTES,
  TYPE_COOKIE,
  writeWord,
} from '../message.ts';

const MAC1_LABEL = Uint8Array.from('mac1----', (character) => character.charCodeAt(0));
const COOKIE_LABEL = Uint8Array.from('cookie--', (character) => character.charCodeAt(0));

/** The responder's side: checks messages to one public key, ours, and makes cookie replies. */
export class CookieChecker {
  readonly #mac1Key: Uint8Array;
  readonly #cookieKey: Uint8Array;
  readonly #entropy: Entropy;
  #secret: Uint8Array;
  #secretAt = Number.NEGATIVE_INFINITY;

  constructor(publicKey: Uint8Array, entropy: Entropy) {
    this.#mac1Key = hash(MAC1_LABEL, publicKey);
    this.#cookieKey = hash(COOKIE_LABEL, publicKey);
    this.#entropy = entropy;
    this.#secret = new Uint8Array(KEY_BYTES);
  }

  /** Whether the message, which ends in its two MACs, has the right MAC1. */
  hasMac1(message: Uint8Array): boolean {
    const end = message.length - MACS_BYTES;
    return isMac(message.subarray(end, end + MAC_BYTES), this.#mac1Key, message.subarray(0, end));
  }

  /** Whether it has the MAC2 of a cookie that was sent to `source` (`sourceBytes`). */
  hasMac2(message: Uint8Array, source: Uint8Array, now: number): boolean {
    const end = message.length - MAC_BYTES;
    return isMac(message.subarray(end), this.#cookie(source, now), message.subarray(0, end));
  }

  /** The cookie reply to a message with the sender index `receiver`. */
  reply(message: Uint8Array, receiver: number, source: Uint8Array, now: number): Uint8Array {
    const reply = new Uint8Array(COOKIE_BYTES);
    writeWord(reply, 0, TYPE_COOKIE);
    writeWord(reply, COOKIE_RECEIVER, receiver);
    const nonce = this.#entropy.bytes(XNONCE_BYTES);
    reply.set(nonce, COOKIE_NONCE);
    const mac1 = message.subarray(message.length - MACS_BYTES, message.length - MAC_BYTES);
    reply.set(xSeal(this.#cookieKey, nonce, this.#cookie(source, now), mac1), COOKIE_SEALED);
    return reply;
  }

  #cookie(source: Uint8Array, now: number): Uint8Array {
    if (now - this.#secretAt >= COOKIE_SECRET_MAX_AGE_MS) {
      this.#secret.fill(0);
      this.#secret = this.#entropy.bytes(KEY_BYTES);
      this.#secretAt = now;
    }
    return mac(this.#secret, source);
  }
}

/** What the initiator's side remembers of one peer; a `Peer` is one. */
export interface CookieMemory {
  readonly publicKey: Uint8Array;
  readonly lastMac1: Uint8Array;
  readonly cookie: Uint8Array;
  cookieAt: number;
  awaitsCookieReply: boolean;
}

/** Writes MAC1, and MAC2 where there is a cookie young enough, at the end of a message to `peer`. */
export function addMacs(message: Uint8Array, peer: CookieMemory, now: number): void {
  const mac1At = message.length - MACS_BYTES;
  const mac2At = message.length - MAC_BYTES;
  const mac1 = mac(hash(MAC1_LABEL, peer.publicKey), message.subarray(0, mac1At));
  message.set(mac1, mac1At);
  peer.lastMac1.set(mac1);
  peer.awaitsCookieReply = true;
  if (now - peer.cookieAt < COOKIE_MAX_AGE_MS) message.set(mac(peer.cookie, message.subarray(0, mac2At)), mac2At);
  else message.fill(0, mac2At);
}

/**
 * Whether the cookie reply is one to the last message sent to `peer`, whose cookie is then kept. One reply is taken for
 * each message, so a recorded one does nothing. The message is sent again when its timer says so, not now: an answer to
 * an answer would be a way to make us send.
 */
export function consumeCookieReply(reply: Uint8Array, peer: CookieMemory, now: number): boolean {
  if (!peer.awaitsCookieReply) return false;
  const nonce = reply.subarray(COOKIE_NONCE, COOKIE_NONCE + XNONCE_BYTES);
  const cookie = xOpen(hash(COOKIE_LABEL, peer.publicKey), nonce, reply.subarray(COOKIE_SEALED), peer.lastMac1);
  if (cookie === null) return false;
  peer.cookie.set(cookie);
  peer.cookieAt = now;
  peer.awaitsCookieReply = false;
  return true;
}

/** Address and port of an endpoint as bytes, what a cookie is a MAC of. The zone of a link-local address is ours alone. */
export function sourceBytes(endpoint: Endpoint): Uint8Array {
  const zone = endpoint.address.indexOf('%');
  const address = parseAddress(zone < 0 ? endpoint.address : endpoint.address.slice(0, zone));
  const bytes = address === null ? new Uint8Array(endpoint.family === 4 ? 4 : 16) : addressBytes(address);
  const source = new Uint8Array(bytes.length + 2);
  source.set(bytes);
  source[bytes.length] = endpoint.port >>> 8;
  source[bytes.length + 1] = endpoint.port;
  return source;
}
