/**
 * Runs a lab file inside namespaces of its own: network, mounts and processes, with an empty /run.
 *
 * Everything a lab makes lives in there, so nothing needs tidying up: when the file ends, is interrupted or is killed,
 * its first process is killed, and the kernel removes processes, interfaces, mounts and files with it. Labs can run
 * beside each other and see nothing of the machine's own network.
 *
 *   test file ─▶ setpriv (dies with its parent) ─▶ unshare (kills its child when it dies) ─▶ sh, process 1 ─▶ test file
 */

import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';

const INSIDE = 'WG_ROUTER_LAB_INSIDE';

/** The commands all labs use, by the Debian package that has them; `scripts/debian-packages.txt` holds the packages. */
const COMMANDS: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  nft: 'nftables',
  ping: 'iputils-ping',
  traceroute: 'traceroute',
  unshare: 'util-linux',
  setpriv: 'util-linux',
  nsenter: 'util-linux',
  wg: 'wireguard-tools',
  'wg-quick': 'wireguard-tools',
  'wireguard-go': 'wireguard-go',
};

/** Process 1: sets the stage and reaps whatever is orphaned, which Node would leave as zombies. */
const STAGE = `
mount -t tmpfs tmpfs /run && mkdir -p /run/netns /run/lab && ip link set lo up || exit 1
"$@"
exit $?
`;

/**
 * Runs `file` again inside private namespaces, with this process's standard streams, and ends this process with its
 * exit code. Returns only when already inside, or with the reason why labs cannot run on this machine: then the tests
 * of the file are to be skipped for that reason. `more` are commands that only this file uses, with their packages.
 */
export function enterPrivateNamespaces(file: string, more: Readonly<Record<string, string>> = {}): string | false {
  process.env.PATH = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`;
  if (process.env[INSIDE] !== undefined) return false;

  const missing = Object.entries({ ...COMMANDS, ...more }).filter(([name]) => !isInstalled(name));
  if (missing.length > 0) return `missing: ${missing.map(([name, from]) => `${name} (package ${from})`).join(', ')}`;
  const refused = firstRefusal();
  if (refused !== null) return refused;

  const { status, error } = spawnSync(
    'setpriv',
    ['--pdeathsig', 'KILL', ...unshare(), 'sh', '-c', STAGE, 'lab', process.execPath, ...process.execArgv, file],
    { stdio: 'inherit', env: { ...process.env, [INSIDE]: 'yes' } },
  );
  if (error !== undefined) throw error;
  process.exit(status ?? 1);
}

function unshare(): string[] {
  const own = ['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
  // An ordinary user is root in a user namespace of his own; the whole machine may forbid that.
  return process.getuid!() === 0 ? own : [...own, '--user', '--map-root-user'];
}

function isInstalled(command: string): boolean {
  return process.env.PATH!.split(':').some((folder) => isExecutable(`${folder}/${command}`));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Why the machine does not let us: what the first thing that fails prints; null when all can be had. */
function firstRefusal(): string | null {
  const attempts: readonly (readonly [what: string, script: string])[] = [
    ['make namespaces', 'true'],
    // An ordinary user's namespace often holds that one user alone, and the relay wants to be another than its starter.
    ['run a program as another user', 'setpriv --reuid 60000 --regid 60000 --clear-groups true'],
    ['make interfaces', 'ip link add one type veth peer name other && ip link add bridge type bridge'],
    ['make a TUN device', 'ip tuntap add mode tun name tun0'],
    ['translate addresses', "nft 'add table inet t; add chain inet t c { type nat hook postrouting priority 100; }'"],
  ];
  for (const [what, script] of attempts) {
    const [command, ...args] = [...unshare(), 'sh', '-c', script];
    const { status, stderr } = spawnSync(command!, args, { encoding: 'utf8', timeout: 10_000 });
    if (status !== 0) return `this machine does not let us ${what}: ${stderr.trim()}`;
  }
  return null;
}
