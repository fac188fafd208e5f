/**
 * The commands a twin runs, by the Debian package that has each, and which of them are missing on this machine.
 */

import { accessSync, constants } from 'node:fs';
import type { Plan } from '../../src/plan/plan.ts';

const ALWAYS: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  mount: 'mount',
  nft: 'nftables',
  nsenter: 'util-linux',
  ping: 'iputils-ping',
  setpriv: 'util-linux',
  sysctl: 'procps',
  unshare: 'util-linux',
  wg: 'wireguard-tools',
  'wg-quick': 'wireguard-tools',
  'wireguard-go': 'wireguard-go',
};

export interface MissingCommand {
  readonly command: string;
  readonly package: string;
}

/** What the twin of `plan` would need and `path`, a list of folders as in $PATH, does not have. */
export function missingCommands(plan: Plan, path: string): MissingCommand[] {
  const announces = plan.lans.some(({ advertise }) => advertise.some(({ value }) => value === 'ra'));
  const needed = { ...ALWAYS, ...(announces ? { radvd: 'radvd' } : {}) };
  const folders = path.split(':').filter((folder) => folder !== '');
  return Object.entries(needed)
    .filter(([command]) => !folders.some((folder) => isExecutable(`${folder}/${command}`)))
    .map(([command, name]) => ({ command, package: name }));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
