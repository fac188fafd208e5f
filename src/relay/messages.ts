/**
 * What control and relay say to each other.
 *
 * The relay is started with one `Boot` line on standard input (keys come by no other way at the start), answers with
 * one `Ready` or `Failed` line on standard output, and then listens on its control socket: one JSON object a line, one
 * answer for each request, in order. A line has at most `LINE_BYTES`; what is longer, not JSON, or not of these shapes
 * is answered with `Refused` and the connection ends. No message reads a key back.
 */

export const RELAY_PROTOCOL_VERSION = 3;
/** Bytes in a line at most. A `change` carries at most `CHANGE_PEERS` peers, a status page at most `STATUS_PEERS`. */
export const LINE_BYTES = 4 * 1024 * 1024;
/** Bytes in the `Boot` line at most: it holds every peer. */
export const BOOT_BYTES = 64 * 1024 * 1024;
export const CHANGE_PEERS = 2_000;
export const STATUS_PEERS = 2_000;

/** A peer as the relay is told to have it. Setting one that is there already changes only what differs. */
export interface PeerConfig {
  /** For messages and status. */
  readonly name: string;
  /** Base64, as all keys here. */
  readonly publicKey: string;
  readonly presharedKey: string | null;
  /** Prefixes as text. No prefix is in two peers. */
  readonly allowedIps: readonly string[];
  /** Addresses of other peers whose way to the internet this peer is, as prefixes. No prefix is in two peers. */
  readonly exitFor: readonly string[];
  /** `host:port`, resolved by the relay and again when handshakes fail; null for machines that dial in. */
  readonly endpoint: string | null;
  /** Seconds, 0 is off. */
  readonly keepalive: number;
  /** Largest inner packet in bytes that goes to it; the router's `mtu` counts where that is less. */
  readonly mtu: number;
  /** First moment, in ms since 1970 UTC, at which the peer is refused; null for never. */
  readonly expires: number | null;
}

export interface RouterConfig {
  readonly name: string;
  /** UDP port; 0 lets the system choose. */
  readonly listenPort: number;
  /** The router's inside addresses as text. */
  readonly addresses: readonly string[];
  /** Largest inner packet in bytes, to whomever. */
  readonly mtu: number;
  /** Prefixes that no exit leads to: what they hold is described, and nobody's where no peer has it. */
  readonly described: readonly string[];
}

export interface Boot {
  readonly version: number;
  /** What identifies the router this relay serves; `adopt` compares it and `publicKey`. */
  readonly privateKey: string;
  readonly router: RouterConfig;
  readonly peers: readonly PeerConfig[];
  /** Path of the control socket to make (0600). */
  readonly controlSocket: string;
  /** Folder of the relay's own, for the endpoints it has seen; null keeps nothing. */
  readonly stateFolder: string | null;
  /** Inherited descriptor of a listening socket for the userspace configuration protocol; null for none. */
  readonly uapiDescriptor: number | null;
  /** User and group to become after start, when started with the right to; null when already an ordinary user. */
  readonly become: { readonly uid: number; readonly gid: number } | null;
}

export interface Ready {
  readonly type: 'ready';
  readonly version: number;
  readonly pid: number;
  readonly publicKey: string;
  readonly listening: readonly string[];
  /** Things a person should know: no IPv6, small socket buffers. */
  readonly notes: readonly string[];
}

export interface Failed {
  readonly type: 'failed';
  /** Stable: `port-in-use`, `permission`, `boot-invalid`, `control-socket-in-use`, `backend`, `internal`. */
  readonly code: string;
  readonly message: string;
}

export type Request =
  | { readonly type: 'hello' }
  /** Peers `from` on in order of configuration, at most `most` of them. */
  | { readonly type: 'status'; readonly from: number; readonly most: number }
  | {
      readonly type: 'change';
      readonly router: RouterConfig | null;
      readonly set: readonly PeerConfig[];
      /** Public keys. Removed before anything is set, so that a prefix can move. */
      readonly remove: readonly string[];
    }
  | { readonly type: 'stop' };

export type Reply = Hello | Status | Changed | Stopping | Refused;

export interface Hello {
  readonly type: 'hello';
  readonly version: number;
  readonly pid: number;
  readonly publicKey: string;
  readonly startedAt: number;
}

export interface Status {
  readonly type: 'status';
  readonly pid: number;
  readonly publicKey: string;
  /** ms since 1970 UTC. */
  readonly startedAt: number;
  /** Who moves the datagrams: `native, avx512`, `native, openssl`, `portable, webassembly-simd`. */
  readonly backend: string;
  /** Why it is this one. */
  readonly backendReason: string;
  readonly router: RouterConfig;
  readonly listening: readonly string[];
  readonly notes: readonly string[];
  /** When the last datagram of any kind came, ms since 1970 UTC; null for never. */
  readonly lastDatagramAt: number | null;
  /** Packets refused, by reason; reasons with zero are left out. */
  readonly drops: Readonly<Record<string, number>>;
  readonly forwardedPackets: number;
  readonly forwardedBytes: number;
  readonly underLoad: boolean;
  /** Peers in all; `peers` holds this page. */
  readonly peerCount: number;
  readonly peers: readonly PeerStatus[];
}

export interface PeerStatus {
  readonly name: string;
  readonly publicKey: string;
  readonly allowedIps: readonly string[];
  readonly exitFor: readonly string[];
  readonly endpoint: string | null;
  readonly keepalive: number;
  readonly mtu: number;
  readonly expires: number | null;
  readonly hasPresharedKey: boolean;
  /** ms since 1970 UTC; null for never. */
  readonly lastHandshakeAt: number | null;
  readonly lastReceivedAt: number | null;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly drops: Readonly<Record<string, number>>;
}

export interface Changed {
  readonly type: 'changed';
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

export interface Stopping {
  readonly type: 'stopping';
}

export interface Refused {
  readonly type: 'refused';
  readonly code: string;
  readonly message: string;
}
