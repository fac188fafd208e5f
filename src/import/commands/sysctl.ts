/**
 * Kernel switches set by hooks: `sysctl -w net.ipv4.ip_forward=1`, `echo 1 > /proc/sys/net/…`.
 */

import { setSwitch, switchPath } from '../machine/switches.ts';
import { at } from '../text/part.ts';
import { shown } from '../text/quote.ts';
import type { HookContext, Status } from './context.ts';

/** sysctl's options that take no value. */
const OPTIONS = new Set(['-w', '--write', '-q', '--quiet', '-qw', '-wq', '-e', '--ignore', '-n', '-N']);

export function runSysctl(args: readonly string[], context: HookContext): Status {
  for (const word of args) {
    if (OPTIONS.has(word)) continue;
    if (word === '-p' || word === '--load' || word === '--system') {
      context.complaints.notUnderstood(context.place, `cannot see the file that sysctl ${word} reads`, [
        'forwarding-ipv4',
        'forwarding-ipv6',
      ]);
      return null;
    }
    const match = /^([^=]+?)\s*=\s*(.*)$/.exec(word);
    // A name alone prints the switch.
    if (match) writeSwitch(match[1]!, match[2]!, context);
    else if (word.startsWith('-')) {
      context.complaints.notUnderstood(context.place, `cannot follow option ${shown(word)} of sysctl`, []);
    }
  }
  return true;
}

/** Sets the switch with this name or path; those outside `net` change nothing that is looked at. */
export function writeSwitch(name: string, value: string, { draft, place }: HookContext): void {
  const path = switchPath(name);
  if (path !== null) setSwitch(draft.switches, path, { value: value.trim(), origin: at(place) });
}
