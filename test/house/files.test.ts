/**
 * How a file looks: a header that says what it is for, named exports, a length one can read, a name that is a noun.
 */

import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { describe, test } from 'node:test';
import { PATHS, SOURCES, textOf, withoutComments } from './tree.ts';

/** Above it a noun is hiding in the file. */
const LINES_AT_MOST = 450;
const FILES_IN_A_FOLDER_AT_MOST = 15;

describe('files', () => {
  test('every source file begins with a comment that says what it is for', () => {
    // A test beside the file it tests is for that file.
    const beside = (path: string) => SOURCES.includes(path.replace(/\.test\.ts$/, '.ts')) && path.endsWith('.test.ts');
    assert.deepEqual(
      SOURCES.filter((path) => !beside(path) && !/^(#!.*\n)?\/\*\*\n \* \S/.test(textOf(path))),
      [],
    );
  });

  test('every script begins with a comment that says what it is for', () => {
    const scripts = PATHS.filter((path) => path.endsWith('.sh') || /^(bin\/|\.ci\/)/.test(path));
    assert.ok(scripts.length >= 4);
    assert.deepEqual(
      scripts.filter((path) => !/^(#!.*\n)?# [A-Z`]/.test(textOf(path))),
      [],
    );
  });

  test(`no source file is longer than ${LINES_AT_MOST} lines`, () => {
    assert.deepEqual(
      SOURCES.filter((path) => textOf(path).split('\n').length - 1 > LINES_AT_MOST),
      [],
    );
  });

  test(`no folder of sources holds more than ${FILES_IN_A_FOLDER_AT_MOST} files, tests apart`, () => {
    const counts = new Map<string, number>();
    for (const path of SOURCES.filter((path) => !path.endsWith('.test.ts'))) {
      counts.set(posix.dirname(path), (counts.get(posix.dirname(path)) ?? 0) + 1);
    }
    assert.deepEqual(
      [...counts].filter(([, count]) => count > FILES_IN_A_FOLDER_AT_MOST),
      [],
    );
  });

  test('exports have names, and no file only passes on what others export', () => {
    const wrong = SOURCES.filter((path) => {
      const code = withoutComments(textOf(path));
      return /\bexport default\b|\bexport \*|\bexport (type )?\{[^}]*\} from\b/.test(code);
    });
    assert.deepEqual(wrong, []);
  });

  test('file names are lower-case nouns, and none is a drawer for everything', () => {
    const wrong = SOURCES.filter((path) => {
      const name = posix.basename(path).replace(/(\.long)?(\.test)?\.tsx?$/, '');
      return !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || /\b(utils?|helpers?|manager|common|misc|index)\b/.test(name);
    });
    assert.deepEqual(wrong, []);
  });

  test('nothing is left to be done in a comment', () => {
    assert.deepEqual(
      [...SOURCES, ...PATHS.filter((path) => path.endsWith('.sh'))].filter((path) => {
        return /\b(TO[D]O|FIX[M]E|X[X]X)\b/.test(textOf(path));
      }),
      [],
    );
  });
});
