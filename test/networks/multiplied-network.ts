/**
 * A random network several times over: LANs, machines and hosts of the same make under other names and addresses.
 */

import type { LanModel, MachineModel, NetworkModel } from '../../lab/tests/random/network.ts';

/** More copies than the most LANs of a network would come upon the number of shared prefixes. */
const LANS_AT_MOST = 4;

export function multiplied(model: NetworkModel, times: number): NetworkModel {
  const copies = Array.from({ length: times }, (_, i) => copyOf(model, i));
  return {
    families: model.families,
    machines: copies.flatMap(({ machines }) => machines),
    lans: copies.flatMap(({ lans }) => lans),
  };
}

function copyOf({ families, machines, lans }: NetworkModel, number: number): NetworkModel {
  const named = (name: string) => (number === 0 ? name : `${name}-${number}`);
  const copied = new Map(
    lans.map((lan): [LanModel, LanModel] => [
      lan,
      {
        ...lan,
        name: named(lan.name),
        number: lan.number + LANS_AT_MOST * number,
        via: named(lan.via),
        hosts: lan.hosts.map((host) => ({ ...host, name: named(host.name) })),
        lends: lan.lends.map((lend) => ({ ...lend, machine: named(lend.machine) })),
      },
    ]),
  );
  return {
    families,
    lans: [...copied.values()],
    machines: machines.map(
      (machine): MachineModel => ({
        ...machine,
        name: named(machine.name),
        lans: machine.lans.map((lan) => copied.get(lan)!),
        routes: machine.routes?.map((each) => (each === 'inside' ? each : copied.get(each)!)) ?? null,
      }),
    ),
  };
}
