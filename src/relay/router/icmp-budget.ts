/**
 * How many ICMP errors are sent: token buckets, one for each peer and one for all, so that neither a scan nor a loop
 * makes the router talk without end. Linux has 1,000 a second with a burst of 50 in all; ten a second for a peer is
 * ours, enough for a traceroute.
 *
 * Echo replies are not counted here: they are as long as their requests, and Linux does not limit them.
 */

export const ERRORS_PER_SECOND = 1_000;
export const ERRORS_BURST = 50;
export const PEER_ERRORS_PER_SECOND = 10;
export const PEER_ERRORS_BURST = 10;

export class IcmpBudget {
  #tokens = ERRORS_BURST;
  #at = Number.NEGATIVE_INFINITY;
  /** By peer number; grown when a higher one asks. A number used again inherits its bucket, which is full in a second. */
  #peerTokens = new Float64Array(64).fill(PEER_ERRORS_BURST);
  #peerAt = new Float64Array(64).fill(Number.NEGATIVE_INFINITY);

  /** Takes a token for an error to `peer` at `now` (ms), and returns whether there was one. */
  take(peer: number, now: number): boolean {
    if (peer >= this.#peerTokens.length) this.#grow(peer + 1);
    const own = refilled(this.#peerTokens[peer]!, now - this.#peerAt[peer]!, PEER_ERRORS_PER_SECOND, PEER_ERRORS_BURST);
    const all = refilled(this.#tokens, now - this.#at, ERRORS_PER_SECOND, ERRORS_BURST);
    this.#peerAt[peer] = now;
    this.#at = now;
    const has = own >= 1 && all >= 1;
    this.#peerTokens[peer] = has ? own - 1 : own;
    this.#tokens = has ? all - 1 : all;
    return has;
  }

  #grow(peers: number): void {
    const size = Math.max(peers, this.#peerTokens.length * 2);
    const tokens = new Float64Array(size).fill(PEER_ERRORS_BURST);
    const at = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
    tokens.set(this.#peerTokens);
    at.set(this.#peerAt);
    this.#peerTokens = tokens;
    this.#peerAt = at;
  }
}

function refilled(tokens: number, elapsedMs: number, perSecond: number, burst: number): number {
  return Math.min(burst, tokens + (elapsedMs * perSecond) / 1000);
}
