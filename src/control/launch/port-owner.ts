/**
 * Who has a UDP port, for the message that says it is taken: from proc(5) and sysfs, as far as we may look.
 */

import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

export type PortOwner =
  | { readonly kind: 'process'; readonly pid: number; readonly name: string }
  /** A process that we may not look into. */
  | { readonly kind: 'user'; readonly uid: number }
  /** A socket without a process; `interfaces` are the kernel's WireGuard interfaces. */
  | { readonly kind: 'kernel'; readonly interfaces: readonly string[] };

/** Who has UDP port `port` on any address of this network namespace, or null when nobody is seen to have it. */
export function portOwner(port: number): PortOwner | null {
  const sockets = [...socketsIn('/proc/net/udp', port), ...socketsIn('/proc/net/udp6', port)];
  if (sockets.length === 0) return null;
  const inodes = new Set(sockets.map(({ inode }) => inode));
  const { owner, isWhole } = processWithSocket(inodes);
  if (owner !== null) return owner;
  const interfaces = wireguardInterfaces();
  if (isWhole || interfaces.length > 0) return { kind: 'kernel', interfaces };
  return { kind: 'user', uid: sockets[0]!.uid };
}

/** The owner as part of a sentence. */
export function describeOwner(owner: PortOwner): string {
  switch (owner.kind) {
    case 'process':
      return `${owner.name} (process ${owner.pid})`;
    case 'user':
      return `a process of uid ${owner.uid}`;
    case 'kernel':
      return owner.interfaces.length > 0 ? `the WireGuard interface ${owner.interfaces.join(' or ')}` : 'the kernel';
  }
}

/** The lines of a table such as /proc/net/udp for `port`. */
export function parseSocketTable(table: string, port: number): { readonly inode: string; readonly uid: number }[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.split(':')[1] === wanted)
    .map((fields) => ({ uid: Number(fields[7]), inode: fields[9] ?? '' }));
}

function socketsIn(path: string, port: number): { readonly inode: string; readonly uid: number }[] {
  return attempt(() => parseSocketTable(readFileSync(path, 'utf8'), port)) ?? [];
}

/** `isWhole`: every process could be looked into. */
function processWithSocket(inodes: ReadonlySet<string>): { owner: PortOwner | null; isWhole: boolean } {
  let isWhole = true;
  for (const pid of attempt(() => readdirSync('/proc')) ?? []) {
    if (!/^[0-9]+$/.test(pid)) continue;
    const descriptors = attempt(() => readdirSync(`/proc/${pid}/fd`));
    if (descriptors === null && existsSync(`/proc/${pid}`)) isWhole = false;
    for (const descriptor of descriptors ?? []) {
      const target = attempt(() => readlinkSync(`/proc/${pid}/fd/${descriptor}`));
      const inode = target === null ? undefined : /^socket:\[([0-9]+)\]$/.exec(target)?.[1];
      if (inode !== undefined && inodes.has(inode)) {
        return { owner: { kind: 'process', pid: Number(pid), name: nameOf(pid) }, isWhole };
      }
    }
  }
  return { owner: null, isWhole };
}

/** From the command line: the names of threads, which /proc/PID/comm has, say less (`MainThread` for Node.js). */
function nameOf(pid: string): string {
  const line = attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '';
  return basename(line.split(/[\0 ]/)[0]!) || 'a process';
}

/** Names of the WireGuard interfaces that the kernel has. */
export function wireguardInterfaces(): string[] {
  const names = attempt(() => readdirSync('/sys/class/net')) ?? [];
  return names.filter((name) =>
    attempt(() => readFileSync(`/sys/class/net/${name}/uevent`, 'utf8'))?.includes('DEVTYPE=wireguard'),
  );
}

function attempt<T>(action: () => T): T | null {
  try {
    return action();
  } catch {
    return null;
  }
}
