/**
 * A folder held open: what is done in it is done in that very folder, whoever renames or replaces it meanwhile.
 *
 * Node has no openat(2); `/proc/self/fd/N/name` is the same. Where there is no /proc, the path has to do.
 */

import { closeSync, constants, existsSync, fstatSync, fsyncSync, openSync, type Stats } from 'node:fs';
import { join } from 'node:path';

export class Folder {
  readonly path: string;
  readonly stats: Stats;
  readonly #descriptor: number;
  readonly #base: string;

  /** Opens the folder at `path`. With `follow: false`, a link to a folder is refused (ELOOP or ENOTDIR). */
  constructor(path: string, { follow }: { readonly follow: boolean }) {
    const flags = constants.O_RDONLY | constants.O_DIRECTORY | (follow ? 0 : constants.O_NOFOLLOW);
    this.path = path;
    this.#descriptor = openSync(path, flags);
    this.stats = fstatSync(this.#descriptor);
    const held = `/proc/self/fd/${this.#descriptor}`;
    this.#base = existsSync(held) ? held : path;
  }

  /** The path by which the entry `name` is reached. */
  at(name: string): string {
    return join(this.#base, name);
  }

  /** Makes what was created, renamed and removed in the folder last. */
  sync(): void {
    fsyncSync(this.#descriptor);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** What `use` answers with the folder at `path` open. */
export function withFolder<T>(path: string, options: { readonly follow: boolean }, use: (folder: Folder) => T): T {
  const folder = new Folder(path, options);
  try {
    return use(folder);
  } finally {
    folder.close();
  }
}
