/**
 * Commands that labs run, by the Debian package that has each, and which of them are missing on this machine.
 */

import { accessSync, constants } from 'node:fs';

/** `scripts/debian-packages.txt` holds the packages. */
const PACKAGES = {
  dhcpcd: 'dhcpcd-base',
  dnsmasq: 'dnsmasq-base',
  ip: 'iproute2',
  'kea-dhcp4': 'kea-dhcp4-server',
  mount: 'mount',
  networkctl: 'systemd',
  nft: 'nftables',
  nsenter: 'util-linux',
  ping: 'iputils-ping',
  radvd: 'radvd',
  script: 'bsdutils',
  setpriv: 'util-linux',
  sysctl: 'procps',
  traceroute: 'traceroute',
  unshare: 'util-linux',
  wg: 'wireguard-tools',
  'wg-quick': 'wireguard-tools',
  'wireguard-go': 'wireguard-go',
} as const;

export type Command = keyof typeof PACKAGES;

/** Where administrators' commands lie; not in an ordinary user's $PATH. */
const SBIN = '/usr/local/sbin:/usr/sbin:/sbin';

/** Makes administrators' commands known to this process and those it starts. */
export function knowAdministratorsCommands(): void {
  process.env.PATH = `${process.env.PATH}:${SBIN}`;
}

/** Those of `commands` that are not in $PATH, as `radvd (package radvd)`. */
export function missingOf(commands: readonly Command[]): string[] {
  const folders = process.env.PATH!.split(':').filter((folder) => folder !== '');
  return commands
    .filter((command) => !folders.some((folder) => isExecutable(`${folder}/${command}`)))
    .map((command) => `${command} (package ${PACKAGES[command]})`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
