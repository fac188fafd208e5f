/**
 * The protocol's numbers (whitepaper sections 5 and 6) and our own limits. Every one is explained, beside the values
 * of Linux, in `docs/reference/protocol.md`. Sizes of messages are in `message.ts`.
 */

/** Above this count on a keypair, its initiator makes a new one. The whitepaper says 2^60; see REJECT_AFTER_MESSAGES. */
export const REKEY_AFTER_MESSAGES = 2 ** 52;
/**
 * Counters from here on are refused, sent and received. The whitepaper says 2^64 - 2^13 - 1; ours is that far below
 * 2^53, so that a counter is an exact JavaScript number. Nobody gets there in the 180 s that a keypair lives.
 */
export const REJECT_AFTER_MESSAGES = 2 ** 53 - 2 ** 13 - 1;
/** The initiator of a keypair this old makes a new one when it sends. */
export const REKEY_AFTER_TIME_MS = 120_000;
/** A keypair this old is used no more, in either direction. */
export const REJECT_AFTER_TIME_MS = 180_000;
/** An initiation without answer is sent again after this and a jitter; no two initiations are closer together. */
export const REKEY_TIMEOUT_MS = 5_000;
/** Jitter is in [0, this). */
export const REKEY_TIMEOUT_JITTER_MS = 334;
/** Initiations are given up after this long; counted in retries, as Linux does: 90 s / 5 s, and two more. */
export const REKEY_ATTEMPT_TIME_MS = 90_000;
export const MAX_TIMER_HANDSHAKES = REKEY_ATTEMPT_TIME_MS / REKEY_TIMEOUT_MS;
/** What was received is answered within this by a packet, if only an empty one. */
export const KEEPALIVE_TIMEOUT_MS = 10_000;
/** Data sent and nothing heard for this and a jitter: the peer may have lost its keys, so a handshake. */
export const NEW_HANDSHAKE_TIMEOUT_MS = KEEPALIVE_TIMEOUT_MS + REKEY_TIMEOUT_MS;
/** On receiving, the initiator of a keypair this old makes a new one, so that it does not end in mid-flow. */
export const REKEY_WHEN_RECEIVING_AFTER_MS = REJECT_AFTER_TIME_MS - KEEPALIVE_TIMEOUT_MS - REKEY_TIMEOUT_MS;
/** Without a new keypair for this long, all key material of a peer is wiped. */
export const ZERO_KEY_MATERIAL_AFTER_MS = REJECT_AFTER_TIME_MS * 3;

/** Initiations of one peer closer together than this are refused: 50 a second. */
export const MIN_INITIATION_GAP_MS = 20;
/** How old a counter may be, counted from the greatest one seen. */
export const REPLAY_WINDOW_COUNTERS = 8128;

/** A cookie secret lives this long. */
export const COOKIE_SECRET_MAX_AGE_MS = 120_000;
/** A cookie received is used for this long: the secret's life less 5 s of latency. */
export const COOKIE_MAX_AGE_MS = 115_000;
/** Packets a second and burst for one source that returned its cookie. */
export const RATE_PER_SECOND = 20;
export const RATE_BURST = 5;
/** Sources remembered at most; a new one is refused while the table is full. */
export const RATE_SOURCES = 65_536;
/** A source is forgotten when it was silent for this long. */
export const RATE_IDLE_MS = 1_000;

/** Handshake messages waiting at most. */
export const HANDSHAKE_QUEUE = 1024;
/** A queue filled to this share means load: one eighth, as in Linux and wireguard-go. */
export const UNDER_LOAD_QUEUE_SHARE = 1 / 8;
/** So does a handshake share of CPU time above this. */
export const UNDER_LOAD_CPU_SHARE = 0.5;
/** Load lasts this long after it was last seen. */
export const UNDER_LOAD_STICKY_MS = 1_000;

/** Data is padded to a multiple of this, never above the MTU. */
export const PADDING_MULTIPLE = 16;

/** Data of this many bytes and more is not padded: what every tunnel carries that carries IPv6 (RFC 8200, section 5). */
export const UNPADDED_BYTES = 1280;
/** 1500 less IPv6, UDP and WireGuard's 32 bytes. */
export const DEFAULT_MTU_BYTES = 1420;

/** Packets of one peer waiting for a keypair; the oldest goes when one more comes. */
export const STAGED_PACKETS_PER_PEER = 128;
/** Bytes of staged packets of all peers. */
export const STAGING_BYTES = 32 * 1024 * 1024;

/** Wall clocks jump; the moment at which a peer expires is looked at again at least this often. */
export const EXPIRY_CHECK_MS = 60_000;
/** Handshakes that many peers owe at one moment start this far apart: 2,000 a second, half a core. */
export const START_PACE_MS = 0.5;
