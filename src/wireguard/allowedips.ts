/**
 * Allowed IPs: which peer owns an address, by longest prefix, asked for every packet's source and destination.
 *
 * Two tables in one: going out they choose the peer, coming in they say which sources a peer may use. A prefix belongs
 * to one peer; inserting it for another moves it, as in Linux, so whoever describes the network reports clashes before.
 *
 * A binary trie with path compression for each family. A node stands for a prefix; nodes without an owner exist only to
 * branch, so there are less than two nodes a prefix, and a lookup passes as many as prefixes differ on the way down.
 *
 *                   10.0.0.0/8 (lyon)
 *                   /               \
 *         10.1.0.0/30 (branch)   10.192.0.0/12 (turin)
 *           /         \
 *     10.1.0.1/32   10.1.0.2/32
 *
 * A node is a record of integers in one array, so that a lookup allocates nothing and touches one cache line a step.
 * In front of it stands a hash of the single addresses (`HostTable`), which are always the longest match: about 10 ns
 * for any number of machines, where the trie takes 100 for a thousand and 250 for 100,000 (`bench/device.ts`).
 */

import { ADDRESS_BITS, type Family } from '../net/address.ts';
import type { Prefix } from '../net/prefix.ts';
import { HostTable } from './tables/hosttable.ts';

const NONE = -1;

/** Fields of a node; a node's number is the place of its record. Free nodes are chained by CHILD. */
const LENGTH = 0;
const OWNER = 1;
const CHILD = 2; // and CHILD + 1: the prefixes that go on with a zero, and with a one
const PARENT = 4;
const NEXT = 5; // of the same owner
const PREVIOUS = 6;
const BITS = 7; // one word for IPv4, four for IPv6
const RECORD_4 = 8;
const RECORD_6 = 12;

export class AllowedIps {
  readonly #trie4 = new Trie(4);
  readonly #trie6 = new Trie(6);

  /** How many prefixes have an owner. */
  get size(): number {
    return this.#trie4.size + this.#trie6.size;
  }

  /** Gives `prefix` to `peer`, and takes it from whoever had it. */
  insert(prefix: Prefix, peer: number): void {
    this.#of(prefix.family).insert(wordsOf(prefix), prefix.length, peer);
  }

  /** Takes `prefix` from `peer`; nothing happens when it is not `peer`'s. */
  remove(prefix: Prefix, peer: number): void {
    this.#of(prefix.family).remove(wordsOf(prefix), prefix.length, peer);
  }

  /** Takes everything from `peer`. */
  removePeer(peer: number): void {
    this.#trie4.removeOwner(peer);
    this.#trie6.removeOwner(peer);
  }

  /** What `peer` owns, in no particular order. */
  prefixesOf(peer: number): Prefix[] {
    return [...this.#trie4.prefixesOf(peer), ...this.#trie6.prefixesOf(peer)];
  }

  /** The owner of the IPv4 address in the four bytes at `at`, or -1. */
  lookup4(bytes: Uint8Array, at: number): number {
    return this.#trie4.lookup4(bytes, at);
  }

  /** The owner of the IPv6 address in the 16 bytes at `at`, or -1. */
  lookup6(bytes: Uint8Array, at: number): number {
    return this.#trie6.lookup6(bytes, at);
  }

  #of(family: Family): Trie {
    return family === 4 ? this.#trie4 : this.#trie6;
  }
}

class Trie {
  readonly #family: Family;
  readonly #record: number;
  #nodes: Int32Array;
  /** The nodes of full length again, by hash. */
  readonly #hosts: HostTable;
  #root = NONE;
  #free = NONE;
  /** By owner: its first node. */
  #heads = new Int32Array(16).fill(NONE);
  size = 0;

  constructor(family: Family) {
    this.#family = family;
    this.#record = family === 4 ? RECORD_4 : RECORD_6;
    this.#nodes = new Int32Array(0);
    this.#hosts = new HostTable(family === 4 ? 1 : 4);
  }

  lookup4(bytes: Uint8Array, at: number): number {
    const nodes = this.#nodes;
    const key = readWord(bytes, at);
    const host = this.#hosts.lookup1(key);
    if (host !== NONE) return host;
    let owner = NONE;
    let node = this.#root;
    while (node !== NONE) {
      const length = nodes[node + LENGTH]!;
      // A shift by 32 is a shift by none, so /0 needs a word of its own.
      if (length !== 0 && (key ^ nodes[node + BITS]!) >>> (32 - length) !== 0) break;
      const here = nodes[node + OWNER]!;
      if (here !== NONE) owner = here;
      if (length === 32) break;
      node = nodes[node + CHILD + ((key >>> (31 - length)) & 1)]!;
    }
    return owner;
  }

