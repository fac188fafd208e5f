/**
 * What a command of a hook works on: the machine as it is when the command would run.
 */

import type { UnknownFact } from '../../plan/plan.ts';
import type { Place } from '../imported.ts';
import type { Draft, TunnelDraft } from '../machine/draft.ts';
import type { Complaints } from '../text/complaints.ts';

export interface HookContext {
  readonly draft: Draft;
  /** The tunnel whose hook it is. */
  readonly tunnel: TunnelDraft | null;
  readonly place: Place;
  readonly complaints: Complaints;
}

/** Whether a command succeeds; null: nobody can know. */
export type Status = boolean | null;

export const ROUTING: readonly UnknownFact[] = ['routes'];
export const FILTERING: readonly UnknownFact[] = ['input-filter', 'forward-filter', 'translations'];
export const ANYTHING: readonly UnknownFact[] = [
  'routes',
  'forwarding-ipv4',
  'forwarding-ipv6',
  'input-filter',
  'forward-filter',
  'translations',
];
