/**
 * What one station makes of a packet.
 */

import type { FilterStep, Packet, SizeStep } from '../trace.ts';
import type { Link } from '../world.ts';
import type { Arrival, Ending } from './egress.ts';

export type Outcome =
  /** It goes on. */
  | { readonly packet: Packet; readonly leavesBy: Link; readonly arrival: Arrival }
  /** It is for this station. */
  | { readonly taken: Packet }
  | Ending;

/** How the last of these steps ends the packet, or null when it lets it pass. */
export function refusedBy(steps: readonly FilterStep[]): Ending | null {
  const last = steps.at(-1);
  if (last === undefined || last.ends === null) return null;
  return {
    disposition: last.ends,
    tell: last.ends === 'rejected' ? { kind: 'prohibited', mtuBytes: null } : null,
  };
}

/** The least MTU of IPv6 (RFC 8200 section 5): no link is taken to have less. */
const MINIMUM_MTU_IPV6 = 1280;

/** The step of a packet that does not fit; null when it does. Only IPv4 without DF is cut. */
export function sizeStep(link: Link, packet: Packet): SizeStep | null {
  const mtuBytes = packet.family === 6 ? Math.max(link.mtu.value, MINIMUM_MTU_IPV6) : link.mtu.value;
  if (packet.bytes <= mtuBytes) return null;
  const isCut = packet.family === 4 && !packet.isDontFragment;
  return {
    kind: 'size',
    ends: isCut ? null : 'too-big',
    origin: link.mtu.origin,
    interface: link.id,
    bytes: packet.bytes,
    mtuBytes,
    of: 'inner',
    isCut,
  };
}
