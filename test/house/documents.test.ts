/**
 * Documents: every link leads somewhere, every page of the reference is found from the index, and every kind of test from
 * its table.
 */

import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { describe, test } from 'node:test';
import { PATHS, textOf } from './tree.ts';

const documents = PATHS.filter((path) => path.endsWith('.md'));
const there = new Set([...PATHS, ...PATHS.flatMap(foldersOf)]);

describe('documents', () => {
  test('every link leads to a file of the checkout', () => {
    const broken = documents.flatMap((path) =>
      linksOf(path)
        .filter((target) => !there.has(target))
        .map((target) => `${path} -> ${target}`),
    );
    assert.deepEqual(broken, []);
  });

  test('every document of docs is linked from the README or the index', () => {
    const linked = new Set(['README.md', 'docs/README.md'].flatMap(linksOf));
    assert.deepEqual(
      documents.filter((path) => path.startsWith('docs/') && path !== 'docs/README.md' && !linked.has(path)),
      [],
    );
  });

  test('docs/testing.md has a line for every folder of test and every file of lab/tests', () => {
    const text = textOf('docs/testing.md');
    const folders = PATHS.flatMap((path) => /^test\/[^/]+(?=\/)/.exec(path) ?? []);
    const labs = PATHS.flatMap((path) => /^lab\/tests\/([^/]+)\.test\.ts$/.exec(path)?.[1] ?? []);
    const missing = (names: readonly string[]) =>
      [...new Set(names)].filter((name) => !text.includes(`\`${name}\``) && !text.includes(`\`${name}/`));
    assert.deepEqual([...missing(folders), ...missing(labs)], []);
  });
});

/** Where the links of a document lead, as paths in the checkout. */
function linksOf(document: string): string[] {
  const text = textOf(document).replace(/```[\s\S]*?```/g, '');
  return [...text.matchAll(/\]\(([^)\s#]+)(#[^)]*)?\)/g)]
    .map((match) => match[1]!)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => posix.join(posix.dirname(document), target).replace(/\/$/, ''));
}

function foldersOf(path: string): string[] {
  const folder = posix.dirname(path);
  return folder === '.' ? [] : [folder, ...foldersOf(folder)];
}
