/**
 * Rules of packet filters in one form, whoever wrote them: tests that must all hold, and what happens then.
 *
 * iptables, nft and the words of a survey become this; `flatten.ts` and `expand.ts` make filters and translations of a
 * plan from it.
 */

import type { Address, Family } from '../../net/address.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { Origin, PortRange } from '../../plan/plan.ts';

export type Protocol = 'tcp' | 'udp' | 'icmp' | 'other';
export type State = 'new' | 'established' | 'related' | 'invalid';

/** Holds when the packet's field is one of `of`; with `not`, when it is none of them. */
export type Test =
  /** Names of interfaces; one that ends in `*` stands for all that begin so. */
  | { readonly field: 'from' | 'to'; readonly of: readonly string[]; readonly not: boolean }
  | { readonly field: 'source' | 'destination'; readonly of: readonly Prefix[]; readonly not: boolean }
  | { readonly field: 'protocol'; readonly of: readonly Protocol[]; readonly not: boolean }
  | { readonly field: 'ports' | 'sourcePorts'; readonly of: readonly PortRange[]; readonly not: boolean }
  | { readonly field: 'states'; readonly of: readonly State[]; readonly not: boolean }
  /** One of the machine's own addresses. */
  | { readonly field: 'ownSource' | 'ownDestination'; readonly not: boolean }
  /** Its destination was another before: a port forward sends it on. */
  | { readonly field: 'translated'; readonly not: boolean }
  | { readonly field: 'family'; readonly of: readonly Family[]; readonly not: boolean };

export type Verdict =
  | { readonly kind: 'accept' | 'drop' | 'reject' | 'return' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }
  /** The packet goes on: counters, logs, marks that nothing here looks at. */
  | { readonly kind: 'continue' }
  | { readonly kind: 'masquerade' }
  | { readonly kind: 'source'; readonly address: Address }
  | { readonly kind: 'destination'; readonly address: Address; readonly port?: number }
  /** One to one: `of` becomes `to`; of sources when they leave, of destinations when they arrive. */
  | { readonly kind: 'prefix'; readonly of: Prefix; readonly to: Prefix }
  /** Segments are told to be smaller; absent bytes: what the path takes. */
  | { readonly kind: 'clamp'; readonly bytes?: number };

export interface Rule {
  readonly tests: readonly Test[];
  readonly verdict: Verdict;
  readonly origin: Origin;
  /** Of a rule that decides nothing: what it is, so that it is found again. */
  readonly text?: string;
}

export type HookName = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';

export interface Chain {
  readonly name: string;
  /** Absent: only jumped to. */
  readonly hook?: HookName;
  readonly kind: 'filter' | 'nat' | 'mangle';
  /** Chains at one hook are passed in this order. */
  readonly priority: number;
  /** What happens at its end, and who says so; null: not known. Always `accept` without a hook. */
  policy: { readonly verdict: 'accept' | 'drop'; readonly origin: Origin } | null;
  readonly rules: Rule[];
}

/** A table; names of chains are its own. iptables has one per family and kind. */
export interface Table {
  readonly name: string;
  /** Absent: both. */
  readonly family?: Family;
  readonly chains: Map<string, Chain>;
}

export function isTerminal(verdict: Verdict): boolean {
  return verdict.kind !== 'continue' && verdict.kind !== 'clamp';
}
