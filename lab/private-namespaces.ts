/**
 * Runs a program inside namespaces of its own: network, mounts and processes, with an empty /run.
 *
 * Everything a lab makes lives in there, so nothing needs tidying up: when the program ends, is interrupted or is killed,
 * its first process is killed, and the kernel removes processes, interfaces, mounts and files with it. Labs can run
 * beside each other and see nothing of the machine's own network.
 *
 *   program ─▶ setpriv (dies with its parent) ─▶ unshare (kills its child when it dies) ─▶ sh, process 1 ─▶ program
 */

import { spawnSync } from 'node:child_process';
import { type Command, knowAdministratorsCommands, missingOf } from './commands.ts';

const INSIDE = 'WG_ROUTER_LAB_INSIDE';

const COMMANDS: readonly Command[] = [
  ...(['ip', 'mount', 'nft', 'nsenter', 'ping', 'setpriv', 'sysctl', 'traceroute', 'unshare'] as const),
  ...(['wg', 'wg-quick', 'wireguard-go'] as const),
];

/** Process 1: sets the stage and reaps whatever is orphaned, which Node would leave as zombies. */
const STAGE = `
mount -t tmpfs tmpfs /run && mkdir -p /run/netns /run/lab && ip link set lo up || exit 1
"$@"
exit $?
`;

/**
 * Runs a test file again inside private namespaces, with this process's standard streams, and ends this process with its
 * exit code. Returns only when already inside, or with the reason why labs cannot run on this machine: then the tests
 * of the file are to be skipped for that reason. `more` are commands that this lab needs beside the usual ones.
 */
export function enterPrivateNamespaces(file: string, more: readonly Command[] = []): string | false {
  knowAdministratorsCommands();
  if (process.env[INSIDE] !== undefined) return false;

  const missing = missingOf([...COMMANDS, ...more]);
  if (missing.length > 0) return `missing: ${missing.join(', ')}`;
  // The relay wants to be another user than root, who starts it.
  const refused = firstRefusal([...NEEDS, OTHER_USERS]);
  if (refused !== null) return refused.reason;

  const [command, ...args] = insideCommand([process.execPath, ...process.execArgv, file]);
  const { status, error } = spawnSync(command!, args, {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: 'yes' },
  });
  if (error !== undefined) throw error;
  process.exit(status ?? 1);
}

/** The command line that runs `command` inside private namespaces. It dies with the process that starts it. */
export function insideCommand(command: readonly string[]): string[] {
  return ['setpriv', '--pdeathsig', 'KILL', ...unshare(), 'sh', '-c', STAGE, 'lab', ...command];
}

function unshare(): string[] {
  const own = ['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
  // An ordinary user is root in a user namespace of his own; the whole machine may forbid that.
  return process.getuid!() === 0 ? own : [...own, '--user', '--map-root-user'];
}

/** Something that a lab does, and a short attempt at it. */
export interface Need {
  /** As in "this machine does not let us …". */
  readonly what: string;
  readonly script: string;
  /** What may help an ordinary user. */
  readonly help?: string;
}

/** In the order in which one needs the other. */
export const NEEDS: readonly Need[] = [
  {
    what: 'make namespaces',
    script: 'true',
    help: 'let ordinary users have user namespaces: sysctl kernel.unprivileged_userns_clone=1, on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0',
  },
  { what: 'mount', script: 'mount -t tmpfs tmpfs /run && mount -t sysfs sysfs /sys' },
  {
    what: 'make interfaces',
    script: 'ip link add name one type veth peer name other && ip link add name bridge type bridge',
  },
  {
    what: 'make a TUN device',
    script: 'ip tuntap add mode tun name tun0',
    help: 'let everybody open it, as on Debian: chmod 666 /dev/net/tun',
  },
  {
    what: 'translate addresses',
    script: "nft 'add table inet t; add chain inet t c { type nat hook postrouting priority 100; }'",
  },
];

/** An ordinary user's namespace often holds that one user alone. */
const OTHER_USERS: Need = {
  what: 'run a program as another user',
  script: 'setpriv --reuid 60000 --regid 60000 --clear-groups true',
};

export interface MachineRefusal {
  /** With what the attempt printed. */
  readonly reason: string;
  readonly help: string | null;
}

/** The first thing that the machine does not let us do; null when all can be had. */
export function firstRefusal(needs: readonly Need[]): MachineRefusal | null {
  for (const { what, script, help } of needs) {
    const [command, ...args] = [...unshare(), 'sh', '-c', script];
    const { status, stderr } = spawnSync(command!, args, { encoding: 'utf8', timeout: 10_000 });
    if (status !== 0) return { reason: `this machine does not let us ${what}: ${stderr.trim()}`, help: help ?? null };
  }
  return null;
}
