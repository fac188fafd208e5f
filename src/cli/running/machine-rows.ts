/**
 * What is said of the router's port and of machines in more than one verb.
 */

import { countText } from '../../control/report/quantity.ts';
import { visible } from '../../description/visible.ts';

/** `UDP port 51820, IPv4 and IPv6`, from addresses such as `0.0.0.0:51820`. */
export function listeningText(listening: readonly string[]): string {
  const port = /:([0-9]+)$/.exec(listening[0] ?? '')?.[1];
  if (port === undefined) return 'nothing';
  const families = [
    ...(listening.some((each) => !each.startsWith('[')) ? ['IPv4'] : []),
    ...(listening.some((each) => each.startsWith('[')) ? ['IPv6'] : []),
  ];
  return `UDP port ${port}, ${families.join(' and ')}${families.length === 1 ? ' only' : ''}`;
}

/** Prefixes as people write them: an address alone where the prefix holds just one. */
export function addressesText(allowedIps: readonly string[]): string {
  return visible(allowedIps.map((prefix) => prefix.replace(/(?<=:.*)\/128$|(?<=\.[0-9]+)\/32$/, '')).join(' '));
}

/** `a`, `a and b`, `a, b and 3 more`. */
export function namesText(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most).map(visible);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${countText(rest)} more`;
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}
