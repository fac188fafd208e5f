/**
 * Where `config` writes: files for their owner alone, and never over what somebody else, or the network itself, keeps.
 */

import { chmodSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isOurReadme, README } from '../control/hand-out/everything.ts';
import { type NetworkPaths, networkPaths } from '../control/paths.ts';
import { replaceFile } from '../control/replace-file.ts';
import { isCode, systemError } from '../control/system-error.ts';
import { Refused } from './command-line/outcome.ts';

const SECRET_MODE = 0o600;

/** Nothing is written over the network file, or among keys and state. */
export function refuseOwnPaths({ file, keys, state }: NetworkPaths, targets: readonly (string | undefined)[]): void {
  for (const target of targets) {
    if (target === undefined || target === '-') continue;
    const whole = networkPaths(target).file;
    const isOurs = whole === file || [keys, state].some((folder) => `${whole}/`.startsWith(`${folder}/`));
    if (!isOurs) continue;
    throw new Refused('path-taken', `Cannot write to ${target}: the network itself is kept there`, [
      'name another file or folder',
    ]);
  }
}

/** What is in a folder that `--all` may write: a new one, an empty one, or one that it made before. */
export function refuseOthersFolder(folder: string): readonly string[] {
  const present = namesIn(folder);
  const isOurs = present.length === 0 || (present.includes(README) && isOurReadme(readmeOf(folder)));
  if (isOurs) return present;
  throw new Refused('path-taken', `Cannot write into ${folder}: there are other files in it`, [
    'name a folder that is new or empty',
  ]);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return [];
    throw systemError(`read folder ${folder}`, error);
  }
}

function readmeOf(folder: string): string {
  const path = join(folder, README);
  return lstatSync(path).isFile() ? readFileSync(path, 'utf8') : '';
}

/** The path in a list when something was written there; `-` is none. */
export function writtenFile(path: string | undefined, content: () => string | Uint8Array): string[] {
  if (path === undefined || path === '-') return [];
  const whole = resolve(path);
  // A file that is there keeps its mode when it is replaced; a key must not inherit that it may be read by others.
  if (lstatSync(whole, { throwIfNoEntry: false })?.isFile()) chmodSync(whole, SECRET_MODE);
  replaceFile(whole, content(), SECRET_MODE);
  return [path];
}
