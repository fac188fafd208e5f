/**
 * Machines and the router as the API shows them: the plan, with what was handed out and what is observed.
 */

import { describedMachines } from '../../../apply/relay-config.ts';
import type { Network } from '../../../description/network.ts';
import { formatAddress } from '../../../net/address.ts';
import { formatEndpoint } from '../../../net/endpoint.ts';
import { formatKey } from '../../../net/key.ts';
import { formatPrefix } from '../../../net/prefix.ts';
import { type Device, type Plan, type TunnelInterface, tunnelOf } from '../../../plan/plan.ts';
import type { LoadedPlan } from '../../load-plan.ts';
import { configurationStates } from '../../report/configurations.ts';
import type { MachineReport } from '../../report/status-report.ts';
import type { MachineShape, ObservedShape, RouterShape } from '../shape/machine.ts';

export interface MachineFacts {
  readonly loaded: LoadedPlan & { readonly plan: Plan; readonly network: Network };
  /** By name. */
  readonly observed: ReadonlyMap<string, MachineReport>;
  /** Names that have a private key in the key folder. */
  readonly keysHere: ReadonlySet<string>;
}

/** In the order of the file. */
export function machineViews({ loaded, observed, keysHere }: MachineFacts): MachineShape[] {
  const { plan, network } = loaded;
  const described = new Map(network.machines.map((machine) => [machine.name.value, machine]));
  const asPeers = new Map(describedMachines(plan).map((machine) => [machine.name, machine]));
  const carried = Map.groupBy(plan.lans, (lan) => lan.via?.value ?? null);
  const states = configurationStates(loaded);
  return plan.devices
    .filter(({ kind }) => kind === 'machine')
    .map((device): MachineShape => {
      const { name } = device;
      const tunnel = tunnelOf(device);
      const [peer] = tunnel.peers;
      const machine = described.get(name);
      return {
        ...identityOf(device, tunnel),
        endpoint: machine?.endpoint === undefined ? null : formatEndpoint(machine.endpoint.value),
        note: machine?.note?.value ?? null,
        expires: iso(device.expires?.value),
        isDisabled: device.disabled !== undefined,
        lans: device.interfaces.flatMap((each) =>
          each.kind === 'lan'
            ? [{ name: each.lan, addresses: each.addresses.map(({ value }) => formatAddress(value.address)) }]
            : [],
        ),
        carries: (carried.get(name) ?? []).map((lan) => lan.name),
        allowedIps: [...(asPeers.get(name)?.allowedIps ?? [])],
        routes: (peer?.allowedIps ?? []).map(({ value }) => formatPrefix(value)),
        keepalive: peer?.keepalive?.value ?? 0,
        configuration: states.get(name) ?? 'not-handed-out',
        hasKeyHere: keysHere.has(name),
        observed: observedView(observed.get(name), tunnel.publicKey !== null),
      };
    });
}

export function routerViews({ plan, network }: MachineFacts['loaded'], isRunning: boolean): RouterShape[] {
  const described = new Map(network.routers.map((router) => [router.name.value, router]));
  return plan.devices
    .filter(({ kind }) => kind === 'router')
    .map((device): RouterShape => {
      const tunnel = tunnelOf(device);
      const router = described.get(device.name);
      return {
        ...identityOf(device, tunnel),
        endpoint: router === undefined ? null : formatEndpoint(router.endpoint.value),
        note: router?.note?.value ?? null,
        listenPort: tunnel.listenPort?.value ?? null,
        isRunning,
      };
    });
}

export function observedView(report: MachineReport | undefined, isSetUp: boolean): ObservedShape {
  if (report === undefined) {
    const presence = isSetUp ? 'unknown' : 'not-set-up';
    return {
      presence,
      endpoint: null,
      lastHandshakeAt: null,
      lastReceivedAt: null,
      receivedBytes: 0,
      sentBytes: 0,
      drops: {},
    };
  }
  const { presence, endpoint, lastHandshakeAt, lastReceivedAt, receivedBytes, sentBytes, drops } = report;
  return { presence, endpoint, lastHandshakeAt, lastReceivedAt, receivedBytes, sentBytes, drops: { ...drops } };
}

function identityOf({ name, platform }: Device, { addresses, publicKey, mtu }: TunnelInterface) {
  return {
    name,
    platform: platform.value,
    addresses: addresses.map(({ value }) => formatAddress(value)),
    publicKey: publicKey === null ? null : formatKey(publicKey.value),
    mtu: mtu.value,
  };
}

function iso(moment: number | undefined): string | null {
  return moment === undefined ? null : new Date(moment).toISOString();
}
