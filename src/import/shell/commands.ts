/**
 * Programs that hooks call, by name.
 */

import type { HookContext, Status } from '../commands/context.ts';
import { runIp } from '../commands/ip.ts';
import { runIptables } from '../commands/iptables.ts';
import { runNft } from '../commands/nft.ts';
import { runSysctl } from '../commands/sysctl.ts';
import { runUfw } from '../commands/ufw.ts';
import { runWg } from '../commands/wg.ts';

/** What changes nothing that is looked at here: messages, files, names, waiting, traffic shaping. */
const HARMLESS = new Set([
  'echo',
  'printf',
  'true',
  ':',
  'sleep',
  'logger',
  'touch',
  'mkdir',
  'rm',
  'rmdir',
  'cd',
  'set',
  'cat',
  'chmod',
  'date',
  'resolvectl',
  'resolvconf',
  'systemd-resolve',
  'ping',
  'ping6',
  'curl',
  'wget',
  'modprobe',
  'tc',
  'ethtool',
  'conntrack',
  'notify-send',
  'exit',
  'return',
  'wait',
  'umask',
]);

/** Whether the command succeeds, as far as that is known; 'not-known' for a program that is none of these. */
export function runCommand(words: readonly (string | null)[], context: HookContext): Status | 'not-known' {
  const [path = null, ...args] = words;
  if (path === null) return 'not-known';
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name === 'false') return false;
  if (HARMLESS.has(name)) return true;
  // Where a key comes from is nobody's to know, and does not matter.
  if (name === 'wg') {
    return runWg(
      args.map((each) => each ?? '?'),
      context,
    );
  }
  const rest = args.filter((each) => each !== null);
  if (rest.length < args.length) return 'not-known';
  switch (name) {
    case 'iptables':
    case 'iptables-nft':
    case 'iptables-legacy':
      return runIptables(4, rest, context);
    case 'ip6tables':
    case 'ip6tables-nft':
    case 'ip6tables-legacy':
      return runIptables(6, rest, context);
    case 'ip':
      return runIp(rest, context);
    case 'nft':
      return runNft(rest, context);
    case 'sysctl':
      return runSysctl(rest, context);
    case 'ufw':
      return runUfw(rest, context);
    default:
      return 'not-known';
  }
}
