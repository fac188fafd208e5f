/**
 * Keepalive: who sends a packet now and then so that the way to it stays open.
 */

import type { Machine } from '../description/network.ts';
import { byRule, fromFile, stated } from './origin.ts';
import type { Fact } from './plan.ts';

/** Below the 30 seconds after which common NAT boxes forget an idle UDP flow; the value wg(8) recommends. */
const KEEPALIVE_SECONDS = 25;

/**
 * Seconds between keepalives of `machine`, or undefined for none.
 *
 * A machine without an endpoint counts as behind NAT: the router can only answer where the machine was last seen, so
 * the machine itself must keep that mapping alive (RFC 4787 REQ-6 lets a NAT ignore what comes from outside). Without
 * `access` everybody may open a flow to everybody, so every such machine gets one, however many others there are:
 * otherwise the second machine of a network would change the first one's configuration.
 */
export function keepaliveOf(machine: Machine): Fact<number> | undefined {
  if (machine.keepalive) return machine.keepalive.value === 0 ? undefined : stated(machine.keepalive);
  if (machine.endpoint) return undefined;
  return { value: KEEPALIVE_SECONDS, origin: byRule('keepalive-behind-nat', [fromFile(machine.name.place)]) };
}
