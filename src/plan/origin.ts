/**
 * Origins of facts: where a value of the plan comes from. Two constructors, so that every fact is made the same way.
 */

import type { Place, Sourced } from '../description/diagnostic.ts';
import type { Fact, Origin, PlanRule } from './plan.ts';

/** The origin of what the file says at `place`. */
export function fromFile(place: Place): Origin {
  return { kind: 'file', place };
}

/** The origin of what `rule` decided because of `because`. */
export function byRule(rule: PlanRule, because: readonly Origin[]): Origin {
  return { kind: 'rule', rule, because };
}

/** A value of the file, as a fact. */
export function stated<T>(sourced: Sourced<T>): Fact<T> {
  return { value: sourced.value, origin: fromFile(sourced.place) };
}
