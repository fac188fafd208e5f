/**
 * Writing a file as a whole: afterwards it is the old one or the new one, never something between, also when the disk
 * is full or the power fails.
 *
 * The new content is written and synced under another name in the same folder, then renamed over the old. A file that
 * was there keeps its owner and mode. A link is never followed: writing through one would change a file elsewhere.
 */

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { type Folder, withFolder } from './folder.ts';
import { MachineError } from './machine-error.ts';
import { isCode, systemError } from './system-error.ts';

/**
 * Writes `content` to `path`. `mode` is for a file that is new. `mayReplace` is asked last, right before the old file
 * goes; with false nothing is changed. Returns whether the file was written.
 */
export function replaceFile(
  path: string,
  content: string | Uint8Array,
  mode = 0o644,
  mayReplace = () => true,
): boolean {
  return inFolderOf(path, (folder, name) => {
    const old = lstatSync(folder.at(name), { throwIfNoEntry: false });
    if (old !== undefined && !old.isFile()) throw notAFile(path, old);
    return written(folder, name, content, old ?? { mode }, (draft) => {
      if (!mayReplace()) return false;
      renameSync(draft, folder.at(name));
      return true;
    });
  });
}

/** Writes `content` to `path` where nothing is yet; false, and nothing changed, when something is there. */
export function createFile(path: string, content: string | Uint8Array, mode: number): boolean {
  return inFolderOf(path, (folder, name) =>
    written(folder, name, content, { mode }, (draft) => {
      try {
        linkSync(draft, folder.at(name));
        return true;
      } catch (error) {
        if (isCode(error, 'EEXIST')) return false;
        throw error;
      }
    }),
  );
}

/** Removes the file at `path`; nothing when there is none. */
export function removeFile(path: string): void {
  inFolderOf(path, (folder, name) => {
    rmSync(folder.at(name), { force: true });
    folder.sync();
  });
}

function inFolderOf<T>(path: string, use: (folder: Folder, name: string) => T): T {
  try {
    return withFolder(dirname(path), { follow: true }, (folder) => use(folder, basename(path)));
  } catch (error) {
    throw systemError(`write ${path}`, error);
  }
}

/** Writes a draft in `folder` and has it put in place; the draft is gone in any case. */
function written(
  folder: Folder,
  name: string,
  content: string | Uint8Array,
  like: Pick<Stats, 'mode'> & Partial<Pick<Stats, 'uid' | 'gid'>>,
  putInPlace: (draft: string) => boolean,
): boolean {
  const draft = folder.at(`.${name}.${randomBytes(6).toString('hex')}`);
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const descriptor = openSync(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    try {
      own(descriptor, like.uid === undefined ? newOwner(folder) : { uid: like.uid, gid: like.gid! });
      writeFileSync(descriptor, content);
      fchmodSync(descriptor, like.mode & 0o7777);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    const isDone = putInPlace(draft);
    if (isDone) folder.sync();
    return isDone;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** What root makes in somebody's folder is theirs: a later command without root must be able to use it. */
function newOwner({ stats }: Folder): { uid: number; gid: number } | null {
  return process.geteuid?.() === 0 ? { uid: stats.uid, gid: stats.gid } : null;
}

function own(descriptor: number, owner: { readonly uid: number; readonly gid: number } | null): void {
  if (owner === null) return;
  const { uid, gid } = fstatSync(descriptor);
  if (uid !== owner.uid || gid !== owner.gid) fchownSync(descriptor, owner.uid, owner.gid);
}

function notAFile(path: string, stats: Stats): MachineError {
  const what = stats.isSymbolicLink() ? 'a symbolic link' : stats.isDirectory() ? 'a folder' : 'not a regular file';
  return new MachineError(
    stats.isSymbolicLink() ? 'symbolic-link' : 'not-a-file',
    `Cannot write ${path}: it is ${what}`,
    {
      help: stats.isSymbolicLink() ? ['name the file that it leads to'] : [],
    },
  );
}
