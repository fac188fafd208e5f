/**
 * Chains that jump to chains become one list of rules: whoever goes through it from the top and takes the first that fits
 * comes to what the chains say.
 *
 *   FORWARD: a → jump X;  b → accept        a∧x1 → drop
 *   X:       x1 → drop;   x2 → return   ⇒   a∧x2∧b → accept, a∧x2 → policy of FORWARD
 *            x3 → accept                    a∧x3 → accept,  b → accept
 *
 * `return` is what makes it wide: what comes after the jump is repeated for the packets that return early. Bounded.
 */

import type { Chain, Rule, Table, Test } from './ruleset.ts';

/** Rules that one chain of a hook may become. */
const RULES_AT_MOST = 20_000;

/** Rules looked at on the way; chains that jump to chains that jump would otherwise take for ever. */
const STEPS_AT_MOST = 200_000;

/** Jumps within jumps; Linux allows 16. */
const DEPTH_AT_MOST = 16;

/** Tests of one flat rule. */
const TESTS_AT_MOST = 64;

/** The flat rules of a chain without its policy; null when they would be too many. */
export function flatten(table: Table, chain: Chain): readonly Rule[] | null {
  const out: Rule[] = [];
  const walk = { table, policy: chain.policy, out, steps: 0, isTooMuch: false };
  run(walk, chain, 0, [], [], 0);
  return walk.isTooMuch ? null : out;
}

interface Walk {
  readonly table: Table;
  readonly policy: Chain['policy'];
  readonly out: Rule[];
  steps: number;
  isTooMuch: boolean;
}

/** Where to go on after a `return`. */
interface Continuation {
  readonly chain: Chain;
  readonly index: number;
}

function run(
  walk: Walk,
  chain: Chain,
  from: number,
  tests: readonly Test[],
  after: readonly Continuation[],
  depth: number,
): void {
  if (depth > DEPTH_AT_MOST || tests.length > TESTS_AT_MOST) {
    walk.isTooMuch = true;
    return;
  }
  for (let i = from; i < chain.rules.length && !walk.isTooMuch; i++) {
    if (++walk.steps > STEPS_AT_MOST) walk.isTooMuch = true;
    const { tests: own, verdict, origin } = chain.rules[i]!;
    const all = own.length === 0 ? tests : [...tests, ...own];
    switch (verdict.kind) {
      case 'continue':
        continue;
      case 'jump':
      case 'goto': {
        const target = walk.table.chains.get(verdict.chain);
        if (!target) continue;
        const next = verdict.kind === 'jump' ? [{ chain, index: i + 1 }, ...after] : after;
        run(walk, target, 0, all, next, depth + 1);
        // What falls off the end of a chain reached by `goto` goes on where this one was called from.
        if (verdict.kind === 'goto') {
          returnEarly(walk, all, after, depth, { tests: all, verdict: { kind: 'return' }, origin });
          if (own.length === 0) return;
        }
        continue;
      }
      case 'return':
        // Without tests of its own, nothing further down is reached, and falling off the end is the same.
        if (own.length === 0) return;
        returnEarly(walk, all, after, depth, { tests: all, verdict, origin });
        continue;
      default:
        emit(walk, { tests: all, verdict, origin });
        if (own.length === 0 && verdict.kind !== 'clamp') return;
    }
  }
}

function returnEarly(
  walk: Walk,
  tests: readonly Test[],
  after: readonly Continuation[],
  depth: number,
  rule: Rule,
): void {
  const [next, ...rest] = after;
  if (next) {
    run(walk, next.chain, next.index, tests, rest, depth + 1);
    // What falls through there, too, must not be caught by the rules that it returned from.
    returnEarly(walk, tests, rest, depth + 1, rule);
    return;
  }
  const { policy } = walk;
  emit(walk, policy ? { tests, verdict: { kind: policy.verdict }, origin: policy.origin } : { ...rule, tests });
}

function emit(walk: Walk, rule: Rule): void {
  if (walk.out.length >= RULES_AT_MOST) walk.isTooMuch = true;
  else walk.out.push(rule);
}
