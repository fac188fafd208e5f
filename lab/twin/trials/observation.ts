/**
 * What a twin saw when one party spoke to an address of another. Plain values: they can be compared with what was proved.
 */

import type { Family } from '../../../src/net/address.ts';
import type { Subject } from '../../../src/plan/plan.ts';

/** `stalls`: TCP connected, or a first byte came back, and then not all that was sent. */
export type Fate = 'works' | 'fails' | 'stalls';

export const TRIALS = ['ping', 'large', 'tcp', 'udp'] as const;
export type Trial = (typeof TRIALS)[number];

export interface Observation {
  readonly from: Subject;
  readonly to: Subject;
  readonly family: Family;
  /** The address of `to` that `from` spoke to. */
  readonly address: string;
  /** An echo request of the usual size. */
  readonly ping: Fate;
  /** One of `largeBytes`, not to be fragmented on the way there or back. */
  readonly large: Fate;
  /** Bytes of the largest packet that is planned to pass, its IP header counted. */
  readonly largeBytes: number;
  /** 50 kB there and back; null where it was not tried, since a router speaks ping alone. */
  readonly tcp: Fate | null;
  /** One small datagram there and back; null as for TCP. */
  readonly udp: Fate | null;
  /** The source address that `to` saw, by TCP or UDP; null when it saw nothing. */
  readonly seenAs: string | null;
}

/** Works: all that was tried. Fails: nothing of it. */
export type Verdict = 'works' | 'partly' | 'fails';

/** What was tried, in the order of `TRIALS`. */
export function triedIn(observation: Observation): { readonly trial: Trial; readonly fate: Fate }[] {
  return TRIALS.flatMap((trial) => {
    const fate = observation[trial];
    return fate === null ? [] : [{ trial, fate }];
  });
}

export function verdictOf(observations: readonly Observation[]): Verdict {
  const fates = observations.flatMap((each) => triedIn(each).map(({ fate }) => fate));
  if (fates.every((fate) => fate === 'works')) return 'works';
  return fates.every((fate) => fate === 'fails') ? 'fails' : 'partly';
}

/** What identifies one trial of one flow in a twin. */
export function trialKey({ from, to, address }: Observation, trial: Trial): string {
  return [deviceOf(from), deviceOf(to), address, trial].join(' ');
}

/** What the device of a subject is called in a twin. */
export function deviceOf(subject: Subject): string {
  return subject.kind === 'unnamed' ? `${subject.lan}.unnamed` : subject.name;
}
