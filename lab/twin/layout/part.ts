/**
 * A part of a network, for a twin of what somebody wants to see: the parties that were named, and whatever carries them.
 */

import type { LanPlan, Plan } from '../../../src/plan/plan.ts';

export interface Part {
  /** Names as those of `Party`. */
  readonly parties: ReadonlySet<string>;
  readonly lans: ReadonlySet<string>;
}

/**
 * The router and what `names` say (machines, hosts, LANs with all of their hosts), with the LANs on which they stand and
 * the machines that carry these. Names that are none are left out.
 */
export function partOf(plan: Plan, names: ReadonlySet<string>): Part {
  const parties = new Set(plan.devices.filter(({ kind }) => kind === 'router').map(({ name }) => name));
  const lans = new Set<string>();
  const addLan = (lan: LanPlan) => {
    if (lans.has(lan.name)) return;
    lans.add(lan.name);
    if (lan.via !== null) addMachine(lan.via.value);
  };
  const addMachine = (name: string) => {
    const device = plan.devices.find((each) => each.name === name);
    if (device === undefined) return;
    parties.add(name);
    for (const each of device.interfaces) {
      if (each.kind === 'lan') addLan(plan.lans.find((lan) => lan.name === each.lan)!);
    }
  };
  for (const device of plan.devices) if (names.has(device.name)) addMachine(device.name);
  for (const lan of plan.lans) {
    const isWhole = names.has(lan.name);
    const hosts = lan.hosts.filter(({ name }) => isWhole || names.has(name));
    if (isWhole || hosts.length > 0) addLan(lan);
    for (const { name } of hosts) parties.add(name);
    if (isWhole) parties.add(`${lan.name}.unnamed`);
  }
  return { parties, lans };
}
