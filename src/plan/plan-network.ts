/**
 * Planning: from the network as described to the devices that make it so. Pure and deterministic; the same file gives
 * the same plan.
 *
 * Everything that can be wrong is said first (`mistakes/`). What follows plans a network without mistakes and has no
 * second opinion about it.
 */

import type { Diagnostic } from '../description/diagnostic.ts';
import type { Network } from '../description/network.ts';
import { notSupportedYet } from '../description/not-supported-yet.ts';
import type { Prefix } from '../net/prefix.ts';
import { type Directory, directoryOf, originOf } from './directory.ts';
import { exitOf } from './exit.ts';
import { plannedExpectations } from './expectations.ts';
import { insideAddresses } from './given/addresses.ts';
import { carve } from './given/carve.ts';
import { TUNNEL } from './interface-names.ts';
import { lanRoutes, planLans } from './lans.ts';
import { machineDevice } from './machine-device.ts';
import { machineRoutes } from './machine-routes.ts';
import { mistake } from './mistakes/mistake.ts';
import { mistakesOf } from './mistakes/mistakes.ts';
import { machineMtu, routerMtu } from './mtu.ts';
import type { CarvedValue, Fact, Plan, PlanResult, Route } from './plan.ts';
import { routerDevice } from './router-device.ts';

/**
 * The plan of `network`, and every mistake that shows only when its parts meet.
 *
 * `network` is one that the file's reader accepts: names are unique and lead somewhere. What is not supported yet is
 * refused here too, for callers that read such files. Linear in machines and in LANs, but for the lists that a plan must
 * hold: each machine that stands on a LAN has its own.
 */
export function planNetwork(network: Network): PlanResult {
  const carving = carve(network);
  const directory = directoryOf(carving.network, carving.origins);
  if (directory === null) return { plan: null, diagnostics: [routerMissing(network)] };
  const unsupported = notSupportedYet(network);
  if (unsupported.length > 0) return { plan: null, diagnostics: unsupported };
  const addresses = insideAddresses(directory);
  const diagnostics = [...carving.diagnostics, ...mistakesOf(directory), ...addresses.diagnostics].sort(inOrderOfFile);
  if (diagnostics.some((diagnostic) => diagnostic.severity === 'error')) return { plan: null, diagnostics };
  return { plan: planOf(directory, addresses, carving.carved), diagnostics };
}

function inOrderOfFile(a: Diagnostic, b: Diagnostic): number {
  return a.place.line - b.place.line || a.place.column - b.place.column;
}

function routerMissing(network: Network): Diagnostic {
  const message = `Cannot plan network "${network.name.value}": it has no router`;
  return mistake('router-missing', network.name.place, message, {
    help: ['describe one under `routers:`, with the `endpoint` that machines dial'],
  });
}

function planOf(
  directory: Directory,
  addresses: ReturnType<typeof insideAddresses>,
  carved: readonly CarvedValue[],
): Plan {
  const { network, router } = directory;
  const exit = exitOf(directory);
  const sentToRouter = machineRoutes(directory, lanRoutes(directory), addresses.of, exit);
  const intoTunnel = sharedRoutes();
  const ofRouter = routerMtu(router);
  const machines = network.machines.map((machine) => {
    const allowedIps = sentToRouter.of(machine);
    return machineDevice(machine, directory, {
      addresses: addresses.of.get(machine.name.value)!,
      mtu: machineMtu(machine, router, ofRouter),
      allowedIps,
      routes: intoTunnel(allowedIps),
      exit: exit && directory.carried.get(machine.name.value)?.includes(exit.lan) ? exit : null,
    });
  });
  return {
    name: network.name.value,
    inside: directory.inside.map((prefix) => ({ value: prefix.value, origin: originOf(directory, prefix) })),
    devices: [routerDevice(directory, addresses.of, ofRouter, exit), ...machines],
    lans: planLans(directory, sentToRouter.outside),
    given: addresses.given,
    carved,
    expectations: plannedExpectations(directory),
  };
}

/** A route into the tunnel for each allowed IP; machines that share a list of allowed IPs share their routes too. */
function sharedRoutes(): (allowedIps: readonly Fact<Prefix>[]) => readonly Route[] {
  const byList = new Map<readonly Fact<Prefix>[], readonly Route[]>();
  const byFact = new Map<Fact<Prefix>, Route>();
  const routeOf = (fact: Fact<Prefix>): Route => {
    let route = byFact.get(fact);
    if (!route) {
      route = { prefix: fact.value, via: { kind: 'interface', interface: TUNNEL }, origin: fact.origin };
      byFact.set(fact, route);
    }
    return route;
  };
  return (allowedIps) => {
    let routes = byList.get(allowedIps);
    if (!routes) {
      routes = allowedIps.map(routeOf);
      byList.set(allowedIps, routes);
    }
    return routes;
  };
}
