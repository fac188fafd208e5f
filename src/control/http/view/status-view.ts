/**
 * The relay as it was looked at last, beside the machines as they are described: what `status` of the command line
 * says, as the API shows it.
 */

import { describedMachines } from '../../../apply/relay-config.ts';
import type { LoadedPlan } from '../../load-plan.ts';
import { configurationStates } from '../../report/configurations.ts';
import { type StatusReport, statusReport } from '../../report/status-report.ts';
import type { Observed } from '../context.ts';
import type { StatusShape } from '../shape/observation.ts';
import { observedView } from './machine-view.ts';

export function reportOf(loaded: LoadedPlan | null, { status }: Observed, file: string, now: number): StatusReport {
  const plan = loaded?.plan ?? null;
  return statusReport(
    {
      file,
      controlPid: process.pid,
      status,
      described: plan === null ? null : { network: plan.name, machines: describedMachines(plan) },
      configurations: loaded === null ? new Map() : configurationStates(loaded),
      notes: [],
    },
    now,
  );
}

export function statusView({ network, relay, machines, notes }: StatusReport, observedAt: number | null): StatusShape {
  return {
    network,
    observedAt: relay === null || observedAt === null ? null : new Date(observedAt).toISOString(),
    relay: relay && { ...relay, listening: [...relay.listening], drops: { ...relay.drops } },
    machines: machines.map((report) => ({
      name: report.name,
      isDescribed: report.isDescribed,
      ...observedView(report, true),
    })),
    notes: [...notes],
  };
}
