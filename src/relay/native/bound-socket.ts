/**
 * A UDP socket of the native module, bound to every address of its family.
 */

import { getSystemErrorMessage, getSystemErrorName } from 'node:util';
import type { Family } from '../../net/address.ts';
import { BindError, BUFFER_BYTES } from '../backend/sockets.ts';
import type { NativeModule, SocketHandle } from './module.ts';

export interface BoundSocket {
  readonly handle: SocketHandle;
  readonly port: number;
  /** What the kernel granted. */
  readonly receiveBytes: number;
  readonly close: () => void;
}

/** By family; null where there is none (now). */
export interface BoundSockets {
  4: BoundSocket | null;
  6: BoundSocket | null;
}

/** `ready` is told what `udpWatch` asked for, or a negative errno. Throws a `BindError`. */
export function bindSocket(
  module: NativeModule,
  family: Family,
  port: number,
  wantsJoined: boolean,
  ready: (happened: number) => void,
): BoundSocket {
  const granted = new Int32Array(3);
  const handle = module.udpOpen(family, port, wantsJoined, BUFFER_BYTES, granted, ready);
  if (typeof handle === 'number') {
    const message = `Cannot listen on UDP port ${port} (IPv${family}): ${getSystemErrorMessage(handle)}`;
    throw new BindError(getSystemErrorName(handle), message);
  }
  const close = () => module.udpClose(handle);
  return { handle, port: module.udpPort(handle), receiveBytes: granted[0]!, close };
}
