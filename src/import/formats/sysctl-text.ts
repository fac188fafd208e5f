/**
 * What `sysctl -a` prints: `net.ipv4.ip_forward = 1`.
 */

import type { Fact } from '../../plan/plan.ts';
import { switchPath } from '../machine/switches.ts';
import type { Complaints } from '../text/complaints.ts';
import { factAt, linesOf, placeOf, type TextPart } from '../text/part.ts';
import { quote } from '../text/quote.ts';

export interface StatedSwitch {
  readonly path: string;
  readonly value: Fact<string>;
}

/** Those that matter to forwarding; `sysctl -a` has a thousand more. */
const MATTERS =
  /^ipv[46]\/(ip_forward|conf\/[^/]+\/(forwarding|force_forwarding|rp_filter|proxy_arp|proxy_ndp|accept_ra|disable_ipv6|src_valid_mark|send_redirects|accept_redirects))$/;

export function readSysctl(part: TextPart, complaints: Complaints): StatedSwitch[] {
  const switches: StatedSwitch[] = [];
  for (const line of linesOf(part)) {
    const text = line.text.trim();
    if (text === '' || text.startsWith('#') || text.startsWith('sysctl:')) continue;
    const match = /^([a-z0-9_./:@-]+) *= *(.*)$/i.exec(text);
    if (match === null) {
      complaints.mistake('value-wrong', placeOf(line), `Cannot read ${quote(text)}: a line is NAME = VALUE`);
      continue;
    }
    const path = switchPath(match[1]!);
    if (path !== null && MATTERS.test(path)) switches.push({ path, value: factAt(match[2]!, placeOf(line)) });
  }
  return switches;
}
