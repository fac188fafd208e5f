/**
 * Where sockets lie while a network runs, and, for root, the relay's program: a folder for each network that is gone
 * after a reboot.
 *
 *   /run/wg-router/            root's, 0755; for a user $XDG_RUNTIME_DIR/wg-router, 0700
 *     3f9a1c0b77de/            one network; its name is a hash of the path of the network file
 *       code-…/                root only: the relay's program, read by the user it runs as
 *       sockets/control.sock   the relay's, 0700; the relay makes the socket, 0600
 *
 * The names are short because a socket's path has at most 107 bytes.
 */

import { createHash } from 'node:crypto';
import { chmodSync, chownSync, lstatSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { MachineError } from '../machine-error.ts';

/** sun_path of unix(7) less its final zero. */
const SOCKET_PATH_BYTES = 107;

export interface RuntimeFolder {
  /** The network's own. */
  readonly folder: string;
  readonly socketFolder: string;
  readonly controlSocket: string;
}

export interface Who {
  readonly uid: number;
  readonly xdgRuntimeDir: string | undefined;
}

/**
 * `path` with no link in its folders, so that every way to a network file gives the same name. The file itself may be
 * missing; where its folder is, the path stays as it is.
 */
export function withoutLinks(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return resolve(path);
  }
}

/** Where `who` has, or would have, the sockets of the network in `networkFile` (a path without links). Makes nothing. */
export function runtimeFolder(networkFile: string, who: Who = whoWeAre()): RuntimeFolder {
  const name = createHash('sha256').update(networkFile).digest('hex').slice(0, 12);
  const places = bases(who).map((base) => placesIn(join(base, name)));
  return places.find(({ controlSocket }) => Buffer.byteLength(controlSocket) <= SOCKET_PATH_BYTES) ?? places.at(-1)!;
}

/**
 * Makes what is missing of `place`; the sockets' folder belongs to `owner` (null: to us) and is empty then. A folder on
 * the way that is a link, not of `uid`, or writable by others is an error ("runtime-folder-unsafe") and never used:
 * whoever owns it would own the relay's control socket.
 */
export function makeRuntimeFolder(
  place: RuntimeFolder,
  owner: { readonly uid: number; readonly gid: number } | null,
  uid: number = whoWeAre().uid,
): void {
  const mode = uid === 0 ? 0o755 : 0o700;
  for (const folder of [dirname(place.folder), place.folder]) {
    makeFolder(folder, mode);
    checkFolder(folder, uid);
  }
  // It belonged to whom the relay ran as last time; nothing in it is worth keeping.
  rmSync(place.socketFolder, { recursive: true, force: true });
  makeFolder(place.socketFolder, 0o700);
  if (owner !== null) chownSync(place.socketFolder, owner.uid, owner.gid);
}

/** Removes the network's folder; its relay has ended. */
export function removeRuntimeFolder(networkFile: string, who: Who = whoWeAre()): void {
  rmSync(runtimeFolder(networkFile, who).folder, { recursive: true, force: true });
}

function placesIn(folder: string): RuntimeFolder {
  const socketFolder = join(folder, 'sockets');
  return { folder, socketFolder, controlSocket: join(socketFolder, 'control.sock') };
}

/** Folders that may hold ours, the best first; the last one always fits. */
function bases({ uid, xdgRuntimeDir }: Who): string[] {
  const ownInTmp = `/tmp/wg-router-${uid}`;
  // Not root's XDG_RUNTIME_DIR: the relay's user could not enter it, and a root shell without it would look elsewhere.
  if (uid === 0) return isOurs('/run', 0) ? ['/run/wg-router', ownInTmp] : [ownInTmp];
  const found: string[] = [];
  if (xdgRuntimeDir !== undefined && isAbsolute(xdgRuntimeDir) && isOurs(xdgRuntimeDir, uid)) {
    found.push(join(xdgRuntimeDir, 'wg-router'));
  }
  // A service manager makes it for a service that does not run as root.
  if (isOurs('/run/wg-router', uid)) found.push('/run/wg-router');
  return [...found, ownInTmp];
}

function isOurs(path: string, uid: number): boolean {
  try {
    const { mode, uid: owner } = lstatSync(path);
    return (mode & 0o170000) === 0o040000 && owner === uid && (mode & 0o022) === 0;
  } catch {
    return false;
  }
}

/** Makes a folder with this mode whatever the umask is; one that exists stays as it is. */
function makeFolder(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode: 0o700 });
    chmodSync(path, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw new MachineError('runtime-folder-unusable', `Cannot make ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function checkFolder(path: string, uid: number): void {
  const { mode, uid: owner } = lstatSync(path);
  const problem =
    (mode & 0o170000) !== 0o040000
      ? 'it is no folder'
      : owner !== uid
        ? `it belongs to uid ${owner}`
        : (mode & 0o022) !== 0
          ? 'others may write to it'
          : null;
  if (problem === null) return;
  throw new MachineError('runtime-folder-unsafe', `Cannot put sockets into ${path}: ${problem}`, {
    help: [`look at it, and remove it when nobody needs it: ls -ld ${path}`],
  });
}

function whoWeAre(): Who {
  return { uid: process.geteuid?.() ?? 0, xdgRuntimeDir: process.env.XDG_RUNTIME_DIR };
}
