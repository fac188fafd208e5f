/**
 * Inside addresses: those the file states, those a machine borrows from a LAN in their place, and those given to whoever
 * lacks one.
 *
 * A host number counts alike in both families: the 17th address is 10.66.0.17 and `::17`. In IPv6 its decimal digits
 * are read as hexadecimal, so that a person recognises a machine in either family. Given addresses never move because
 * they are written into the file before they are used; this file only says which they are.
 */

import type { Diagnostic, Sourced } from '../../description/diagnostic.ts';
import { ADDRESS_BITS, type Address } from '../../net/address.ts';
import { formatPrefix, type Prefix, prefixHas } from '../../net/prefix.ts';
import type { Directory, Loan } from '../directory.ts';
import { mistake } from '../mistakes/mistake.ts';
import { byRule, fromFile, stated } from '../origin.ts';
import type { Fact, GivenAddress, Origin } from '../plan.ts';

export interface InsideAddresses {
  /** By name of the device: as the file orders them, then the given ones in the order of `inside`. */
  readonly of: ReadonlyMap<string, readonly Fact<Address>[]>;
  readonly given: readonly GivenAddress[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The inside addresses of all devices, with one given in every family of `inside` in which a device has none.
 *
 * Routers first, then machines in file order, each the smallest host number that is free in every inside prefix; a
 * device that lacks both families gets the same number in both. Numbers are only ever taken, so one counter that never
 * goes back finds them all: linear in devices and addresses. A full prefix is reported once, for the first device that
 * gets nothing.
 */
export function insideAddresses(directory: Directory): InsideAddresses {
  const { network } = directory;
  const prefixes = directory.inside;
  const devices = [
    ...network.routers.map((router) => ({ kind: 'router' as const, name: router.name, address: router.address })),
    ...network.machines.map((machine) => ({ kind: 'machine' as const, name: machine.name, address: machine.address })),
  ];
  const inUse = hostNumbersInUse(
    prefixes,
    devices.flatMap((device) => device.address),
  );
  const of = new Map<string, Fact<Address>[]>();
  const given: GivenAddress[] = [];
  const left: Sourced<string>[] = [];
  let next = 1n;
  for (const { kind, name, address } of devices) {
    const facts = [...address.map(stated), ...borrowed(directory.loans.get(name.value) ?? [])];
    of.set(name.value, facts);
    const lacking = prefixes.filter((prefix) => !facts.some((own) => own.value.family === prefix.value.family));
    if (lacking.length === 0) continue;
    while (inUse.has(next) && spellable(prefixes, next)) next++;
    if (!spellable(prefixes, next)) {
      left.push(name);
      continue;
    }
    for (const prefix of lacking) {
      const value = hostAddress(prefix.value, next)!;
      const because: Origin[] = [fromFile(name.place), fromFile(prefix.place)];
      facts.push({ value, origin: byRule('address-given', because) });
      given.push({ device: name.value, kind, address: value });
    }
    next++;
  }
  return { of, given, diagnostics: left.length > 0 ? [prefixFull(prefixes, next, left)] : [] };
}

/** Borrowed addresses stand in for inside addresses of their family. */
function borrowed(loans: readonly Loan[]): Fact<Address>[] {
  return loans.map(({ address, lan }) => ({
    value: address.value,
    origin: byRule('borrowed-address', [fromFile(address.place), fromFile(lan.name.place)]),
  }));
}

/**
 * The address with host number `number` in `prefix`, or null when the prefix has no such address to give.
 *
 * IPv4: the offset, never the first or last address of the prefix. IPv6: the decimal digits read as hexadecimal.
 */
export function hostAddress(prefix: Prefix, number: bigint): Address | null {
  const size = 1n << BigInt(ADDRESS_BITS[prefix.family] - prefix.length);
  const offset = prefix.family === 4 ? number : BigInt(`0x${number}`);
  const limit = prefix.family === 4 ? size - 1n : size;
  return offset >= 1n && offset < limit ? { family: prefix.family, bits: prefix.bits | offset } : null;
}

/** The host number that `address` spells in `prefix`, or null: `::1f` spells none. */
function hostNumber(prefix: Prefix, address: Address): bigint | null {
  const offset = address.bits - prefix.bits;
  if (prefix.family === 4) return offset;
  const digits = offset.toString(16);
  return /^[0-9]+$/.test(digits) ? BigInt(digits) : null;
}

function hostNumbersInUse(prefixes: readonly Sourced<Prefix>[], addresses: readonly Sourced<Address>[]): Set<bigint> {
  const inUse = new Set<bigint>();
  for (const { value } of addresses) {
    for (const prefix of prefixes) {
      if (!prefixHas(prefix.value, value)) continue;
      const number = hostNumber(prefix.value, value);
      if (number !== null) inUse.add(number);
    }
  }
  return inUse;
}

function spellable(prefixes: readonly Sourced<Prefix>[], number: bigint): boolean {
  return prefixes.every((prefix) => hostAddress(prefix.value, number) !== null);
}

function prefixFull(
  prefixes: readonly Sourced<Prefix>[],
  number: bigint,
  left: readonly Sourced<string>[],
): Diagnostic {
  const full = prefixes.find((prefix) => hostAddress(prefix.value, number) === null)!;
  const text = formatPrefix(full.value);
  const others = left.length > 1 ? ` (and ${left.length - 1} more)` : '';
  return mistake(
    'prefix-full',
    left[0]!.place,
    `Cannot give "${left[0]!.value}"${others} an inside address: no host number is free in ${text}`,
    {
      notes: [[full.place, `${text} holds everybody's inside address`]],
      help: [
        'choose a larger inside prefix while nobody has a configuration yet',
        'or remove machines that are gone, or state free addresses by hand',
      ],
    },
  );
}
