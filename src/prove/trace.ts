/**
 * Traces: what happens to one packet, station by station, and why. Types only; who makes them is `tracer/`.
 *
 * A trace is hops, a hop is the steps that one station takes, a step is what was decided and the fact that decided it,
 * with that fact's origin. An explanation is therefore the trace itself, printed. An origin is null where nothing in the
 * plan decided but Linux's own behaviour.
 */

import type { Address, Family } from '../net/address.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Filter, Forwarding, MssClamp, NeighbourProxy, Origin, Peer, Translation } from '../plan/plan.ts';
import type { Opening } from './tunnels.ts';
import type { Loser } from './world/peer-table.ts';
import type { RankedRoute } from './world/route-table.ts';
import type { Station, UnknownPart } from './world.ts';

/**
 * What can become of a packet: every trace ends in exactly one of these. Each has its paragraph in
 * `docs/reference/dispositions.md`.
 */
export const DISPOSITIONS = [
  /** It arrived at the station it was meant for, under the addresses that this station expects. */
  'delivered',
  /** A station that it was not meant for has the address and took it. */
  'delivered-elsewhere',
  /** It arrived, and the station knows no conversation it belongs to: it asked somebody else. */
  'unexpected-reply',
  /** The sender has no address of this family. */
  'no-source-address',
  /** A station has no route to the destination. */
  'no-route',
  /** A station's route says that the destination does not exist. */
  'unreachable-route',
  /** No peer of the tunnel interface owns the destination. */
  'not-in-allowed-ips',
  /** The tunnel to the peer cannot come up, whoever begins. */
  'tunnel-down',
  /** The tunnel comes up only when the other side begins, and nothing makes it begin. */
  'tunnel-asleep',
  /** The source does not belong to the peer that sent it; WireGuard drops it without a word. */
  'source-not-allowed',
  /** The relay does not send a packet back into the tunnel it came out of. */
  'back-to-sender',
  /** Replies to the source would leave by another interface, or by none (`rp_filter`). */
  'reverse-path',
  /** The station does not forward between these interfaces. */
  'not-forwarded',
  /** A filter drops it without a word. */
  'filtered',
  /** A filter refuses it and says so. */
  'rejected',
  /** Nobody on the LAN answers for the address. */
  'no-neighbour',
  /** It went round until its hop limit ended. */
  'hop-limit',
  /** It is larger than a link on its way, and may not be cut. */
  'too-big',
  /** The provider of a cloud machine drops what is neither from it nor to it, or what it does not let in. */
  'provider-drops',
  /** It went out to the internet with a private address, or to an address that nobody has there. */
  'lost-on-the-internet',
] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

export interface Trace {
  /** At least one: the sender. */
  readonly hops: readonly Hop[];
  readonly disposition: Disposition;
  /** As it arrived, translations undone; null when it did not. */
  readonly arrived: Packet | null;
  /** What the sender is told when it does not arrive; null where nobody says anything. */
  readonly error: ErrorTrace | null;
}

/** An ICMP error is a packet with a way of its own: unless its trace is `delivered`, the sender learns nothing. */
export interface ErrorTrace {
  readonly kind: 'unreachable' | 'too-big' | 'hop-limit' | 'prohibited';
  readonly trace: Trace;
  /** The largest size that passes, with `too-big`. */
  readonly mtuBytes: number | null;
}

/** What one station does with the packet. */
export interface Hop {
  readonly station: Station;
  /** Null at the sender. */
  readonly arrivesBy: string | null;
  /** Null where it ends. */
  readonly leavesBy: string | null;
  /** As it arrived here, or as the sender made it. */
  readonly packet: Packet;
  readonly steps: readonly Step[];
}

export type PacketKind = 'echo-request' | 'echo-reply' | 'syn' | 'syn-ack' | 'ack' | 'data' | 'datagram' | 'icmp-error';

export interface Packet {
  readonly family: Family;
  /** Null while the sender has not chosen one. */
  readonly source: Address | null;
  readonly destination: Address;
  readonly protocol: 'icmp' | 'tcp' | 'udp';
  readonly kind: PacketKind;
  /** Of an echo, its identifier in both. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** The whole packet with its IP header. */
  readonly bytes: number;
  readonly isDontFragment: boolean;
  readonly hopLimit: number;
  /** Largest segment that the sender of a SYN or SYN-ACK asks for. */
  readonly mssBytes: number | null;
  /** The packet that an ICMP error tells about, as it was when it failed. */
  readonly about: Packet | null;
}

/** State of connection tracking, in the words of filters. */
export type TrackingState = 'new' | 'established' | 'related' | 'invalid';

interface StepOf<K extends string> {
  readonly kind: K;
  /** Null: the packet goes on. */
  readonly ends: Disposition | null;
  readonly origin: Origin | null;
}

/** In the order in which a station takes them; `docs/reference/dispositions.md` has the order of Linux. */
export type Step =
  | SourceAddressStep
  | RouteStep
  | AllowedIpsOutStep
  | TunnelStep
  | AllowedIpsInStep
  | BackToSenderStep
  | ReversePathStep
  | ForwardingStep
  | HopLimitStep
  | SizeStep
  | SegmentSizeStep
  | TrackingStep
  | FilterStep
  | TranslationStep
  | NeighbourStep
  | ProviderStep
  | InternetStep
  | AssumptionStep
  | DeliveryStep;

