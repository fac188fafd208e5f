/**
 * Amounts counted between two looks, shared among the steps of time in between. Pure.
 *
 * The relay counts and is looked at now and then, so an amount belongs to a stretch and not to a moment: after an hour
 * without control it must not appear as one peak.
 */

export interface Share {
  /** Where the step begins, ms since 1970. */
  readonly at: number;
  /** As many as there are amounts. */
  readonly amounts: readonly number[];
}

/**
 * `amounts`, counted after `from` and until `to` (ms), as whole numbers by step of `stepMs`. The shares of each sum up to
 * it; steps with nothing are left out.
 */
export function spread(amounts: readonly number[], from: number, to: number, stepMs: number): Share[] {
  const last = Math.floor((to - 1) / stepMs);
  const begin = Math.min(from, to - 1);
  const shares: Share[] = [];
  let given = amounts.map(() => 0);
  for (let step = Math.floor(begin / stepMs); step <= last; step++) {
    // By how much is due until the end of the step: rounding never adds up.
    const part = step === last ? 1 : ((step + 1) * stepMs - begin) / (to - begin);
    const due = amounts.map((amount, i) => Math.max(given[i]!, Math.round(amount * part)));
    const own = due.map((amount, i) => amount - given[i]!);
    if (own.some((amount) => amount > 0)) shares.push({ at: step * stepMs, amounts: own });
    given = due;
  }
  return shares;
}

/** Into how many steps a stretch falls. */
export function stepsBetween(from: number, to: number, stepMs: number): number {
  return Math.floor((to - 1) / stepMs) - Math.floor(Math.min(from, to - 1) / stepMs) + 1;
}
