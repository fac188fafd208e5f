/**
 * The files that a person hands to the doctor, read within bounds: files as they are named, folders with what is in them.
 *
 * Paths are strangers' data, too: links inside folders are not followed, what begins with a dot is passed over, and no file
 * is opened that is not a plain one. Nothing here looks at what a file says.
 */

import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { reasonOf, systemError } from '../system-error.ts';

/** Bytes of one file, and of all: what the importer reads at most, and the rest of a UTF-8 character. */
export const FILE_BYTES_AT_MOST = 8 * 1024 * 1024;
export const BYTES_AT_MOST = 64 * 1024 * 1024;
/** Files that are opened. */
export const FILES_AT_MOST = 5000;
/** Folders within folders. */
const DEPTH_AT_MOST = 8;

export interface FoundFile {
  /** As messages name it, with `/` between folders. */
  readonly path: string;
  readonly text: string;
}

export interface GivenFiles {
  readonly files: readonly FoundFile[];
  /** What was not read, each with the reason: a clause without a full stop. */
  readonly passedOver: readonly { readonly path: string; readonly reason: string }[];
  /** What was answered besides, each in the words of `survey.yaml`; later ones win. */
  readonly answers?: readonly FoundFile[];
}

/**
 * What is at `paths`, each once, in the order of their names within a folder. Throws a `MachineError` when one of `paths`
 * itself cannot be read; what cannot be read inside a folder is passed over.
 */
export function readGivenFiles(paths: readonly string[]): GivenFiles {
  const reader = new Reader();
  for (const path of paths) {
    const kind = kindOf(path);
    if (kind === 'folder') reader.folder(path, paths.length === 1 ? '' : basename(path), 0);
    else reader.file(path, path);
  }
  return { files: reader.files, passedOver: reader.passedOver };
}

function kindOf(path: string): 'folder' | 'file' {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file';
  } catch (cause) {
    throw systemError(`read ${path}`, cause, ['hand over files and folders that are there and may be read']);
  }
}

class Reader {
  readonly files: FoundFile[] = [];
  readonly passedOver: { path: string; reason: string }[] = [];
  readonly #seen = new Set<string>();
  #bytes = 0;

  /** `shown` is how the folder is called in messages; empty when it is all there is. */
  folder(path: string, shown: string, depth: number): void {
    if (depth > DEPTH_AT_MOST) {
      this.passedOver.push({ path: shown, reason: `folders are read ${DEPTH_AT_MOST} deep` });
      return;
    }
    const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const inner = join(path, entry.name);
      const name = shown === '' ? entry.name : `${shown}/${entry.name}`;
      if (entry.isDirectory()) this.folder(inner, name, depth + 1);
      else if (entry.isFile()) this.file(inner, name);
      else this.passedOver.push({ path: name, reason: 'it is no plain file' });
    }
  }

  file(path: string, shown: string): void {
    const name = shown.startsWith('/') ? shown : relative('.', shown) || shown;
    if (this.#seen.has(path)) return;
    this.#seen.add(path);
    if (this.files.length >= FILES_AT_MOST) {
      this.passedOver.push({ path: name, reason: `${FILES_AT_MOST} files are read at most` });
      return;
    }
    const found = this.#read(path);
    if (typeof found === 'string') this.passedOver.push({ path: name, reason: found });
    else this.files.push({ path: name, text: found.text });
  }

  /** The text, or why there is none. */
  #read(path: string): { readonly text: string } | string {
    let descriptor: number;
    try {
      descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      return `it cannot be opened: ${reasonOf(error)}`;
    }
    try {
      const { size } = fstatSync(descriptor);
      if (!fstatSync(descriptor).isFile()) return 'it is no plain file';
      if (size > FILE_BYTES_AT_MOST) return `it has ${size} bytes, and ${FILE_BYTES_AT_MOST} are read of one`;
      if (this.#bytes + size > BYTES_AT_MOST) return `${BYTES_AT_MOST} bytes are read of all files`;
      const bytes = readFileSync(descriptor);
      this.#bytes += bytes.length;
      if (bytes.includes(0)) return 'it is not text';
      return { text: bytes.toString('utf8') };
    } catch (error) {
      return `it cannot be read: ${reasonOf(error)}`;
    } finally {
      closeSync(descriptor);
    }
  }
}
