/**
 * Exits: for which of our peers the internet lies behind which other, chosen by the address of theirs.
 *
 * Allowed IPs cannot say this. Whoever owned 0.0.0.0/0 there would be everybody's way out, and might send to everybody
 * under any address. So an exit is a second table, asked only for an address that nobody owns:
 *
 *   going out    phone ─▶ 192.0.2.9    nobody's, and the phone has an exit: to that peer
 *   coming in    192.0.2.9 ─▶ phone    nobody's: only from the phone's exit, and only to who has it
 *
 * What is described belongs to the network even where nobody owns it at the moment, and is never looked for outside.
 */

import type { Prefix } from '../net/prefix.ts';
import { AllowedIps } from './allowedips.ts';

const NONE = -1;

export class Exits {
  /** By the address of who uses it: the exit's peer number. */
  readonly #exitOf = new AllowedIps();
  /** Whose does not matter: that it has an owner here says that it is described. */
  #described = new AllowedIps();

  /** Makes `peer` the exit for `user`, instead of any other. */
  insert(user: Prefix, peer: number): void {
    this.#exitOf.insert(user, peer);
  }

  /** `peer` is no exit for `user` any more; nothing happens when it was none. */
  remove(user: Prefix, peer: number): void {
    this.#exitOf.remove(user, peer);
  }

  /** `peer` is nobody's exit any more. */
  removePeer(peer: number): void {
    this.#exitOf.removePeer(peer);
  }

  /** For whom `peer` is the exit, in no particular order. */
  usersOf(peer: number): Prefix[] {
    return this.#exitOf.prefixesOf(peer);
  }

  /** What of all addresses is not the internet. */
  setDescribed(prefixes: readonly Prefix[]): void {
    this.#described = new AllowedIps();
    for (const prefix of prefixes) this.#described.insert(prefix, 0);
  }

  /** The exit between the IPv4 addresses at `user` and `far`, or -1. That nobody owns `far`, the caller knows. */
  lookup4(bytes: Uint8Array, user: number, far: number): number {
    if (this.#exitOf.size === 0) return NONE;
    const exit = this.#exitOf.lookup4(bytes, user);
    return exit === NONE || this.#described.lookup4(bytes, far) !== NONE ? NONE : exit;
  }

  /** The same for IPv6. */
  lookup6(bytes: Uint8Array, user: number, far: number): number {
    if (this.#exitOf.size === 0) return NONE;
    const exit = this.#exitOf.lookup6(bytes, user);
    return exit === NONE || this.#described.lookup6(bytes, far) !== NONE ? NONE : exit;
  }
}
