/**
 * Who sends and receives in a twin, and under which addresses one party knows another: the rules of `docs/reference/network-file.md`
 * about what "reaches" means, as far as addresses go.
 *
 * Parties are the router, machines, named hosts, and one unnamed host for each LAN: it has an unused address in every
 * prefix of the LAN and knows nothing but its default gateway.
 */

import { type Address, type Family, sameAddress } from '../../../src/net/address.ts';
import { prefixHas } from '../../../src/net/prefix.ts';
import { type Device, type LanPlan, type Plan, type Subject, tunnelOf } from '../../../src/plan/plan.ts';
import type { AddressesInUse } from './addresses-in-use.ts';

export interface Party {
  readonly subject: Subject;
  /** What its device is called: its name in the network, or `LAN.unnamed`. No name of a network has a dot in it. */
  readonly name: string;
  /** Of a router or machine: its addresses inside the tunnels, borrowed ones among them. */
  readonly inside: readonly Address[];
  /** The LANs it stands on, with its addresses there. */
  readonly standings: readonly Standing[];
}

export interface Standing {
  readonly lan: LanPlan;
  readonly addresses: readonly Address[];
}

/** All parties: routers, machines, then the hosts of each LAN, the unnamed one last. Unstated addresses are taken from `inUse`. */
export function partiesOf(plan: Plan, inUse: AddressesInUse): Party[] {
  const devices = plan.devices.map((device) => ({
    subject: { kind: device.kind, name: device.name },
    name: device.name,
    inside: tunnelOf(device).addresses.map(({ value }) => value),
    standings: standingsOf(device, plan, inUse),
  }));
  const hosts = plan.lans.flatMap((lan) => [
    ...lan.hosts.map(({ name, addresses }) => ({
      subject: { kind: 'host' as const, name },
      name,
      inside: [],
      standings: [{ lan, addresses: addresses.map(({ value }) => value) }],
    })),
    ...unnamedOf(lan, inUse),
  ]);
  return [...devices, ...hosts];
}

/**
 * The addresses under which `from` may speak to `to`: in the families that both have. On a LAN on which both stand these are
 * the addresses there; from elsewhere hosts are known by what their LAN is seen as.
 */
export function addressesTowards(from: Party, to: Party): Address[] {
  const shared = from.standings.flatMap((here) => {
    const there = to.standings.find(({ lan }) => lan.name === here.lan.name);
    return there === undefined ? [] : [{ here, there }];
  });
  if (shared.length > 0) {
    return shared.flatMap(({ here, there }) => ofFamilies(there.addresses, familiesOf(here.addresses)));
  }
  const own = from.inside.length > 0 ? from.inside : from.standings.flatMap(({ addresses }) => addresses);
  const others =
    to.inside.length > 0
      ? to.inside
      : to.standings.flatMap(({ lan, addresses }) => addresses.map((address) => seenFromElsewhere(lan, address)));
  return ofFamilies(others, familiesOf(own));
}

/** The LAN on which both stand, or null. */
export function sharedLan(a: Party, b: Party): LanPlan | null {
  return a.standings.find(({ lan }) => b.standings.some((other) => other.lan.name === lan.name))?.lan ?? null;
}

/**
 * Bytes of the largest packet that is planned to pass between two parties unbroken: the smallest MTU of the tunnels on the way,
 * or a LAN's where there is no tunnel.
 */
export function largestPacket(plan: Plan, from: Party, to: Party): number {
  const carriers = [from, to].map((party) => carrierOf(plan, party));
  if (sharedLan(from, to) !== null || carriers[0] === carriers[1]) return LAN_MTU;
  const names = new Set([...carriers, ...plan.devices.filter(({ kind }) => kind === 'router').map(({ name }) => name)]);
  const tunnels = plan.devices.filter(({ name }) => names.has(name)).map((device) => tunnelOf(device).mtu.value);
  return Math.min(LAN_MTU, ...tunnels);
}

export const LAN_MTU = 1500;

/** The device through whose tunnel a party is reached. */
function carrierOf(plan: Plan, { subject, name, standings }: Party): string {
  if (subject.kind === 'router' || subject.kind === 'machine') return name;
  return plan.lans.find((lan) => lan.name === standings[0]!.lan.name)!.via!.value;
}

/** A machine without an address on a LAN has an unknown one in every prefix of it. */
function standingsOf(device: Device, plan: Plan, inUse: AddressesInUse): Standing[] {
  return device.interfaces.flatMap((each) => {
    if (each.kind !== 'lan') return [];
    const lan = plan.lans.find(({ name }) => name === each.lan)!;
    const stated = each.addresses.map(({ value }) => value.address);
    return [{ lan, addresses: stated.length > 0 ? stated : unusedIn(lan, inUse) }];
  });
}

function unnamedOf(lan: LanPlan, inUse: AddressesInUse): Party[] {
  const addresses = unusedIn(lan, inUse);
  if (addresses.length === 0) return [];
  return [
    {
      subject: { kind: 'unnamed', lan: lan.name },
      name: `${lan.name}.unnamed`,
      inside: [],
      standings: [{ lan, addresses }],
    },
  ];
}

/** One in each prefix; none in a prefix that is full. */
function unusedIn(lan: LanPlan, inUse: AddressesInUse): Address[] {
  return lan.prefixes.flatMap(({ value }) => inUse.take(lan.name, value) ?? []);
}

function seenFromElsewhere(lan: LanPlan, address: Address): Address {
  const mapping = lan.seenAs.find(({ real }) => prefixHas(real.value, address));
  if (mapping === undefined) return address;
  const { real, seenAs } = mapping;
  return { family: address.family, bits: address.bits - real.value.bits + seenAs.value.bits };
}

function familiesOf(addresses: readonly Address[]): Set<Family> {
  return new Set(addresses.map(({ family }) => family));
}

function ofFamilies(addresses: readonly Address[], families: ReadonlySet<Family>): Address[] {
  return addresses.filter(
    (address, i) => families.has(address.family) && addresses.findIndex((other) => sameAddress(other, address)) === i,
  );
}
