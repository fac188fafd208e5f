/**
 * Single verdicts by class: after the first of a class, an answer is a look-up, however large the network is.
 */

import type { Family } from '../../net/address.ts';
import type { Subject } from '../../plan/plan.ts';
import type { Protocol, Verdict } from '../flow.ts';
import { ClassVerdicts } from './class-verdicts.ts';
import type { Classes } from './classes.ts';

/** Null: they have not both an address of the family, or are one and the same. */
export type VerdictOf = (from: Subject, to: Subject, family: Family, protocol: Protocol) => Verdict | null;

/** Answers for every pair of a world; of all ports together where the protocol has ports. */
export function verdictsOf(classes: Classes): VerdictOf {
  const byProtocol = new Map<Protocol, ClassVerdicts>();
  return (from, to, family, protocol) => {
    let verdicts = byProtocol.get(protocol);
    if (verdicts === undefined) {
      const on = protocol === 'ping' ? { protocol } : { protocol, first: 1, last: 65535 };
      verdicts = new ClassVerdicts(classes, { reaches: true, on, over: null });
      byProtocol.set(protocol, verdicts);
    }
    return verdicts.of(from, to)?.families.find((each) => each.family === family)?.verdict ?? null;
  };
}
