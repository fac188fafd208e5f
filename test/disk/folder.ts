/**
 * Temporary folders for tests, removed when the test ends, and a small network to put there.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type NetworkPaths, networkPaths } from '../../src/control/paths.ts';

export const SMALL_NETWORK = `name: home
inside: [10.66.0.0/24, "fd4c:91b7:2ae0::/64"]   # two families
routers:
  cloud:
    endpoint: vpn.example.net:51820
    public-key: PhT4q6FzWH3wK0mLQGcdP2cDpgwXIVjzoKM7EYvHqS4=
machines:
  phone: {platform: ios}
  laptop:
    platform: linux # mine
`;

export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'wg-router-disk-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Paths of a network file with this text in a folder of its own. */
export function networkOnDisk(t: TestContext, text: string = SMALL_NETWORK): NetworkPaths {
  const file = join(temporaryFolder(t), 'network.yaml');
  writeFileSync(file, text);
  return networkPaths(file);
}
