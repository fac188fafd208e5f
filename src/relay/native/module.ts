/**
 * The native module: its functions as types, and how it is found and loaded. What it does is said in `native/README.md`.
 *
 * It is optional. Where it is missing, was built for something else, or computes wrongly, the reason is told and the
 * relay is portable.
 */

import { join } from 'node:path';
import * as row from '../../wireguard/batch.ts';
import { MESSAGE_INTS } from './message-table.ts';

/** Kept alive by their holder; each one keeps its arena alive, which must never be detached. */
declare const kind: unique symbol;
export interface AeadHandle {
  readonly [kind]: 'aead';
}
export interface UdpHandle {
  readonly [kind]: 'udp';
}
export interface SocketHandle {
  readonly [kind]: 'socket';
}

/**
 * Mistakes of the caller throw a `RangeError`. What the system refuses is a negative errno. Rows and messages are tables
 * of integers: `wireguard/batch.ts` and `message-table.ts`.
 */
export interface NativeModule {
  /** The columns and bounds it was built with. */
  readonly layout: Readonly<Record<string, number>>;

  /**
   * `wantsOwn` is for our own cipher, for processors with AVX-512, taken where it computes what OpenSSL computes; else it
   * is OpenSSL's.
   */
  aeadNew(arena: Uint8Array, slots: number, wantsOwn: boolean): AeadHandle;
  aeadIsOwn(aead: AeadHandle): boolean;
  /** Copies a key of 32 bytes into the slot; null overwrites it. */
  aeadSetKey(aead: AeadHandle, slot: number, key: Uint8Array | null): void;
  aeadSeal(aead: AeadHandle, slot: number, counter: number, offset: number, length: number): void;
  /** 1, or 0 for a wrong tag. */
  aeadOpen(aead: AeadHandle, slot: number, counter: number, offset: number, length: number): number;
  /** Opens the READY rows among the first `count`; those with a wrong tag are DROPPED with that reason. */
  aeadOpenRows(aead: AeadHandle, rows: Int32Array, count: number, wrongTag: number): void;
  /** Seals the rows that the first `count` of `order` name: in place with `to` -1, else from `to` on, below `end`. */
  aeadSealRows(aead: AeadHandle, rows: Int32Array, order: Int32Array, count: number, to: number, end: number): void;

  /** For sockets that receive into the first `MESSAGES * MESSAGE_STRIDE` of the arena, and send from anywhere in it. */
  udpNew(arena: Uint8Array): UdpHandle;
  /**
   * A socket bound to every address of the family. `granted` becomes the bytes of its two buffers, and 1 where the
   * kernel joins datagrams. `ready` is called with what `udpWatch` asked for, or a negative errno.
   */
  udpOpen(
    family: 4 | 6,
    port: number,
    wantsJoined: boolean,
    bufferBytes: number,
    granted: Int32Array,
    ready: (events: number) => void,
  ): SocketHandle | number;
  udpPort(socket: SocketHandle): number;
  /** READABLE, WRITABLE, both or 0: what `ready` is called for from now on. */
  udpWatch(socket: SocketHandle, events: number): number;
  udpClose(socket: SocketHandle): void;
  /** Messages that came, at most `most` by one system call; each has a row of `messages`, each datagram one of `rows`. */
  udpReceive(
    udp: UdpHandle,
    socket: SocketHandle,
    most: number,
    mostBytes: number,
    rows: Int32Array,
    messages: Int32Array,
  ): number;
  /** Messages that came and found no room in the tables; the next `udpReceive` delivers them. */
  udpWaiting(udp: UdpHandle): number;
  /** How many of the messages `from` to `count` left: one at least, or why the first did not. */
  udpSend(udp: UdpHandle, socket: SocketHandle, messages: Int32Array, from: number, count: number): number;

  /** Empty where there is none. */
  interfaceName(index: number): string;
  /** 0 where there is none. */
  interfaceIndex(name: string): number;
}

export const READABLE = 1;
export const WRITABLE = 2;
/** Messages that one system call receives or sends at most, and bytes of each. */
export const MESSAGES = 256;
export const MESSAGE_BYTES = 65_536;
/** Arena bytes from one message to the next: no power of two, for the cache's sake. */
export const MESSAGE_STRIDE = MESSAGE_BYTES + 1_600;
/** Datagrams in one message that comes, at most. */
export const SEGMENTS = 128;

const VERSION = 1;
const LAYOUT: Readonly<Record<string, number>> = {
  version: VERSION,
  offset: row.OFFSET,
  length: row.LENGTH,
  status: row.STATUS,
  reason: row.REASON,
  fromPeer: row.FROM_PEER,
  toPeer: row.TO_PEER,
  keySlot: row.KEY_SLOT,
  counterLow: row.COUNTER_LOW,
  counterHigh: row.COUNTER_HIGH,
  tos: row.TOS,
  rowInts: row.ROW_INTS,
  ready: row.STATUS_READY,
  dropped: row.STATUS_DROPPED,
  headerBytes: row.DATA_HEADER_BYTES,
  tagBytes: row.TAG_BYTES,
  messageInts: MESSAGE_INTS,
  messages: MESSAGES,
  messageBytes: MESSAGE_BYTES,
  messageStride: MESSAGE_STRIDE,
  segments: SEGMENTS,
};

/** In a checkout and in a package: beside the rooms' folder. */
const FOLDER = join(import.meta.dirname, '../../../prebuilds');
/** Only the one that was built for this machine's C library can be loaded. */
const LIBRARIES = ['gnu', 'musl'];

export const MODULE_FILE = 'relay.node';

/**
 * The module for this machine, or why there is none. Whoever starts the relay may say where it is, in `WG_ROUTER_MODULE`:
 * by a descriptor, where the relay's user cannot go there. `folder` is for tests.
 */
export function loadNativeModule(folder: string | null = null): NativeModule | string {
  if (process.platform !== 'linux') return `the native module is for Linux, and this is ${process.platform}`;
  const none = `no native module for linux ${process.arch}`;
  const given = folder === null ? process.env.WG_ROUTER_MODULE : undefined;
  const paths = LIBRARIES.map((library) => join(folder ?? FOLDER, `linux-${process.arch}-${library}`, MODULE_FILE));
  let reason = none;
  for (const path of given === undefined ? paths : [given]) {
    const loaded = load(path);
    if (typeof loaded !== 'string') return loaded;
    if (loaded !== '') reason = loaded;
  }
  return reason;
}

/** The module at `path`, why it cannot be used, or empty text where there is none. */
function load(path: string): NativeModule | string {
  let loaded: NativeModule;
  try {
    loaded = dlopen(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_DLOPEN_DISABLED') return 'Node was started without --allow-addons';
    if (/No such file or directory/.test(message)) return '';
    return `the native module does not load: ${message.split('\n')[0]}`;
  }
  const differs = Object.keys(LAYOUT).find((name) => loaded.layout?.[name] !== LAYOUT[name]);
  return differs === undefined ? loaded : `the native module is of another version (${differs})`;
}

/** Not `require`, which would look for the file first and may not. */
function dlopen(path: string): NativeModule {
  const module = { exports: {} };
  process.dlopen(module, path);
  return module.exports as NativeModule;
}
