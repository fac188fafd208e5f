/**
 * The peers as they are configured, in order, and the changes to them.
 *
 * A change is parsed and checked as a whole before anything of it is done. Then it touches only what differs: a peer
 * that is set to what it is keeps everything, one that is changed keeps its keypairs and where it was heard from.
 */

import type { Endpoint, EndpointName } from '../net/endpoint.ts';
import { parseEndpointName } from '../net/endpoint.ts';
import { parseKey } from '../net/key.ts';
import { formatPrefix, type Prefix, parsePrefix } from '../net/prefix.ts';
import type { Device, PeerChange } from '../wireguard/device.ts';
import type { Peer } from '../wireguard/peer.ts';
import type { PeerConfig } from './messages.ts';

/** Why a change was refused as a whole. The message says names and places, never keys. */
export class ChangeMistake extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'ChangeMistake';
    this.code = code;
  }
}

/** A peer that is there. */
export interface TablePeer {
  readonly config: PeerConfig;
  readonly peer: Peer;
}

/** A change that may be applied. Made by `PeerTable.check`. */
export interface CheckedChange {
  readonly remove: readonly string[];
  readonly set: readonly ParsedPeer[];
}

export interface PeerCounts {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

interface ParsedPeer {
  readonly config: PeerConfig;
  readonly publicKey: Uint8Array;
  readonly presharedKey: Uint8Array | null;
  readonly allowedIps: readonly Prefix[];
  readonly exitFor: readonly Prefix[];
  readonly endpoint: EndpointName | null;
}

/** What a table tells the outside. */
export interface TableEvents {
  /** The peer's endpoint is now configured as this, or no more. */
  readonly endpointConfigured: (publicKey: string, endpoint: EndpointName | null, now: number) => void;
  readonly removed: (publicKey: string) => void;
  /** Where a peer that is new and has no configured endpoint was last seen. */
  readonly lastSeen: (publicKey: string) => Endpoint | null;
}

export class PeerTable {
  readonly #device: Device;
  readonly #events: TableEvents;
  readonly #peers = new Map<string, TablePeer>();
  /** By claim (`claimsOf`): the public key of who has it. */
  readonly #owners = new Map<string, string>();

  constructor(device: Device, events: TableEvents) {
    this.#device = device;
    this.#events = events;
  }

  get size(): number {
    return this.#peers.size;
  }

  byKey(publicKey: string): TablePeer | null {
    return this.#peers.get(publicKey) ?? null;
  }

  /** All peers, in the order of configuration. */
  values(): IterableIterator<TablePeer> {
    return this.#peers.values();
  }

  /** What `set` and `remove` come to, or a `ChangeMistake` thrown: then nothing has happened. */
  check(set: readonly PeerConfig[], remove: readonly string[], ownPublicKey: string): CheckedChange {
    for (const [i, publicKey] of remove.entries()) {
      if (parseKey(publicKey) === null) throw new ChangeMistake('key-invalid', `remove[${i}] is not a public key`);
    }
    const parsed = set.map(parsePeer);
    const touched = new Set(remove);
    for (const { config } of parsed) touched.add(config.publicKey);
    const keys = new Set<string>();
    const owners = new Map<string, string>();
    for (const { config } of parsed) {
      const { name, publicKey } = config;
      if (publicKey === ownPublicKey) throw new ChangeMistake('own-key', `"${name}" has the router's own public key`);
      if (keys.has(publicKey)) throw new ChangeMistake('key-twice', `"${name}" has the public key of another peer`);
      keys.add(publicKey);
      for (const claim of claimsOf(config)) {
        const ownerKey = this.#owners.get(claim);
        const other =
          owners.get(claim) ??
          (ownerKey && !touched.has(ownerKey) ? this.#peers.get(ownerKey)?.config.name : undefined);
        if (other !== undefined) {
          throw new ChangeMistake('prefix-taken', `"${name}" cannot have ${claim}: it belongs to "${other}"`);
        }
        owners.set(claim, name);
      }
    }
    return { remove, set: parsed };
  }

  /** Applies a checked change: removals, then settings. */
  apply(change: CheckedChange, now: number): PeerCounts {
    let removed = 0;
    for (const publicKey of change.remove) {
      const there = this.#peers.get(publicKey);
      if (there === undefined) continue;
      this.#device.removePeer(there.peer, now);
      this.#peers.delete(publicKey);
      this.#disown(publicKey, there.config);
      this.#events.removed(publicKey);
      removed++;
    }
    // Everybody gives before anybody takes, so that the table of owners never holds one prefix twice.
    for (const { config } of change.set) {
      const there = this.#peers.get(config.publicKey);
      if (there !== undefined) this.#disown(config.publicKey, there.config);
    }
    let added = 0;
    let changed = 0;
    for (const parsed of change.set) {
      for (const claim of claimsOf(parsed.config)) this.#owners.set(claim, parsed.config.publicKey);
      if (!this.#peers.has(parsed.config.publicKey)) {
        this.#add(parsed, now);
        added++;
      } else if (this.#change(parsed, now)) {
        changed++;
      }
    }
    return { added, changed, removed };
  }

  #add(parsed: ParsedPeer, now: number): void {
    const { config, publicKey, presharedKey, allowedIps, exitFor } = parsed;
    const peer = this.#device.addPeer(
      {
        publicKey,
        presharedKey,
        allowedIps,
        exitFor,
        endpoint: parsed.endpoint === null ? this.#events.lastSeen(config.publicKey) : null,
        keepaliveSeconds: config.keepalive,
        mtuBytes: config.mtu,
        expires: config.expires,
      },
      now,
    );
    this.#peers.set(config.publicKey, { config, peer });
    if (parsed.endpoint !== null) this.#events.endpointConfigured(config.publicKey, parsed.endpoint, now);
  }

