/**
 * What the doctor answers, as plain values that pass from its worker to whoever asked. No key is in them: lines of files are
 * shown with secrets hidden.
 */

import type { CauseCode } from '../../prove/causes/cause-codes.ts';
import type { Certainty, FailingFlow, OpenQuestion } from '../../prove/causes/finding.ts';
import type { Adoption } from './adoption.ts';

export interface DoctorReport {
  readonly machines: readonly string[];
  readonly lans: readonly string[];
  /** Of those that were recognised, by what they are. */
  readonly files: readonly { readonly path: string; readonly kind: string | null; readonly machine: string | null }[];
  readonly questions: number;
  /** Without questions, how many pairs were looked at of those that there are. */
  readonly looked: { readonly tried: number; readonly pairs: number } | null;
  /** The most certain and most explanatory first. */
  readonly findings: readonly ReportedFinding[];
  readonly unknown: readonly OpenQuestion[];
  /** Lines whose meaning is not known, and files that were not read. */
  readonly notUnderstood: readonly Remark[];
  /** Mistakes in the files. */
  readonly mistakes: readonly Remark[];
  /** What a network file of ours would be, or why there is none; null when nobody asked. */
  readonly adopted: Adoption | null;
}

export interface Remark {
  readonly file: string;
  /** Null: the file as a whole. */
  readonly line: number | null;
  readonly text: string;
  readonly isError: boolean;
}

export interface ReportedFinding {
  readonly cause: CauseCode;
  readonly machine: string;
  readonly flows: readonly FailingFlow[];
  readonly certainty: Certainty;
  /** "hub does not forward IPv4 from its tunnel to LAN home" */
  readonly sentence: string;
  /** What had to be taken to be so; null when it is proved. */
  readonly assumption: string | null;
  readonly evidence: readonly Evidence[];
  readonly cure: string;
  readonly packets: readonly TracedPacket[];
}

export type Evidence =
  | {
      readonly file: string;
      readonly line: number;
      /** The line and a caret below it, secrets hidden. */
      readonly excerpt: readonly string[];
    }
  | { readonly fact: string };

/** The way of one packet. */
export interface TracedPacket {
  readonly direction: 'forward' | 'reply';
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly hops: readonly { readonly station: string; readonly words: string; readonly isEnd: boolean }[];
}
