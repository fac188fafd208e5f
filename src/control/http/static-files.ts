/**
 * The page's own files, from the folder that its build wrote: read once, looked up by exact path. A request never
 * becomes a path of the file system, so no request can leave the folder.
 */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

export interface StaticFile {
  readonly type: string;
  readonly bytes: Buffer;
  /** The same, compressed by brotli; null where that is no gain. */
  readonly compressed: Buffer | null;
  readonly etag: string;
  /** Its name holds a hash of its content: it never changes. */
  readonly isFixed: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
  '.json': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

/** As vite names what it builds: `assets/main-BxK3hD2a.js`. */
const HASHED = /^\/assets\/.*-[\w-]{8,}\.\w+$/;
const LARGEST_FILE = 16 * 1024 * 1024;
const SMALL = 512;

export class StaticFiles {
  readonly #files = new Map<string, StaticFile>();
  readonly isThere: boolean;

  /** Reads `folder`; without it there is no page, and the API alone answers. */
  constructor(folder: string) {
    this.isThere = existsSync(join(folder, 'index.html'));
    if (!this.isThere) return;
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const type = TYPES[extname(entry.name)];
      if (!entry.isFile() || type === undefined) continue;
      const path = join(entry.parentPath, entry.name);
      const bytes = readFileSync(path);
      if (bytes.length > LARGEST_FILE) continue;
      const name = `/${path.slice(folder.length).split(sep).filter(Boolean).join('/')}`;
      this.#files.set(name, fileOf(name, type, bytes));
    }
  }

  /**
   * The file at `path`, which is decoded. Paths without an extension are the page's views: the page itself is answered.
   */
  find(path: string): StaticFile | null {
    const found = this.#files.get(path);
    if (found !== undefined) return found;
    return extname(path) === '' ? (this.#files.get('/index.html') ?? null) : null;
  }
}

function fileOf(name: string, type: string, bytes: Buffer): StaticFile {
  const isText = /^(text|application|image\/svg)/.test(type);
  const compressed =
    isText && bytes.length > SMALL
      ? brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
      : null;
  return {
    type,
    bytes,
    compressed,
    etag: `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"`,
    isFixed: HASHED.test(name),
  };
}
