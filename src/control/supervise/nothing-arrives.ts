/**
 * Whether it is time to say that nothing arrives: most first starts fail at a firewall, and nothing in a log says so.
 */

export interface ArrivalFacts {
  /** When the relay began, ms since 1970. */
  readonly startedAt: number;
  /** When the last datagram of any kind came to this relay. */
  readonly lastDatagramAt: number | null;
  /** Something came to an earlier relay of this network. */
  readonly hasReceived: boolean;
  /** When a machine's configuration was last handed out; null for never. */
  readonly handedOutAt: number | null;
}

/** How long a person takes to scan a code and switch the tunnel on, once more. */
export const PATIENCE_MS = 60_000;

/** Whether a machine was handed out and the relay has waited in vain for a minute. */
export function nothingArrives(
  { startedAt, lastDatagramAt, hasReceived, handedOutAt }: ArrivalFacts,
  now: number,
): boolean {
  if (lastDatagramAt !== null || hasReceived || handedOutAt === null) return false;
  return now - Math.max(startedAt, handedOutAt) >= PATIENCE_MS;
}
