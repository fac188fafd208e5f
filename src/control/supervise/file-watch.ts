/**
 * Says when a file was changed and came to rest.
 *
 * Editors write in several steps, replace by renaming, or delete and write anew. So the folder is watched, not the file,
 * and a change counts once size, times and inode have stood still for `settleMs`. A look once in `pollMs` finds what
 * the watching misses: network file systems, a folder that was itself replaced, a machine without inotify watches left.
 */

import { type BigIntStats, type FSWatcher, lstatSync, watch } from 'node:fs';
import { dirname } from 'node:path';

export interface FileWatchOptions {
  readonly settleMs?: number;
  readonly pollMs?: number;
  /** Watched beside the file's folder; any event there makes `path` be looked at again. */
  readonly onSettled: (state: 'present' | 'absent') => void;
}

const SETTLE_MS = 250;
const POLL_MS = 1000;

export class FileWatch {
  readonly #path: string;
  readonly #options: Required<FileWatchOptions>;
  readonly #poll: NodeJS.Timeout;
  #watcher: FSWatcher | null = null;
  #settling: NodeJS.Timeout | null = null;
  /** What was last told, and what was last seen. */
  #told: string;
  #seen: string;

  /** Watches `path`; how it is now counts as known. */
  constructor(path: string, options: FileWatchOptions) {
    this.#path = path;
    this.#options = { settleMs: SETTLE_MS, pollMs: POLL_MS, ...options };
    this.#told = this.#seen = signature(path);
    this.#poll = setInterval(() => this.#look(), this.#options.pollMs);
    this.#watchFolder();
  }

  close(): void {
    clearInterval(this.#poll);
    if (this.#settling !== null) clearTimeout(this.#settling);
    this.#settling = null;
    this.#watcher?.close();
    this.#watcher = null;
  }

  #watchFolder(): void {
    try {
      const watcher = watch(dirname(this.#path), () => this.#look());
      // Without it, the look once in a while remains.
      watcher.on('error', () => {
        watcher.close();
        if (this.#watcher === watcher) this.#watcher = null;
      });
      this.#watcher = watcher;
    } catch {
      this.#watcher = null;
    }
  }

  /** Starts the wait anew whenever the file is not as it was at the last look. */
  #look(): void {
    if (this.#watcher === null) this.#watchFolder();
    const now = signature(this.#path);
    if (now === this.#seen && (now === this.#told || this.#settling !== null)) return;
    this.#seen = now;
    if (this.#settling !== null) clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#settle(), this.#options.settleMs);
  }

  #settle(): void {
    this.#settling = null;
    const now = signature(this.#path);
    if (now !== this.#seen) {
      this.#look();
      return;
    }
    if (now === this.#told) return;
    this.#told = now;
    this.#options.onSettled(now === ABSENT ? 'absent' : 'present');
  }
}

const ABSENT = 'absent';

function signature(path: string): string {
  let stats: BigIntStats;
  try {
    stats = lstatSync(path, { bigint: true });
  } catch {
    return ABSENT;
  }
  return `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
}
