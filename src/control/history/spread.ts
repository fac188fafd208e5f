/**
 * An amount counted between two looks, shared among the steps of time in between. Pure.
 *
 * The relay counts and is looked at now and then, so an amount belongs to a stretch and not to a moment: after an hour
 * without control it must not appear as one peak.
 */

export interface Share {
  /** Where the step begins, ms since 1970. */
  readonly at: number;
  readonly amount: number;
}

/** Shares at most; what is spread over more steps is put into the newest ones. */
const MOST_SHARES = 2_000;

/**
 * `amount`, counted after `from` and until `to` (ms), as whole numbers by step of `stepMs`. Their sum is `amount`; steps
 * with nothing are left out.
 */
export function spread(amount: number, from: number, to: number, stepMs: number): Share[] {
  if (amount <= 0) return [];
  const last = Math.floor((to - 1) / stepMs);
  const begin = Math.min(Math.max(from, (last - MOST_SHARES + 1) * stepMs), to - 1);
  const first = Math.floor(begin / stepMs);
  const shares: Share[] = [];
  let given = 0;
  for (let step = first; step <= last; step++) {
    // By how much is due until the end of the step: rounding never adds up.
    const due =
      step === last ? amount : Math.round((amount * (Math.min((step + 1) * stepMs, to) - begin)) / (to - begin));
    if (due > given) shares.push({ at: step * stepMs, amount: due - given });
    given = Math.max(given, due);
  }
  return shares;
}
