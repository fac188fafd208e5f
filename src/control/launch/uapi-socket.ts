/**
 * The socket at which wg(8) finds the relay: /var/run/wireguard/NAME.sock, the place of WireGuard's cross-platform
 * userspace configuration protocol. Only root can put one there, so it is made here and handed to the relay listening;
 * what is said over it is the relay's.
 */

import { chmodSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';

export const UAPI_FOLDER = '/var/run/wireguard';

/** A network interface's name has at most 15 characters (IFNAMSIZ less one), and `wg show` holds to that. */
const MAX_NAME_LENGTH = 15;

/** What the router is called in `wg show`: `wgr-home`. */
export function uapiName(networkName: string): string {
  return `wgr-${networkName}`.slice(0, MAX_NAME_LENGTH).replace(/-+$/, '');
}

export interface UapiSocket {
  readonly path: string;
  /** Listening; to be inherited by the relay. */
  readonly descriptor: number;
  /** Closes it here; the relay's copy goes on, and so does the name. */
  release(): void;
}

/**
 * A listening socket for `name`, 0600 in a 0700 folder, or why there is none. A socket at which nobody listens any
 * more is replaced; one that somebody answers at is theirs and stays.
 */
export async function makeUapiSocket(name: string, folder: string = UAPI_FOLDER): Promise<UapiSocket | string> {
  const unusable = prepareFolder(folder);
  if (unusable !== null) return unusable;
  const path = join(folder, `${name}.sock`);
  switch (await whatIsAt(path)) {
    case 'somebody':
      return `${path} is in use by another program`;
    case 'no socket':
      return `${path} is no socket`;
    case 'nobody':
  }
  // Made under another name and moved: a stale one is replaced without a gap, and closing ours here (which removes the
  // name it was bound to) leaves the socket reachable.
  const draft = join(folder, `.${name}.${process.pid}`);
  rmSync(draft, { force: true });
  try {
    const server = await listen(draft);
    chmodSync(draft, 0o600);
    renameSync(draft, path);
    return { path, descriptor: descriptorOf(server), release: () => void server.close() };
  } catch (error) {
    rmSync(draft, { force: true });
    return `${path} cannot be made: ${(error as Error).message}`;
  }
}

/** Removes the socket when nobody listens there. */
export async function removeUapiSocket(path: string): Promise<void> {
  if ((await whatIsAt(path)) === 'nobody') rmSync(path, { force: true });
}

function prepareFolder(folder: string): string | null {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST') return `${folder} cannot be made: ${message}`;
  }
  const { mode, uid } = lstatSync(folder);
  if ((mode & 0o170000) !== 0o040000 || uid !== process.geteuid?.()) return `${folder} is not ours`;
  return (mode & 0o022) === 0 ? null : `${folder} may be written by others`;
}

async function whatIsAt(path: string): Promise<'nobody' | 'somebody' | 'no socket'> {
  try {
    if (!lstatSync(path).isSocket()) return 'no socket';
  } catch {
    return 'nobody';
  }
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve('somebody');
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      resolve(code === 'ECONNREFUSED' || code === 'ENOENT' ? 'nobody' : 'somebody');
    });
  });
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    // Whoever connects before the relay has the socket tries again.
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(path, () => resolve(server));
  });
}

/** Node hands servers only to processes of its own kind of channel; the relay inherits this one as a plain descriptor. */
function descriptorOf(server: Server): number {
  const { _handle } = server as unknown as { _handle?: { fd?: unknown } };
  if (typeof _handle?.fd !== 'number' || _handle.fd < 0) throw new Error('this Node.js does not tell the descriptor');
  return _handle.fd;
}