  /** Whether anything differed. */
  #change(parsed: ParsedPeer, now: number): boolean {
    const { config } = parsed;
    const { config: before, peer } = this.#peers.get(config.publicKey)!;
    const change: { -readonly [K in keyof PeerChange]: PeerChange[K] } = {};
    if (config.presharedKey !== before.presharedKey) change.presharedKey = parsed.presharedKey;
    if (!areSame(config.allowedIps, before.allowedIps)) change.allowedIps = parsed.allowedIps;
    if (!areSame(config.exitFor, before.exitFor)) change.exitFor = parsed.exitFor;
    if (config.keepalive !== before.keepalive) change.keepaliveSeconds = config.keepalive;
    if (config.mtu !== before.mtu) change.mtuBytes = config.mtu;
    if (config.expires !== before.expires) change.expires = config.expires;
    const hasMoved = config.endpoint !== before.endpoint;
    this.#peers.set(config.publicKey, { config, peer });
    if (Object.keys(change).length > 0) this.#device.changePeer(peer, change, now);
    if (hasMoved) this.#events.endpointConfigured(config.publicKey, parsed.endpoint, now);
    return hasMoved || config.name !== before.name || Object.keys(change).length > 0;
  }

  #disown(publicKey: string, config: PeerConfig): void {
    for (const claim of claimsOf(config)) {
      if (this.#owners.get(claim) === publicKey) this.#owners.delete(claim);
    }
  }
}

/** What one peer alone may have: its prefixes, and to be the exit for others. */
function claimsOf({ allowedIps, exitFor }: PeerConfig): Set<string> {
  return new Set([...allowedIps, ...exitFor.map((user) => `the exit for ${user}`)]);
}

function parsePeer(config: PeerConfig): ParsedPeer {
  const { name } = config;
  const publicKey = parseKey(config.publicKey);
  if (publicKey === null) throw new ChangeMistake('key-invalid', `the public key of "${name}" is not a key`);
  const presharedKey = config.presharedKey === null ? null : parseKey(config.presharedKey);
  if (presharedKey === null && config.presharedKey !== null) {
    throw new ChangeMistake('key-invalid', `the preshared key of "${name}" is not a key`);
  }
  const allowedIps = parsePrefixes(config.allowedIps, name);
  const exitFor = parsePrefixes(config.exitFor, name);
  const endpoint = config.endpoint === null ? null : parseEndpointName(config.endpoint);
  if (typeof endpoint === 'string') {
    throw new ChangeMistake('endpoint-invalid', `the endpoint "${config.endpoint}" of "${name}" is not HOST:PORT`);
  }
  return { config, publicKey, presharedKey, allowedIps, exitFor, endpoint };
}

/** Prefixes of `whose`, or a `ChangeMistake` thrown: host bits are zero, the spelling is the one there is. */
export function parsePrefixes(texts: readonly string[], whose: string): Prefix[] {
  return [...new Set(texts)].map((text) => {
    const prefix = parsePrefix(text);
    if (typeof prefix === 'string' || formatPrefix(prefix) !== text) {
      throw new ChangeMistake('prefix-invalid', `"${text}" of "${whose}" is not a prefix in canonical spelling`);
    }
    return prefix;
  });
}

/** Whether two lists hold the same, in whatever order. */
function areSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  const known = new Set(b);
  return a.every((each) => known.has(each));
}
