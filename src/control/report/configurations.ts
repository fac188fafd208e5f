/**
 * Whether what each device was handed is what the network says now.
 */

import type { LoadedPlan } from '../load-plan.ts';

export type ConfigurationState = 'current' | 'old' | 'not-handed-out';

/** By the name of the device; empty while the network cannot be planned. */
export function configurationStates({ plan, handedOut, stale }: LoadedPlan): ReadonlyMap<string, ConfigurationState> {
  const given = new Set(handedOut.filter((entry) => entry.configurationHash !== null).map(({ name }) => name));
  const old = new Set(stale);
  return new Map(
    (plan?.devices ?? []).map(({ name }) => [
      name,
      !given.has(name) ? 'not-handed-out' : old.has(name) ? 'old' : 'current',
    ]),
  );
}
