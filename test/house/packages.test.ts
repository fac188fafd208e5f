/**
 * What is installed: exact versions, no registry's address, nothing that runs while it is installed.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PATHS, textOf } from './tree.ts';

interface Locked {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
}

const manifest = JSON.parse(textOf('package.json')) as Record<string, Record<string, string> | undefined>;
const lock = JSON.parse(textOf('package-lock.json')) as { readonly packages: Record<string, Locked> };
const locked = Object.entries(lock.packages).filter(([path]) => path !== '');

describe('packages', () => {
  test('the lockfile names no registry', () => {
    assert.deepEqual(
      locked.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path),
      [],
    );
    assert.deepEqual(
      PATHS.filter(
        (path) => /\.(json|md|ts|sh)$|^\.npmrc$/.test(path) && /registry\.[a-z]+js\.|npmjs\.org/.test(textOf(path)),
      ).filter((path) => !path.startsWith('test/house/')),
      [],
    );
  });

  test('every package is pinned by its hash', () => {
    assert.deepEqual(
      locked.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path),
      [],
    );
  });

  test('no package runs a script while it is installed', () => {
    assert.deepEqual(
      locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path),
      [],
    );
  });

  test('versions are exact', () => {
    const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'];
    const loose = kinds.flatMap((kind) =>
      Object.entries(manifest[kind] ?? {}).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)),
    );
    assert.deepEqual(loose, []);
  });
});
