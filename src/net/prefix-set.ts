/**
 * Sets of addresses written as prefixes: the fewest that cover exactly the given ones, and differences.
 */

import type { Address, Family } from './address.ts';
import { comparePrefixes, type Prefix, prefixContains, prefixesOverlap, prefixHas, splitPrefix } from './prefix.ts';

/**
 * The fewest prefixes that cover exactly the addresses of `prefixes`, sorted (`comparePrefixes`).
 *
 * One sweep over the sorted list with a stack: what an earlier prefix contains is dropped, and two halves of the same
 * prefix become one, again and again. O(n log n).
 */
export function aggregate(prefixes: readonly Prefix[]): Prefix[] {
  const stack: Prefix[] = [];
  for (const prefix of [...prefixes].sort(comparePrefixes)) {
    const top = stack.at(-1);
    if (top && prefixContains(top, prefix)) continue;
    stack.push(prefix);
    while (stack.length >= 2) {
      const joined = joinHalves(stack.at(-2)!, stack.at(-1)!);
      if (!joined) break;
      stack.splice(-2, 2, joined);
    }
  }
  return stack;
}

/** The fewest prefixes that cover exactly what is in `from` and not in `without`, sorted. */
export function subtract(from: readonly Prefix[], without: readonly Prefix[]): Prefix[] {
  let rest = aggregate(from);
  for (const hole of aggregate(without)) rest = rest.flatMap((prefix) => subtractOne(prefix, hole));
  return aggregate(rest);
}

/** Whether some prefix of the set holds this address. */
export function setHas(prefixes: readonly Prefix[], address: Address): boolean {
  return prefixes.some((prefix) => prefixHas(prefix, address));
}

/** The prefixes of one family. */
export function ofFamily<T extends { readonly family: Family }>(items: readonly T[], family: Family): T[] {
  return items.filter((item) => item.family === family);
}

function joinHalves(lower: Prefix, upper: Prefix): Prefix | null {
  if (lower.family !== upper.family || lower.length !== upper.length || lower.length === 0) return null;
  const parent: Prefix = { family: lower.family, bits: lower.bits, length: lower.length - 1 };
  const halves = splitPrefix(parent)!;
  return halves[0].bits === lower.bits && halves[1].bits === upper.bits ? parent : null;
}

function subtractOne(prefix: Prefix, hole: Prefix): Prefix[] {
  if (!prefixesOverlap(prefix, hole)) return [prefix];
  if (prefixContains(hole, prefix)) return [];
  return splitPrefix(prefix)!.flatMap((half) => subtractOne(half, hole));
}