/** The sender's own address, chosen by the route. */
export interface SourceAddressStep extends StepOf<'source-address'> {
  readonly address: Address | null;
  readonly interface: string;
}

/** The longest prefix; null: none. */
export interface RouteStep extends StepOf<'route'> {
  readonly destination: Address;
  readonly route: RankedRoute | null;
}

/** Going out, allowed IPs choose the peer. */
export interface AllowedIpsOutStep extends StepOf<'allowed-ips-out'> {
  readonly interface: string;
  readonly destination: Address;
  /** Null: nobody owns the destination. */
  readonly peer: Peer | null;
  readonly prefix: Prefix | null;
  /** Peers that list the prefix too, and lost it to `peer`. */
  readonly losers: readonly Loser[];
}

/** Whether the tunnel carries the packet now. */
export interface TunnelStep extends StepOf<'tunnel'> {
  readonly interface: string;
  readonly peer: Peer;
  /** The station behind it; null where nobody has the key. */
  readonly other: Station | null;
  /** `idle`: only after the other side spoke. */
  readonly state: 'open' | 'spoken-to' | 'idle' | 'down';
  /** Whether the sender can begin, and whether the other side can. */
  readonly opening: Opening;
  readonly otherOpening: Opening | null;
}

/** Coming in, allowed IPs say which sources a peer may use. */
export interface AllowedIpsInStep extends StepOf<'allowed-ips-in'> {
  readonly interface: string;
  readonly source: Address;
  readonly sender: Peer;
  /** Who owns the source; it passes when that is the sender. */
  readonly owner: Peer | null;
  readonly prefix: Prefix | null;
  readonly losers: readonly Loser[];
}

export interface BackToSenderStep extends StepOf<'back-to-sender'> {
  readonly peer: Peer;
}

export interface ReversePathStep extends StepOf<'reverse-path'> {
  readonly interface: string;
  readonly mode: 'loose' | 'strict';
  readonly source: Address;
  /** The route back; null: none. */
  readonly route: RankedRoute | null;
}

/** `rule` null: nothing switches it on. */
export interface ForwardingStep extends StepOf<'forwarding'> {
  readonly family: Family;
  readonly from: string;
  readonly to: string;
  readonly rule: Forwarding | null;
}

export interface HopLimitStep extends StepOf<'hop-limit'> {
  /** After this station. */
  readonly left: number;
}

/** Only where a packet does not simply fit. */
export interface SizeStep extends StepOf<'size'> {
  readonly interface: string;
  readonly bytes: number;
  readonly mtuBytes: number;
  /** `inner`: the packet itself. `outer`: the datagram that carries it, on the path to the peer. */
  readonly of: 'inner' | 'outer';
  /** It is cut into pieces and goes on. */
  readonly isCut: boolean;
}

/** A clamp lowers the segment size that a SYN asks for. */
export interface SegmentSizeStep extends StepOf<'segment-size'> {
  readonly clamp: MssClamp;
  readonly before: number;
  readonly after: number;
}

/** What connection tracking makes of the packet, where a rule or a translation depends on it. */
export interface TrackingStep extends StepOf<'tracking'> {
  readonly state: TrackingState;
  /** Why it is invalid: it saw no beginning, or only the beginning of one side. */
  readonly because: 'half-seen' | 'beginning-unseen' | null;
}

/** What one chain decides. A chain of which no rule fits lets the packet pass, and has no step. */
export interface FilterStep extends StepOf<'filter'> {
  readonly hook: 'input' | 'forward' | 'output';
  readonly chain: string;
  readonly rule: Filter;
  readonly state: TrackingState;
}

/** An address is replaced. `rule` null: it is put back, because the reply to a translated packet came. */
export interface TranslationStep extends StepOf<'translation'> {
  readonly field: 'source' | 'destination';
  readonly before: Address;
  readonly after: Address;
  readonly portBefore: number;
  readonly portAfter: number;
  readonly rule: Translation | null;
}

/** ARP or neighbour discovery on a LAN. */
export interface NeighbourStep extends StepOf<'neighbour'> {
  readonly segment: string;
  readonly address: Address;
  readonly answer: NeighbourAnswer | null;
  /** Stations that are told to answer and do not, each with the condition that fails. */
  readonly silent: readonly {
    readonly station: Station;
    readonly proxy: NeighbourProxy;
    readonly because: 'not-forwarding' | 'no-other-route';
  }[];
}

export interface NeighbourAnswer {
  readonly station: Station;
  /** Null: the address is its own. */
  readonly proxy: NeighbourProxy | null;
}

/** What a cloud drops before a machine, or behind it. */
export interface ProviderStep extends StepOf<'provider'> {
  readonly check: 'source-destination' | 'inbound';
}

export interface InternetStep extends StepOf<'internet'> {
  /** `nobody`: no described station has the destination, and it is no public address. */
  readonly because: 'private-source' | 'private-destination' | null;
}

/** A fact that nobody stated, and what was taken to be so. */
export interface AssumptionStep extends StepOf<'assumption'> {
  readonly station: Station;
  readonly part: UnknownPart;
  readonly isFavourable: boolean;
}

export interface DeliveryStep extends StepOf<'delivery'> {
  readonly address: Address;
}
