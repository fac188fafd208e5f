/**
 * Tunnels: whether two ends hold each other's keys, and who of them can begin.
 *
 * WireGuard has no listening side. Whoever knows a working endpoint of the other may begin; from then on both know where
 * the other is. So a tunnel carries a packet when its sender can begin, or when the other side has begun and its packets
 * still come (keepalive).
 */

import type { Fact, Origin, Peer } from '../plan/plan.ts';
import type { Station, TunnelLink, UnknownPart } from './world.ts';

/** Why one end cannot begin. */
export const OBSTACLES = [
  /** No device has the key that is written for the peer. */
  'nobody-has-key',
  /** The device that is meant has another key. */
  'key-differs',
  /** The other side has no peer with this side's key. */
  'not-a-peer',
  /** The preshared keys differ, or one side has none. */
  'preshared-key-differs',
  /** No endpoint is written. */
  'endpoint-missing',
  /** The endpoint is no address of the other side. */
  'endpoint-elsewhere',
  /** The other side listens on another port. */
  'port-differs',
  /** Datagrams to the endpoint would be routed into the tunnel itself. */
  'endpoint-in-tunnel',
  /** The sender has no route to the endpoint. */
  'endpoint-unreachable',
  /** The endpoint's address family is one that the sender or the other side does not have outside. */
  'endpoint-family',
  /** The other side has no address that the internet can reach, or is behind something that lets in only answers. */
  'behind-nat',
  /** The other side's provider does not let the datagrams in. */
  'provider-filter',
  /** The other side's own filter does not let the datagrams in. */
  'input-filter',
] as const;
export type Obstacle = (typeof OBSTACLES)[number];

/** Whether an end can begin. */
export interface Opening {
  /** Null: it can. */
  readonly obstacle: Obstacle | null;
  /** What decides: of the endpoint where it works, of the guilty fact where it does not. Null: that there is none. */
  readonly origin: Origin | null;
  /** Facts that nobody stated, on which the answer rests. */
  readonly assumptions: readonly {
    readonly station: Station;
    readonly part: UnknownPart;
    readonly isFavourable: boolean;
  }[];
}

/** One end of a tunnel: how `station` describes the other. */
export interface TunnelEnd {
  readonly station: Station;
  readonly link: TunnelLink;
  readonly peer: Peer;
}

export interface Tunnel {
  readonly near: TunnelEnd;
  /** Null when nobody has the key. */
  readonly far: TunnelEnd | null;
  readonly nearOpens: Opening;
  readonly farOpens: Opening | null;
  /** Null: the far side sends nothing by itself. */
  readonly farKeepalive: Fact<number> | null;
}
