/**
 * What machines dial, and who answers there in a twin: an endpoint that is an address is that device's own; a name leads to
 * addresses of both families.
 */

import { type Address, type Family, formatAddress } from '../../../src/net/address.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import type { AddressesInUse } from './addresses-in-use.ts';

export interface Dialled {
  /** Public addresses of every device that somebody dials: one in each family. */
  readonly devices: ReadonlyMap<string, readonly Address[]>;
  readonly names: ReadonlyMap<string, readonly Address[]>;
}

const FAMILIES: readonly Family[] = [4, 6];

/** Throws where two devices are dialled at one address or name: only a port forward could tell them apart. */
export function dialledAddresses(plan: Plan, inUse: AddressesInUse): Dialled {
  const endpoints = new Map<string, { host: string; address: Address | null }>();
  for (const device of plan.devices) {
    for (const each of device.interfaces) {
      if (each.kind !== 'wireguard') continue;
      for (const { name, endpoint } of each.peers) {
        if (endpoint !== undefined) endpoints.set(name, { host: endpoint.value.host, address: endpoint.value.address });
      }
    }
  }
  const hosts = [...endpoints.values()].map(({ host }) => host);
  const twice = hosts.find((host, i) => hosts.indexOf(host) !== i);
  if (twice !== undefined) {
    const [a, b] = [...endpoints].filter(([, { host }]) => host === twice).map(([name]) => name);
    throw new Error(`"${a}" and "${b}" are both dialled at ${twice}: a twin has no port forwards`);
  }
  const devices = new Map<string, readonly Address[]>();
  const names = new Map<string, readonly Address[]>();
  for (const [device, { host, address }] of endpoints) {
    const addresses = FAMILIES.map((family) => (address?.family === family ? address : inUse.takePublic(family)));
    devices.set(device, addresses);
    if (address === null) names.set(host, addresses);
  }
  return { devices, names };
}

/** An /etc/hosts that knows what machines dial. */
export function hostsFile(names: Dialled['names']): string {
  const lines = [...names].flatMap(([name, addresses]) =>
    addresses.map((address) => `${formatAddress(address)} ${name}`),
  );
  return ['127.0.0.1 localhost', '::1 localhost', ...lines, ''].join('\n');
}
