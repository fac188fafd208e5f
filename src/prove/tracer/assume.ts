/**
 * Taking an unknown fact to be so, as a step.
 */

import type { Disposition, Step } from '../trace.ts';
import type { Station, UnknownPart } from '../world.ts';
import type { Conversation } from './conversation.ts';

/** Whether `part` of `station` is as the flow would have it; where it is not and `ends` is given, the step ends the trace. */
export function assume(
  conversation: Conversation,
  station: Station,
  part: UnknownPart,
  steps: Step[],
  ends: Disposition | null = null,
): boolean {
  const isFavourable = conversation.assumes(station, part);
  steps.push({
    kind: 'assumption',
    ends: isFavourable ? null : ends,
    origin: null,
    station,
    part,
    isFavourable,
  });
  return isFavourable;
}
