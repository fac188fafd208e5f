import assert from 'node:assert/strict';
import { mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/disk/folder.ts';
import { networkPaths } from './paths.ts';

test('folders are named by the stem of the file and lie beside the real one', (t) => {
  const folder = realpathSync(temporaryFolder(t));
  mkdirSync(join(folder, 'real'));
  symlinkSync('real', join(folder, 'linked'));
  const paths = networkPaths(join(folder, 'linked', 'office.yaml'));
  assert.equal(paths.file, join(folder, 'real', 'office.yaml'));
  assert.equal(paths.shown, join(folder, 'linked', 'office.yaml'));
  assert.equal(paths.keys, join(folder, 'real', 'office.keys'));
  assert.equal(paths.state, join(folder, 'real', 'office.state'));
  assert.equal(paths.lock, join(folder, 'real', 'office.state', 'edit.lock'));
});

test('a link of the file itself is not followed, and names without an end are stems', (t) => {
  const folder = realpathSync(temporaryFolder(t));
  symlinkSync('elsewhere/network.yaml', join(folder, 'network.yaml'));
  assert.equal(networkPaths(join(folder, 'network.yaml')).file, join(folder, 'network.yaml'));
  assert.equal(networkPaths(join(folder, 'network')).keys, join(folder, 'network.keys'));
  assert.equal(networkPaths(join(folder, '.hidden')).keys, join(folder, '.hidden.keys'));
});

test('other places are taken as they are named', () => {
  const paths = networkPaths('network.yaml', { keys: '/run/keys', state: 'state' });
  assert.equal(paths.keys, '/run/keys');
  assert.equal(paths.state, join(process.cwd(), 'state'));
  assert.equal(paths.handedOut, join(process.cwd(), 'state', 'handed-out.json'));
  assert.equal(paths.shown, 'network.yaml');
});
