/**
 * Rules as text, to see whether two say the same.
 */

import type { Rule, Test, Verdict } from './ruleset.ts';

/** The same for two rules exactly when tests and verdict are the same, in whatever order the tests stand. */
export function ruleText({ tests, verdict, text = '' }: Pick<Rule, 'tests' | 'verdict' | 'text'>): string {
  if (text !== '') return text;
  return `${tests.map(textOf).toSorted().join('; ')} → ${textOf(verdict)}`;
}

function textOf(value: Test | Verdict): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}` : each));
}