  lookup6(bytes: Uint8Array, at: number): number {
    const nodes = this.#nodes;
    const a = readWord(bytes, at);
    const b = readWord(bytes, at + 4);
    const c = readWord(bytes, at + 8);
    const d = readWord(bytes, at + 12);
    const host = this.#hosts.lookup4(a, b, c, d);
    if (host !== NONE) return host;
    let owner = NONE;
    let node = this.#root;
    while (node !== NONE) {
      const length = nodes[node + LENGTH]!;
      let key = a;
      if (length !== 0) {
        const word = (length - 1) >> 5;
        let different = 0;
        if (word > 0) {
          different = a ^ nodes[node + BITS]!;
          key = b;
        }
        if (word > 1) {
          different |= b ^ nodes[node + BITS + 1]!;
          key = c;
        }
        if (word > 2) {
          different |= c ^ nodes[node + BITS + 2]!;
          key = d;
        }
        if (different !== 0 || (key ^ nodes[node + BITS + word]!) >>> (31 - ((length - 1) & 31)) !== 0) break;
      }
      const here = nodes[node + OWNER]!;
      if (here !== NONE) owner = here;
      if (length === 128) break;
      const next = length < 32 ? a : length < 64 ? b : length < 96 ? c : d;
      node = nodes[node + CHILD + ((next >>> (31 - (length & 31))) & 1)]!;
    }
    return owner;
  }

