/**
 * What a diagnosis says. Types only; who makes them is `diagnose.ts`.
 */

import type { Address } from '../../net/address.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { Origin, PortRange } from '../../plan/plan.ts';
import type { Run } from '../flow.ts';
import type { Station, UnknownPart } from '../world.ts';
import type { CauseCode } from './cause-codes.ts';

/**
 * `proved`: configurations and facts alone imply the failure. `likely`: it rests on one assumption that is usual and that
 * nothing contradicts. `possible`: on any other.
 */
export type Certainty = 'proved' | 'likely' | 'possible';

/** A cause at a station, before anybody has weighed it. */
export interface Culprit {
  readonly cause: CauseCode;
  /** Where something is to be changed. */
  readonly station: Station;
  /** Facts that are guilty, the first most. */
  readonly origins: readonly Origin[];
  /** A predicate whose subject is the station: "has no route to 10.0.0.2". */
  readonly words: string;
  /** What to do, where it is to be done. */
  readonly cure: string;
}

export interface Finding extends Culprit {
  readonly certainty: Certainty;
  readonly flows: readonly FailingFlow[];
  /** What had to be taken to be so. Null when proved. */
  readonly assumption: string | null;
  /** The way to where it ends, of the first flow; null where no flow shows it. */
  readonly run: Run | null;
}

export interface FailingFlow {
  readonly from: string;
  readonly to: string;
  readonly direction: 'forward' | 'reply';
}

/** A question whose answer would settle what is open. */
export interface OpenQuestion {
  readonly machine: string;
  /** Null: what a whole machine says. */
  readonly part: UnknownPart | null;
  readonly fact: string;
  /** What to run, or to look at. */
  readonly how: string;
}

export interface Diagnosis {
  /** The most certain and most explanatory first. */
  readonly findings: readonly Finding[];
  readonly unknown: readonly OpenQuestion[];
  /** Without questions, how many pairs were looked at of those that there are. */
  readonly looked: { readonly tried: number; readonly pairs: number } | null;
}

/** What a person asks: in the shape of a survey's questions. */
export interface AskedFlow {
  readonly from: AskedEnd;
  readonly to: AskedEnd;
  readonly via?: string;
  readonly what: AskedKind;
  /** Small packets pass and large ones do not. */
  readonly large: boolean;
  readonly origin: Origin;
}

export type AskedEnd =
  | { readonly kind: 'device' | 'host' | 'lan'; readonly name: string }
  | { readonly kind: 'address'; readonly address: Address }
  | { readonly kind: 'prefix'; readonly prefix: Prefix }
  | { readonly kind: 'internet' };

export type AskedKind =
  | { readonly kind: 'any' | 'ping' | 'dns' | 'handshake' }
  | { readonly kind: 'protocol'; readonly protocol: 'tcp' | 'udp'; readonly ports?: PortRange };
