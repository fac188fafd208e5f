/**
 * Reasons to refuse a packet in a few words, for people; `docs/reference/drops.md` says more.
 */

import type { DropReason } from '../../wireguard/drop.ts';

const WORDS: Readonly<Record<DropReason, string>> = {
  malformed: 'no WireGuard message',
  oversized: 'larger than a datagram can be',
  'handshake-queue-full': 'too many handshakes were waiting',
  'mac1-wrong': "the sender does not know the router's public key",
  'cookie-required': 'under load: the sender was asked to prove its address',
  'rate-limited': 'under load: too many handshakes from one source',
  'handshake-invalid': 'a handshake with wrong keys, or changed on the way',
  'peer-unknown': 'a key that is not in the network file',
  'peer-expired': 'the machine has expired, or is disabled',
  'timestamp-replayed': 'an old handshake again, or a clock that was set back',
  'initiation-too-soon': 'more than 50 handshakes a second by one machine',
  'index-unknown': 'for a keypair that has ended',
  'response-unexpected': 'an answer that nobody waits for',
  'cookie-reply-invalid': 'a cookie that nobody waits for',
  'keypair-expired': 'on a keypair that is too old',
  'counter-exhausted': "beyond the protocol's counter",
  tag: 'changed on the way, or forged',
  replayed: 'seen before, or far too late',
  'inner-malformed': 'no IP packet inside',
  'source-not-allowed': 'the sender does not own the source address',
  martian: 'addresses that no router forwards',
  multicast: 'multicast or broadcast',
  'link-local': 'link-local addresses',
  'hop-limit': 'hop limit used up (traceroute, or a loop)',
  unreachable: 'nobody has the destination',
  'no-endpoint': 'the machine was never heard of',
  'too-big': 'larger than the path allows',
  'back-to-sender': 'it would go back to its sender',
  'router-itself': 'for the router, which takes nothing but ping',
  'staged-overflow': 'too many packets waited for one machine',
  'handshake-gave-up': 'the machine did not answer',
  'key-slots-full': 'no room for more keypairs',
  'send-failed': 'the system could not send it',
};

/** What `reason` means. A reason of a newer relay stands for itself. */
export function dropWords(reason: string): string {
  return Object.hasOwn(WORDS, reason) ? WORDS[reason as DropReason] : reason;
}
