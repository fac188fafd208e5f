/**
 * Sets of addresses written as prefixes: the fewest that cover exactly the given ones, and differences.
 */

import type { Address, Family } from './address.ts';
import { comparePrefixes, type Prefix, prefixContains, prefixHas, splitPrefix } from './prefix.ts';

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

/**
 * The fewest prefixes that cover exactly what is in `from` and not in `without`, sorted.
 *
 * Both are walked once, side by side; a prefix is cut only where a hole lies in it. O(n log n), and as many cuts for a
 * hole as it is longer than the prefix around it.
 */
export function subtract(from: readonly Prefix[], without: readonly Prefix[]): Prefix[] {
  const holes = aggregate(without);
  let at = 0;
  return aggregate(from).flatMap((prefix) => {
    while (at < holes.length && comparePrefixes(holes[at]!, prefix) < 0 && !prefixContains(holes[at]!, prefix)) at++;
    const start = at;
    while (at < holes.length && prefixContains(prefix, holes[at]!)) at++;
    const around = holes[start];
    return around && prefixContains(around, prefix) ? [] : cut(prefix, holes.slice(start, at));
  });
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

/** What is left of `prefix` without `holes`, which lie in it, are sorted, and do not overlap. */
function cut(prefix: Prefix, holes: readonly Prefix[]): Prefix[] {
  if (holes.length === 0) return [prefix];
  if (holes[0]!.length === prefix.length) return [];
  const [lower, upper] = splitPrefix(prefix)!;
  const middle = holes.findIndex((hole) => prefixContains(upper, hole));
  const end = middle < 0 ? holes.length : middle;
  return [...cut(lower, holes.slice(0, end)), ...cut(upper, holes.slice(end))];
}
