/**
 * Where the relay's program can be read by the user it runs as.
 *
 * A checkout may lie in root's home, which no other user may enter. For a relay that root starts, its files are copied
 * to a folder of root's that everybody can read; they are few, because the relay has no packages. Node itself and the
 * native module are not copied: the relay has them through descriptors that it inherits. Where the copy lies, nothing may be
 * executable (`/run` is mounted noexec).
 */

import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';

/** The rooms that a relay consists of. */
const ROOMS = ['net', 'wireguard', 'relay'] as const;

/** Where native modules lie, beside the rooms' folder. */
const PREBUILDS = '../prebuilds';
const MODULE_FILE = 'relay.node';

/** TypeScript in a checkout, JavaScript in a package. */
const EXTENSION = extname(import.meta.filename);

export interface RelayCode {
  readonly folder: string;
  /** First file to run. */
  readonly entry: string;
  /** Stands for the content: two relays with the same one run the same program. */
  readonly digest: string;
  /** Path of the native module for this kind of machine; null where there is none. */
  readonly nativeModule: string | null;
}

/** The folder that holds the rooms of this program. */
export const SOURCE_FOLDER = resolve(import.meta.dirname, '../..');

/** The relay as it lies in `source`. */
export function relayCode(source: string = SOURCE_FOLDER): RelayCode {
  return codeIn(source, digestOf(readProgram(source)), source);
}

/**
 * A copy of the relay in `folder`, readable by everybody: `folder/code-<digest>`. A copy that was begun and not
 * finished is never taken for one; other copies in `folder` are removed.
 */
export function copyRelayCode(folder: string, source: string = SOURCE_FOLDER): RelayCode {
  const digest = digestOf(readProgram(source));
  const name = `code-${digest}`;
  for (const other of readdirSync(folder)) {
    if (other.startsWith('code-')) rmSync(join(folder, other), { recursive: true });
  }
  const draft = join(folder, `code-draft-${process.pid}`);
  for (const [path, bytes] of readRooms(source)) {
    makeReadableFolder(dirname(join(draft, path)), folder);
    writeReadable(join(draft, path), bytes);
  }
  // Without it Node would have to guess what kind of modules these are, at every file.
  writeReadable(join(draft, 'package.json'), Buffer.from('{"type":"module"}\n'));
  renameSync(draft, join(folder, name));
  return codeIn(join(folder, name), digest, source);
}

function codeIn(folder: string, digest: string, source: string): RelayCode {
  const entry = join(folder, 'relay', `process${EXTENSION}`);
  return { folder, entry, digest, nativeModule: nativeModuleOf(source) };
}

/** One for the GNU C library comes first: the other has no users yet. */
function nativeModuleOf(source: string): string | null {
  const targets = ['gnu', 'musl'].map((library) => `${process.platform}-${process.arch}-${library}`);
  return targets.map((target) => join(source, PREBUILDS, target, MODULE_FILE)).find((path) => existsSync(path)) ?? null;
}

/** What another program would differ in. */
function readProgram(source: string): ReadonlyMap<string, Buffer> {
  const module = nativeModuleOf(source);
  return new Map([...readRooms(source), ...(module === null ? [] : [[MODULE_FILE, readFileSync(module)] as const])]);
}

/** Path within the source folder → content, sorted by path. What only tests use stays behind. */
function readRooms(source: string): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const room of ROOMS) {
    const paths = readdirSync(join(source, room), { recursive: true, encoding: 'utf8' }).sort();
    for (const path of paths) {
      if (extname(path) !== EXTENSION || isForTests(path)) continue;
      files.set(join(room, path), readFileSync(join(source, room, path)));
    }
  }
  return files;
}

function isForTests(path: string): boolean {
  return path.endsWith(`.test${EXTENSION}`) || path.startsWith('loopback/');
}

function digestOf(files: ReadonlyMap<string, Buffer>): string {
  const hash = createHash('sha256');
  for (const [path, bytes] of files) hash.update(`${path}\0${bytes.length}\0`).update(bytes);
  return hash.digest('hex').slice(0, 16);
}

/** Makes `path` and what is missing between it and `top`, with a mode that does not depend on the umask. */
function makeReadableFolder(path: string, top: string): void {
  if (path === top) return;
  makeReadableFolder(dirname(path), top);
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o755);
}

function writeReadable(path: string, bytes: Buffer): void {
  writeFileSync(path, bytes);
  chmodSync(path, 0o644);
}
