/**
 * The folders beside the network file: made when they are first needed, for their owner alone, and out of git.
 */

import { chmodSync, chownSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withFolder } from './folder.ts';
import { createFile } from './replace-file.ts';
import { isCode, systemError } from './system-error.ts';
import { checkFolder } from './trusted-file.ts';

const GIT_IGNORE = '*\n';

/** Makes the key or state folder at `path` unless it is there (0700, with a `.gitignore` of `*`), and checks it. */
export function ensureOwnFolder(path: string): void {
  try {
    makeFolder(path);
    withFolder(path, { follow: false }, (folder) => checkFolder(folder.stats, path, true));
    if (lstatSync(join(path, '.gitignore'), { throwIfNoEntry: false }) === undefined) {
      createFile(join(path, '.gitignore'), GIT_IGNORE, 0o600);
    }
  } catch (error) {
    throw systemError(`make folder ${path}`, error);
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (isCode(error, 'EEXIST')) return;
    throw error;
  }
  // The mask of the process may have taken bits away that the owner needs.
  chmodSync(path, 0o700);
  // As with files: what root makes in somebody's folder is theirs.
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(path));
  if (uid !== 0) chownSync(path, uid, gid);
}
