/**
 * A bash script in network, mount and process namespaces of its own, with an empty /run: what it makes is gone when it
 * ends, whatever happens.
 */

import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';

const FLAGS = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
const TOOLS = ['wg', 'wg-quick', 'wireguard-go', 'ip', 'unshare'];

/** Why scripts with real WireGuard cannot run here, or null when they can. */
export function whyNot(): string | null {
  const missing = notInstalled(TOOLS);
  if (missing !== null) return missing;
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
  } catch {
    return 'no access to /dev/net/tun';
  }
  return noNamespaces();
}

/** Why scripts that need these programs and no WireGuard cannot run here, or null when they can. */
export function whyNotWith(...tools: string[]): string | null {
  return notInstalled([...tools, 'ip', 'unshare']) ?? noNamespaces();
}

/** Which of these programs are missing, as a reason; null when none is. */
export function notInstalled(tools: readonly string[]): string | null {
  const path = (process.env.PATH ?? '').split(':').concat('/usr/sbin', '/sbin');
  const missing = tools.filter((tool) => !path.some((folder) => existsSync(`${folder}/${tool}`)));
  return missing.length > 0 ? `not installed: ${missing.join(', ')}` : null;
}

function noNamespaces(): string | null {
  const tried = spawnSync('unshare', [...userFlags(), ...FLAGS, 'true'], { encoding: 'utf8' });
  return tried.status === 0 ? null : `no namespaces: ${tried.stderr.trim()}`;
}

/**
 * What `script` prints. Names of `hosts` resolve to 198.51.100.1. A script that fails is an error that shows all it said.
 */
export function runPrivately(script: string, hosts: readonly string[] = []): string {
  const hostsFile = ['127.0.0.1 localhost', ...hosts.map((host) => `198.51.100.1 ${host}`)].join('\\n');
  const preamble = `set -eu
export PATH="$PATH:/usr/sbin:/sbin" WG_QUICK_USERSPACE_IMPLEMENTATION=wireguard-go LOG_LEVEL=silent
mount -t tmpfs tmpfs /run; mkdir /run/wireguard
printf '${hostsFile}\\n' > /run/hosts; mount --bind /run/hosts /etc/hosts
ip link set lo up
`;
  const ran = spawnSync('unshare', [...userFlags(), ...FLAGS, 'bash', '-c', preamble + script], {
    encoding: 'utf8',
    timeout: 120_000,
    maxBuffer: 64 << 20,
  });
  if (ran.status !== 0)
    throw new Error(`the script failed (${ran.status ?? ran.signal}):\n${ran.stdout}\n${ran.stderr}`);
  return ran.stdout;
}

function userFlags(): string[] {
  return process.getuid?.() === 0 ? [] : ['--map-root-user'];
}
