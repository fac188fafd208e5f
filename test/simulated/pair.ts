/**
 * Two machines on a perfect link, for tests of one behaviour: `a` dials `b`.
 */

import type { PeerSettings } from '../../src/wireguard/device.ts';
import type { Machine } from './machine.ts';
import { Network } from './network.ts';

export interface Pair {
  readonly network: Network;
  readonly a: Machine;
  readonly b: Machine;
}

/** `a` and `b` that know each other and have not spoken yet. `settings` go into both. */
export function pair(settings: Partial<PeerSettings> = {}): Pair {
  const network = new Network(1);
  const a = network.add('a', 1);
  const b = network.add('b', 2);
  a.knows(b, { ...settings, endpoint: b.endpoint });
  b.knows(a, settings);
  return { network, a, b };
}

/** The same with a keypair, confirmed and current on both sides; half a second has passed and counters are at zero. */
export function connectedPair(settings: Partial<PeerSettings> = {}): Pair {
  const both = pair(settings);
  both.a.device.initiate(both.a.peer(both.b), both.network.clock.now);
  both.network.run(500);
  if (both.b.peer(both.a).keypairs.current === null) throw new Error(both.network.diagram());
  both.network.trace.length = 0;
  return both;
}

/** Every datagram that `from` would send, taken off the link. */
export function captured({ network }: Pair, from: Machine, act: () => void): Uint8Array[] {
  const bytes: Uint8Array[] = [];
  const before = network.tap;
  network.tap = (datagram, sender) => {
    if (sender !== from) return true;
    bytes.push(datagram);
    return false;
  };
  act();
  network.run(1);
  network.tap = before;
  return bytes;
}

/** How many messages of `type` (1 to 4) `name` sent since the trace began. */
export function countOf({ network }: { network: Network }, name: string, type: number): number {
  return network.trace.filter((entry) => entry.from === name && entry.type === type).length;
}
