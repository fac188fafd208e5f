/**
 * Putting back what a network file has lost: addresses and public keys that were handed out and are in use somewhere.
 *
 * Only what is absent is put back. A value that somebody changed stays changed, and so does one that somebody else uses
 * by now or that lies outside what `inside` says now, and an address in whose place one is borrowed: those are edits, and `check` tells who must fetch a new
 * configuration.
 */

import type { Sourced } from '../description/diagnostic.ts';
import type { EditResult } from '../description/edit/request.ts';
import { type GivenDeviceAddress, giveAddresses, setPublicKey } from '../description/edit/set.ts';
import type { Machine, Network, Router } from '../description/network.ts';
import { type Address, formatAddress, parseAddress } from '../net/address.ts';
import { formatKey } from '../net/key.ts';
import { prefixHas } from '../net/prefix.ts';
import { insideOfUla } from '../plan/given/carve.ts';
import type { HandedOut } from './handed-out.ts';

export interface Lost {
  readonly addresses: readonly GivenDeviceAddress[];
  readonly keys: readonly { readonly name: string; readonly publicKey: string }[];
}

/** What the record knows and the network lacks. */
export function lostValues(network: Network, record: readonly HandedOut[]): Lost {
  const devices = new Map<string, Router | Machine>();
  for (const device of [...network.routers, ...network.machines]) devices.set(device.name.value, device);
  const used = new Set(
    [...devices.values()].flatMap((device) => device.address.map((each) => formatAddress(each.value))),
  );
  const usedKeys = new Set(
    [...devices.values()].flatMap((device) => (device.publicKey ? [formatKey(device.publicKey.value)] : [])),
  );
  const borrows = new Set(
    network.lans.flatMap(({ lend }) =>
      lend.flatMap(({ machine, addresses }) => addresses.map(({ value }) => `${machine.value} ${value.family}`)),
    ),
  );
  const addresses: GivenDeviceAddress[] = [];
  const keys: { name: string; publicKey: string }[] = [];
  for (const entry of record) {
    const device = devices.get(entry.name);
    if (device === undefined || isRouter(network, entry.name) !== (entry.kind === 'router')) continue;
    for (const text of entry.addresses) {
      const address = parseAddress(text)!;
      if (hasFamily(device.address, address) || used.has(text) || !isInside(network, address)) continue;
      if (borrows.has(`${entry.name} ${address.family}`)) continue;
      addresses.push({ device: entry.name, kind: entry.kind, address });
      used.add(text);
    }
    if (device.publicKey === undefined && entry.publicKey !== null && !usedKeys.has(entry.publicKey)) {
      keys.push({ name: entry.name, publicKey: entry.publicKey });
      usedKeys.add(entry.publicKey);
    }
  }
  return { addresses, keys };
}

/** The text with what was lost in its place again. */
export function putBack(text: string, lost: Lost, file: string): EditResult {
  let result: EditResult = lost.addresses.length === 0 ? { text } : giveAddresses(text, lost.addresses, file);
  for (const { name, publicKey } of lost.keys) {
    if (result.text === undefined) return result;
    result = setPublicKey(result.text, name, publicKey, file);
  }
  return result;
}

/** One line for each device that lost something. */
export function putBackNotes(lost: Lost): string[] {
  const addresses = Map.groupBy(lost.addresses, (each) => each.device);
  const notes = [...addresses].map(
    ([name, each]) =>
      `"${name}" has ${each.map(({ address }) => formatAddress(address)).join(' and ')} again: it was handed out`,
  );
  return [...notes, ...lost.keys.map(({ name }) => `"${name}" has its public key again: it was handed out`)];
}

function isRouter(network: Network, name: string): boolean {
  return network.routers.some((router) => router.name.value === name);
}

function hasFamily(addresses: readonly Sourced<Address>[], address: Address): boolean {
  return addresses.some((each) => each.value.family === address.family);
}

/** What is to be carved is known already: it is the first subnet. */
function isInside({ inside, ula }: Network, address: Address): boolean {
  return inside.some(({ value }) => {
    const prefix = value === 'carve' ? ula && insideOfUla(ula.value) : value;
    return prefix !== undefined && prefixHas(prefix, address);
  });
}
