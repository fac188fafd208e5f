/**
 * Names inside a device, for its routes, switches and rules to refer to: of its interfaces, and of a chain of filters. What a
 * file or kernel calls them is for others to decide.
 */

import type { Lan } from '../description/network.ts';

/** The one tunnel interface that every device has. */
export const TUNNEL = 'tunnel';

/** Whatever is neither the tunnel nor towards a LAN: on a default gateway, the side of the internet. */
export const OUTER = 'outer';

/** The interface towards a LAN. */
export function lanInterface(lan: Lan): string {
  return `lan-${lan.name.value}`;
}

/** The chain of rules about what enters a carrier's tunnel. */
export const INTO_TUNNEL = 'into-tunnel';