  insert(key: Int32Array, length: number, owner: number): void {
    let parent = NONE;
    let node = this.#root;
    while (
      node !== NONE &&
      this.#nodes[node + LENGTH]! <= length &&
      this.#commonBits(node, key) >= this.#length(node)
    ) {
      if (this.#length(node) === length) {
        this.#release(node);
        this.#own(node, owner);
        return;
      }
      parent = node;
      node = this.#nodes[node + CHILD + bitOf(key, this.#length(node))]!;
    }
    const made = this.#allocate(key, length);
    this.#own(made, owner);
    if (node === NONE) {
      this.#attach(parent, made);
      return;
    }
    const common = Math.min(this.#commonBits(node, key), length);
    if (common === length) {
      this.#attach(parent, made);
      this.#attach(made, node);
      return;
    }
    const branch = this.#allocate(key, common);
    this.#attach(parent, branch);
    this.#attach(branch, made);
    this.#attach(branch, node);
  }

  remove(key: Int32Array, length: number, owner: number): void {
    let node = this.#root;
    while (node !== NONE && this.#length(node) < length) {
      node = this.#nodes[node + CHILD + bitOf(key, this.#length(node))]!;
    }
    if (node === NONE || this.#length(node) !== length || this.#commonBits(node, key) < length) return;
    if (this.#nodes[node + OWNER] !== owner) return;
    this.#release(node);
    this.#prune(node);
  }

  removeOwner(owner: number): void {
    for (let node = this.#heads[owner] ?? NONE; node !== NONE; node = this.#heads[owner]!) {
      this.#release(node);
      this.#prune(node);
    }
  }

  prefixesOf(owner: number): Prefix[] {
    const prefixes: Prefix[] = [];
    for (let node = this.#heads[owner] ?? NONE; node !== NONE; node = this.#nodes[node + NEXT]!) {
      let bits = 0n;
      for (let word = 0; word < this.#words; word++) {
        bits = (bits << 32n) | BigInt(this.#nodes[node + BITS + word]! >>> 0);
      }
      prefixes.push({ family: this.#family, bits, length: this.#length(node) });
    }
    return prefixes;
  }

  get #words(): number {
    return ADDRESS_BITS[this.#family] / 32;
  }

  #length(node: number): number {
    return this.#nodes[node + LENGTH]!;
  }

  /** How many leading bits of `key` and of the node's prefix agree, at most the prefix's length. */
  #commonBits(node: number, key: Int32Array): number {
    const length = this.#length(node);
    for (let word = 0; word < this.#words; word++) {
      const same = Math.clz32(key[word]! ^ this.#nodes[node + BITS + word]!);
      if (same < 32) return Math.min(length, word * 32 + same);
    }
    return length;
  }

  /** Puts `node` where its bits say under `parent`, or at the root. What was there is the caller's to attach again. */
  #attach(parent: number, node: number): void {
    this.#nodes[node + PARENT] = parent;
    if (parent === NONE) {
      this.#root = node;
      return;
    }
    const length = this.#length(parent);
    const bit = (this.#nodes[node + BITS + (length >> 5)]! >>> (31 - (length & 31))) & 1;
    this.#nodes[parent + CHILD + bit] = node;
  }

  /** Takes `node` out when it has no owner and less than two children, and then its parent when that is due. */
  #prune(node: number): void {
    const nodes = this.#nodes;
    let at = node;
    while (at !== NONE && nodes[at + OWNER] === NONE) {
      const zero = nodes[at + CHILD]!;
      const one = nodes[at + CHILD + 1]!;
      if (zero !== NONE && one !== NONE) return;
      const parent = nodes[at + PARENT]!;
      const child = zero !== NONE ? zero : one;
      if (parent === NONE) this.#root = child;
      else nodes[parent + CHILD + (nodes[parent + CHILD] === at ? 0 : 1)] = child;
      if (child !== NONE) nodes[child + PARENT] = parent;
      nodes[at + CHILD] = this.#free;
      this.#free = at;
      at = parent;
    }
  }

  #own(node: number, owner: number): void {
    if (owner >= this.#heads.length) {
      const heads = new Int32Array(2 * owner).fill(NONE);
      heads.set(this.#heads);
      this.#heads = heads;
    }
    const next = this.#heads[owner]!;
    this.#nodes[node + OWNER] = owner;
    this.#nodes[node + NEXT] = next;
    this.#nodes[node + PREVIOUS] = NONE;
    if (next !== NONE) this.#nodes[next + PREVIOUS] = node;
    this.#heads[owner] = node;
    if (this.#length(node) === ADDRESS_BITS[this.#family]) this.#hosts.set(this.#nodes, node + BITS, owner);
    this.size++;
  }

  /** The node has no owner after this. */
  #release(node: number): void {
    const nodes = this.#nodes;
    const owner = nodes[node + OWNER]!;
    if (owner === NONE) return;
    const next = nodes[node + NEXT]!;
    const previous = nodes[node + PREVIOUS]!;
    if (previous === NONE) this.#heads[owner] = next;
    else nodes[previous + NEXT] = next;
    if (next !== NONE) nodes[next + PREVIOUS] = previous;
    nodes[node + OWNER] = NONE;
    if (this.#length(node) === ADDRESS_BITS[this.#family]) this.#hosts.remove(nodes, node + BITS);
    this.size--;
  }

  /** A node for the first `length` bits of `key`, without owner and children. */
  #allocate(key: Int32Array, length: number): number {
    if (this.#free === NONE) this.#grow();
    const node = this.#free;
    this.#free = this.#nodes[node + CHILD]!;
    this.#nodes[node + LENGTH] = length;
    this.#nodes[node + OWNER] = NONE;
    this.#nodes[node + CHILD] = NONE;
    this.#nodes[node + CHILD + 1] = NONE;
    this.#nodes[node + PARENT] = NONE;
    for (let word = 0; word < this.#words; word++) {
      const bits = Math.min(32, Math.max(0, length - word * 32));
      this.#nodes[node + BITS + word] = bits === 0 ? 0 : key[word]! & (-1 << (32 - bits));
    }
    return node;
  }

  #grow(): void {
    const before = this.#nodes.length;
    const nodes = new Int32Array(Math.max(16 * this.#record, 2 * before));
    nodes.set(this.#nodes);
    this.#nodes = nodes;
    for (let node = nodes.length - this.#record; node >= before; node -= this.#record) {
      nodes[node + CHILD] = this.#free;
      this.#free = node;
    }
  }
}

function wordsOf(prefix: Prefix): Int32Array {
  const words = new Int32Array(ADDRESS_BITS[prefix.family] / 32);
  let rest = prefix.bits;
  for (let word = words.length - 1; word >= 0; word--) {
    words[word] = Number(rest & 0xffffffffn);
    rest >>= 32n;
  }
  return words;
}

function bitOf(key: Int32Array, index: number): number {
  return (key[index >> 5]! >>> (31 - (index & 31))) & 1;
}

/** Four bytes in network order. */
function readWord(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
