/**
 * Names of interfaces inside a device, for its routes and switches to refer to. What a file or kernel calls them is for
 * others to decide.
 */

import type { Lan } from '../description/network.ts';

/** The one tunnel interface that every device has. */
export const TUNNEL = 'tunnel';

/** The interface towards a LAN. */
export function lanInterface(lan: Lan): string {
  return `lan-${lan.name.value}`;
}
