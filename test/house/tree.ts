/**
 * The checkout's own files, as the house rules look at them: what git knows or would take, never what was installed.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export const ROOT = `${import.meta.dirname}/../..`;

/** Paths in the checkout, with `/`, sorted. */
export const PATHS: readonly string[] = execFileSync(
  'git',
  ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'],
  { cwd: ROOT, encoding: 'utf8' },
)
  .split('\0')
  .filter((path) => path !== '' && isThere(path))
  .sort();

export const SOURCES: readonly string[] = PATHS.filter((path) => path.endsWith('.ts'));

export function textOf(path: string): string {
  return readFileSync(`${ROOT}/${path}`, 'utf8');
}

/** Source text without its comments; what stands in strings stays. */
export function withoutComments(text: string): string {
  const strings = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/;
  const comments = /\/\/[^\n]*|\/\*[\s\S]*?\*\//;
  return text.replace(new RegExp(`${strings.source}|${comments.source}`, 'g'), (found) =>
    found.startsWith('/') ? ' ' : found,
  );
}

/** The modules a source file names, as written. */
export function importsOf(text: string): string[] {
  const pattern = /\b(?:import|export)\b[^'"`;]*?\bfrom\s*'([^']+)'|\bimport\s*\(?\s*'([^']+)'/g;
  return [...withoutComments(text).matchAll(pattern)].map((match) => (match[1] ?? match[2])!);
}

/** A path deleted in the working tree is still in git's list. */
function isThere(path: string): boolean {
  try {
    readFileSync(`${ROOT}/${path}`);
    return true;
  } catch {
    return false;
  }
}
