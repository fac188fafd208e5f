/**
 * Where the page was served last, for links that another process makes.
 */

import { join } from 'node:path';
import { z } from 'zod';
import type { NetworkPaths } from '../paths.ts';
import { replaceFile } from '../replace-file.ts';
import { readTrustedFile } from '../trusted-file.ts';

export const PAGE_PORT = 8787;
const PAGE_FILE = 'page.json';
const shape = z.strictObject({ version: z.literal(1), origin: z.string() });

export function rememberOrigin({ state }: NetworkPaths, origin: string): void {
  replaceFile(join(state, PAGE_FILE), `${JSON.stringify({ version: 1, origin })}\n`, 0o600);
}

/** Where the page is, or would be. */
export function knownOrigin({ state }: NetworkPaths): string {
  const path = join(state, PAGE_FILE);
  try {
    const file = readTrustedFile(path, { shown: path, secret: true, maxBytes: 10_000 });
    if (file !== null) return shape.parse(JSON.parse(file.bytes.toString('utf8'))).origin;
  } catch {
    // It is written anew at the next start.
  }
  return `http://localhost:${PAGE_PORT}`;
}

/** What a person opens to sign in once: what is behind the `#` is sent to nobody. */
export function signInUrl(origin: string, link: string): string {
  return `${origin}/sign-in#${link}`;
}
