/**
 * The checkout's own files, as the house rules look at them: without what was installed or made by running.
 */

import { readdirSync, readFileSync } from 'node:fs';

const ROOT = `${import.meta.dirname}/../..`;

/** What `.gitignore` names, and git's own folder. */
const NOT_OURS = /^(\.git|node_modules|dist|coverage|network\.(yaml|keys|state)|.*\.tgz)$/;

/** Paths in the checkout, with `/`, sorted. */
export const PATHS: readonly string[] = pathsBelow('').sort();

export const SOURCES: readonly string[] = PATHS.filter((path) => /\.tsx?$/.test(path));

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

function pathsBelow(folder: string): string[] {
  return readdirSync(`${ROOT}/${folder}`, { withFileTypes: true })
    .filter(({ name }) => folder.startsWith('test/') || !NOT_OURS.test(name))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      return entry.isDirectory() ? pathsBelow(path) : entry.isFile() ? [path] : [];
    });
}
