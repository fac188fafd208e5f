/**
 * Reading files that others must not have had a hand in: network files and keys.
 *
 * A link is not followed, a pipe or device is not waited for, the owner is us (or root, or for root the owner of the
 * folder), and the folder is not writable by everybody: whoever may write there may put another file in its place. Keys
 * are in addition nobody else's to read.
 */

import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { basename, dirname } from 'node:path';
import { withFolder } from './folder.ts';
import { MachineError } from './machine-error.ts';
import { isCode, systemError } from './system-error.ts';

export interface TrustedOptions {
  /** As in "Cannot read <shown>". */
  readonly shown: string;
  /** A key: neither the file nor its folder may be open to anybody else. */
  readonly secret: boolean;
  readonly maxBytes: number;
}

export interface TrustedFile {
  readonly bytes: Buffer;
  readonly stats: Stats;
}

/** The file's bytes, or null when there is no such file. Throws when it is not to be trusted or cannot be read. */
export function readTrustedFile(path: string, { shown, secret, maxBytes }: TrustedOptions): TrustedFile | null {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    return withFolder(dirname(path), { follow: !secret }, (folder) => {
      const descriptor = openSync(folder.at(basename(path)), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      try {
        const stats = fstatSync(descriptor);
        checkFolder(folder.stats, dirname(path), secret);
        checkFile(stats, folder.stats, { shown, secret, maxBytes });
        return { bytes: readFileSync(descriptor), stats };
      } finally {
        closeSync(descriptor);
      }
    });
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    const isLink = isCode(error, 'ELOOP', 'ENOTDIR') && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink();
    throw systemError(`read ${shown}`, error, isLink ? ['name the file that the link leads to'] : []);
  }
}

/** Refuses a folder in which others could exchange files: open to everybody, and for secrets to anybody else. */
export function checkFolder(stats: Stats, path: string, secret: boolean): void {
  if (secret && !isOurs(stats.uid, stats.uid)) throw foreign(`use folder ${path}`, stats, path);
  if ((stats.mode & openBits(secret)) === 0) return;
  throw new MachineError('folder-open', `Cannot use folder ${path}: ${openTo(secret)} (mode ${modeText(stats)})`, {
    help: secret
      ? [`run: chmod 700 ${path}`, 'on a file system without modes, keep keys elsewhere with --keys DIR']
      : [`run: chmod o-w ${path}`, 'or keep the network file in a folder of your own'],
  });
}

function checkFile(stats: Stats, folder: Stats, { shown, secret, maxBytes }: TrustedOptions): void {
  if (!stats.isFile()) {
    const what = stats.isDirectory() ? 'a folder' : 'not a regular file';
    throw new MachineError('not-a-file', `Cannot read ${shown}: it is ${what}`);
  }
  if (!isOurs(stats.uid, folder.uid)) throw foreign(`read ${shown}`, stats, shown);
  if ((stats.mode & openBits(secret)) !== 0) {
    throw new MachineError('file-open', `Cannot read ${shown}: ${openTo(secret)} (mode ${modeText(stats)})`, {
      help: [`run: chmod ${secret ? '600' : 'o-w'} ${shown}`],
    });
  }
  if (stats.size > maxBytes) {
    throw new MachineError(
      'file-too-large',
      `Cannot read ${shown}: it has ${stats.size} bytes, and ${maxBytes} are the most`,
    );
  }
}

/** Root reads what root or the owner of the folder wrote; everybody else what they themselves or root wrote. */
function isOurs(uid: number, folderUid: number): boolean {
  const self = process.geteuid?.() ?? 0;
  return uid === 0 || uid === self || (self === 0 && uid === folderUid);
}

function foreign(what: string, stats: Stats, path: string): MachineError {
  return new MachineError('foreign-owner', `Cannot ${what}: it belongs to another user (uid ${stats.uid})`, {
    help: [`if you trust it, take it over: chown "$(id -u)" ${path}`],
  });
}

function openBits(secret: boolean): number {
  return secret ? 0o077 : 0o002;
}

function openTo(secret: boolean): string {
  return secret ? 'it is open to other users' : 'every user may write to it';
}

function modeText(stats: Stats): string {
  return (stats.mode & 0o7777).toString(8).padStart(3, '0');
}
