/**
 * Why a packet was refused: a closed list, each counted, none thrown.
 *
 * A drop is an index into `DROP_REASONS`, so that batches carry it as an integer; names are what `status` and the
 * metrics show. Reasons are explained in `docs/reference/drops.md`.
 */

export const DROP_REASONS = [
  // Outside: before anything is authenticated.
  'malformed', // unknown type, wrong size, reserved bytes not zero
  'oversized', // larger than any packet the relay can hold
  'handshake-queue-full',
  'mac1-wrong',
  'cookie-required', // under load and mac2 missing or wrong; a cookie reply went out
  'rate-limited', // under load, mac2 right, source over its rate
  'handshake-invalid', // a decryption in a handshake message failed, or a low-order point
  'peer-unknown', // an initiation by a key that is not a peer
  'peer-expired',
  'timestamp-replayed', // TAI64N not above the last one
  'initiation-too-soon', // more than 50 a second by one peer
  'index-unknown', // receiver index without keypair or handshake
  'response-unexpected',
  'cookie-reply-invalid',
  'keypair-expired',
  'counter-exhausted',
  'tag', // AEAD said no
  'replayed', // counter seen before or too old
  // Inside: authenticated, then refused.
  'inner-malformed', // not IPv4 or IPv6, truncated header, dishonest length
  'source-not-allowed', // the sender does not own this inner source address
  'martian', // source or destination that no router forwards
  'multicast',
  'link-local',
  'hop-limit', // time exceeded was due
  'unreachable', // no owner for the destination
  'no-endpoint', // the owner was never heard of and has no endpoint
  'too-big', // above the MTU, may not be fragmented
  'back-to-sender', // the destination's owner is the sender: a loop
  'router-itself', // addressed to the router, nothing there takes it
  'staged-overflow', // more than 128 packets waited for a key; the oldest went
  'handshake-gave-up', // staged packets of a peer that did not answer
  'key-slots-full',
  'send-failed', // the system refused the datagram
] as const;

export type DropReason = (typeof DROP_REASONS)[number];

/** The number of a reason, for batch rows and counters. */
export function dropNumber(reason: DropReason): number {
  return DROP_REASONS.indexOf(reason);
}
