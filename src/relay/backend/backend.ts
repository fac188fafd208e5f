/**
 * Who moves the relay's datagrams and computes its ciphers: the native module where it loads and computes rightly, and
 * what every Node has otherwise. Everything else is one program.
 */

import { release } from 'node:os';
import { SLOT_BYTES } from '../../wireguard/batch.ts';
import type { Aead } from '../../wireguard/crypto/aead.ts';
import { chooseAead, isRight } from '../../wireguard/crypto/choose-aead.ts';
import { loadNativeModule, type NativeModule } from '../native/module.ts';
import { NativeAead } from '../native/native-aead.ts';
import { NATIVE_ARENA_BYTES } from '../native/native-arena.ts';
import { NativeSockets } from '../native/native-sockets.ts';
import { type Offload, offloadOf } from '../native/offload.ts';
import { PortableSockets, SOCKETS_ARENA_BYTES } from './portable-sockets.ts';
import type { SocketEvents, Sockets } from './sockets.ts';

export interface RelayBackend {
  /** For `status`: `native, avx512`, `native, openssl`, `portable, webassembly-simd`. */
  readonly name: string;
  /** Why it is this one, for a person. */
  readonly reason: string;
  /** Its arena has room for the sockets, and after them a slot for the device. */
  readonly aead: Aead;
  readonly openSockets: (port: number, events: SocketEvents) => Promise<Sockets>;
}

/** What a person may ask for, in the environment. */
export interface BackendChoice {
  /** Null is native where it can be had. */
  readonly backend: 'native' | 'portable' | null;
  /** `none`, `receive`, `send` or `both`; null is what the kernel does well. */
  readonly offload: string | null;
}

/** `native` was asked for, or something that is no backend. */
export class BackendMistake extends Error {
  override readonly name = 'BackendMistake';
}

const OFFLOADS = ['none', 'receive', 'send', 'both'];

/** The choice in `WG_ROUTER_RELAY` and `WG_ROUTER_OFFLOAD`. Throws a `BackendMistake`. */
export function backendChoice(environment: Readonly<Record<string, string | undefined>>): BackendChoice {
  const { WG_ROUTER_RELAY: backend = '', WG_ROUTER_OFFLOAD: offload = '' } = environment;
  if (backend !== '' && backend !== 'native' && backend !== 'portable') {
    throw new BackendMistake(`WG_ROUTER_RELAY is "${backend}"; it can be native or portable`);
  }
  if (offload !== '' && !OFFLOADS.includes(offload)) {
    throw new BackendMistake(`WG_ROUTER_OFFLOAD is "${offload}"; it can be ${OFFLOADS.join(', ')}`);
  }
  return { backend: backend === '' ? null : backend, offload: offload === '' ? null : offload };
}

/** Throws a `BackendMistake` when native was asked for and cannot be had. `module` is for tests. */
export function chooseBackend(
  choice: BackendChoice,
  keySlots: number,
  module: NativeModule | string = choice.backend === 'portable' ? 'WG_ROUTER_RELAY=portable' : loadNativeModule(),
): RelayBackend {
  const native =
    typeof module === 'string' ? module : nativeBackend(module, offloadOf(release(), choice.offload), keySlots);
  if (typeof native !== 'string') return native;
  if (choice.backend === 'native') throw new BackendMistake(`WG_ROUTER_RELAY is native, but ${native}`);
  const aead = chooseAead(SOCKETS_ARENA_BYTES + SLOT_BYTES, keySlots);
  return {
    name: `portable, ${aead.name}`,
    reason: native,
    aead,
    openSockets: (port, events) => PortableSockets.open(port, aead.arena, events),
  };
}

/** The native backend, or why it cannot be used. */
function nativeBackend(module: NativeModule, offload: Offload, keySlots: number): RelayBackend | string {
  let aead: NativeAead;
  try {
    aead = new NativeAead(module, NATIVE_ARENA_BYTES + SLOT_BYTES, keySlots);
    if (!isRight(aead)) return 'the native module seals or opens wrongly on this machine';
  } catch (error) {
    return `the native module does not work here: ${(error as Error).message}`;
  }
  return {
    name: `native, ${aead.name}`,
    reason: `the native module passed its self-test; ${offloadText(offload)}`,
    aead,
    openSockets: (port, events) => NativeSockets.open(port, module, aead.arena, offload, events),
  };
}

function offloadText({ receive, send }: Offload): string {
  if (receive && send) return 'the kernel joins and splits datagrams';
  if (receive) return 'the kernel joins datagrams and does not split them';
  return send ? 'the kernel splits datagrams and does not join them' : 'the kernel neither joins nor splits datagrams';
}
