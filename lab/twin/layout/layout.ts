/**
 * What a twin is built of, decided before anything is built: devices, their cables and outer addresses.
 *
 *                                internet
 *        ┌───────────────┬──────────┴────────┬──────────────────┐
 *      router     LAN.default-gateway     NAME.nat         NAME or its NAT box
 *                        │                   │                  │
 *              ┌─────────┼────────┐        NAME        NAME, its LAN's default gateway
 *            NAME      host  LAN.unnamed                  ┌─────┴─────┐
 *                                                       host    LAN.unnamed
 *
 * A machine with an endpoint has that address itself. Every other stands behind a box that translates and lets in only
 * what answers: the default gateway of the first LAN on which it stands, else one of its own. Machines on one LAN share
 * that box's line to the internet; its MTU is the smallest that one of them states.
 *
 * Devices are called as in the network. What the twin adds has a dot in its name, which no name of a network has.
 */

import { type Address, type Family, isLinkLocal, sameAddress } from '../../../src/net/address.ts';
import { prefixHas } from '../../../src/net/prefix.ts';
import { type Device, type LanPlan, type Plan, tunnelOf } from '../../../src/plan/plan.ts';
import { AddressesInUse } from './addresses-in-use.ts';
import { dialledAddresses } from './dialled.ts';
import type { Part } from './part.ts';
import { LAN_MTU, type Party, partiesOf, type Standing } from './parties.ts';

export interface Layout {
  readonly plan: Plan;
  readonly parties: readonly Party[];
  readonly router: Device;
  readonly machines: readonly MachinePlace[];
  readonly lans: readonly LanPlace[];
  /** Every cable to the internet. */
  readonly lines: readonly Line[];
  /** The port that machines dial, where something before the router leads it to another one. */
  readonly portForward: { readonly dialled: number; readonly listening: number } | null;
  /** Names that machines dial, with the addresses behind them. */
  readonly names: ReadonlyMap<string, readonly Address[]>;
  /** How many devices it has, the internet and the switches of the LANs among them. */
  readonly size: number;
}

/** A device's cable to the internet. */
export interface Line {
  readonly device: string;
  readonly addresses: readonly Address[];
  /** Bytes of the largest packet it carries. */
  readonly mtu: number;
  /** Its addresses are what machines dial. */
  readonly isDialled: boolean;
}

export interface LanPlace {
  readonly lan: LanPlan;
  /** Unlike the LAN's name, short enough for names of interfaces. */
  readonly index: number;
  /** None where `via` is the default gateway. The first is the machines' way to the internet. */
  readonly boxes: readonly GatewayBox[];
  readonly hosts: readonly HostPlace[];
  /** Machines that go to the internet through this LAN. */
  readonly guests: readonly MachinePlace[];
}

export interface GatewayBox {
  readonly device: string;
  /** Those of the LAN's default gateway, or none: then no host knows about the box. */
  readonly gatewayAddresses: readonly Address[];
}

export interface HostPlace {
  readonly party: Party;
  readonly addresses: readonly OnLan[];
  /** Next hops of its default routes, one in each family at most. */
  readonly gateways: readonly Address[];
}

export interface OnLan {
  readonly address: Address;
  /** Of the LAN's prefix in which it lies. */
  readonly length: number;
}

export interface MachinePlace {
  readonly device: Device;
  readonly lans: readonly { readonly index: number; readonly addresses: readonly OnLan[] }[];
  readonly wayOut: WayOut;
  readonly mtu: number;
}

export type WayOut =
  | { readonly kind: 'own-line' }
  /** `outer`: what it is called towards the box. */
  | { readonly kind: 'own-box'; readonly box: string; readonly outer: readonly Address[] }
  /** `outer`: addresses for families that the LAN lacks. */
  | { readonly kind: 'lan'; readonly index: number; readonly outer: readonly Address[] };

export interface LayoutOptions {
  /** MTU of the path to the internet by device, where it is stated. */
  readonly pathMtus?: ReadonlyMap<string, number>;
  /** Absent: everything. */
  readonly part?: Part;
}

const FAMILIES: readonly Family[] = [4, 6];

/** The twin of `plan`. Throws where two devices are dialled at one address: what tells them apart is not described. */
export function layoutOf(plan: Plan, { pathMtus = new Map(), part }: LayoutOptions = {}): Layout {
  const inUse = new AddressesInUse(plan);
  const parties = partiesOf(plan, inUse).filter(({ name }) => part === undefined || part.parties.has(name));
  const router = plan.devices.find(({ kind }) => kind === 'router')!;
  const dialled = dialledAddresses(plan, inUse);
  const mtuOf = (name: string) => Math.min(pathMtus.get(name) ?? LAN_MTU, LAN_MTU);
  const takeLine = () => FAMILIES.map((family) => inUse.takePublic(family));

  const machines = plan.devices.flatMap((device): MachinePlace[] => {
    const party = parties.find(({ name }) => name === device.name);
    if (party === undefined || device.kind === 'router') return [];
    const wayOut = wayOutOf(device, party, dialled.devices.has(device.name), plan, inUse);
    return [{ device, lans: placesOn(party.standings, plan), wayOut, mtu: mtuOf(device.name) }];
  });
  const lans = plan.lans.flatMap((lan, index): LanPlace[] => {
    if (part !== undefined && !part.lans.has(lan.name)) return [];
    const guests = machines.filter(({ wayOut }) => wayOut.kind === 'lan' && wayOut.index === index);
    const boxes = boxesOf(lan, guests.length > 0);
    return [{ lan, index, boxes, hosts: hostsOf(lan, parties), guests }];
  });

  const lines: Line[] = [
    {
      device: router.name,
      addresses: dialled.devices.get(router.name) ?? takeLine(),
      mtu: mtuOf(router.name),
      isDialled: true,
    },
    ...machines.flatMap(({ device: { name }, wayOut, mtu }) => {
      const guests = lans
        .filter(({ lan, boxes }) => boxes.length === 0 && lan.via?.value === name)
        .flatMap((each) => each.guests);
      const least = Math.min(mtu, ...guests.map((guest) => guest.mtu));
      if (wayOut.kind === 'own-line')
        return [{ device: name, addresses: dialled.devices.get(name)!, mtu: least, isDialled: true }];
      return wayOut.kind === 'own-box'
        ? [{ device: wayOut.box, addresses: takeLine(), mtu: least, isDialled: false }]
        : [];
    }),
    ...lans.flatMap(({ boxes, guests }) =>
      boxes.map(({ device }, i) => {
        const least = i === 0 ? Math.min(LAN_MTU, ...guests.map(({ mtu }) => mtu)) : LAN_MTU;
        return { device, addresses: takeLine(), mtu: least, isDialled: false };
      }),
    ),
  ];
  const names = new Set([...parties.map(({ name }) => name), ...lines.map(({ device }) => device)]);
  return {
    plan,
    parties,
    router,
    machines,
    lans,
    lines,
    portForward: portForwardOf(plan, router),
    names: dialled.names,
    size: names.size + 2,
  };
}

function portForwardOf(plan: Plan, router: Device): Layout['portForward'] {
  const listening = tunnelOf(router).listenPort?.value;
  const dialled = plan.devices
    .flatMap((device) => (device === router ? [] : tunnelOf(device).peers))
    .find((peer) => peer.name === router.name)?.endpoint?.value.port;
  return dialled === undefined || listening === undefined || dialled === listening ? null : { dialled, listening };
}

/** Whether other machines go to the internet through a machine, which is their LAN's default gateway. */
export function isWayOut({ device }: MachinePlace, { lan, boxes, guests }: LanPlace): boolean {
  return boxes.length === 0 && guests.length > 0 && lan.via?.value === device.name;
}

/** `address` with the length of the LAN's prefix in which it lies. */
export function onLan(lan: LanPlan, address: Address): OnLan {
  if (isLinkLocal(address)) return { address, length: 64 };
  const prefix = lan.prefixes.find(({ value }) => prefixHas(value, address));
  if (prefix === undefined) throw new Error(`an address of LAN "${lan.name}" lies in none of its prefixes`);
  return { address, length: prefix.value.length };
}

function wayOutOf(
  device: Device,
  { standings }: Party,
  hasEndpoint: boolean,
  plan: Plan,
  inUse: AddressesInUse,
): WayOut {
  if (hasEndpoint) return { kind: 'own-line' };
  const isDefaultGateway = standings.some(({ lan }) => isGatewayOf(device, lan));
  const first = standings[0];
  if (first === undefined || isDefaultGateway) {
    const outer = FAMILIES.map((family) => inUse.takePublic(family));
    return { kind: 'own-box', box: `${device.name}.nat`, outer };
  }
  const lacking = FAMILIES.filter((family) => first.addresses.every((address) => address.family !== family));
  return { kind: 'lan', index: plan.lans.indexOf(first.lan), outer: lacking.map((family) => inUse.takePublic(family)) };
}

function isGatewayOf(device: Device, lan: LanPlan): boolean {
  return lan.attach?.value === 'default-gateway' && lan.via?.value === device.name;
}

function placesOn(standings: readonly Standing[], plan: Plan): MachinePlace['lans'] {
  return standings.map(({ lan, addresses }) => ({
    index: plan.lans.indexOf(lan),
    addresses: addresses.map((address) => onLan(lan, address)),
  }));
}

/** A box for every host that has an address of the default gateway, and one for those that no host has. */
function boxesOf(lan: LanPlan, hasGuests: boolean): GatewayBox[] {
  if (lan.attach?.value === 'default-gateway') return [];
  const addresses = lan.defaultGateway.map(({ value }) => value);
  const owned = lan.hosts
    .map(({ name, addresses: own }) => ({
      device: name,
      gatewayAddresses: addresses.filter((address) => own.some(({ value }) => sameAddress(value, address))),
    }))
    .filter(({ gatewayAddresses }) => gatewayAddresses.length > 0);
  const rest = addresses.filter((address) => !owned.some((box) => box.gatewayAddresses.includes(address)));
  const boxes =
    rest.length === 0 ? owned : [{ device: `${lan.name}.default-gateway`, gatewayAddresses: rest }, ...owned];
  if (boxes.length > 0 || !hasGuests) return boxes;
  return [{ device: `${lan.name}.nat`, gatewayAddresses: [] }];
}

function hostsOf(lan: LanPlan, parties: readonly Party[]): HostPlace[] {
  return parties.flatMap((party) => {
    const { subject } = party;
    const isHere =
      subject.kind === 'unnamed'
        ? subject.lan === lan.name
        : subject.kind === 'host' && lan.hosts.some(({ name }) => name === subject.name);
    if (!isHere) return [];
    const addresses = party.standings[0]!.addresses.map((address) => onLan(lan, address));
    return [{ party, addresses, gateways: gatewaysFor(lan, addresses) }];
  });
}

/** Where there are several, the one in the host's own prefix. */
function gatewaysFor(lan: LanPlan, addresses: readonly OnLan[]): Address[] {
  return FAMILIES.flatMap((family) => {
    const own = addresses.filter(({ address }) => address.family === family);
    const all = lan.defaultGateway.map(({ value }) => value).filter((address) => address.family === family);
    if (own.length === 0) return [];
    const prefixes = lan.prefixes
      .map(({ value }) => value)
      .filter((prefix) => own.some(({ address }) => prefixHas(prefix, address)));
    return all.find((gateway) => prefixes.some((prefix) => prefixHas(prefix, gateway))) ?? all[0] ?? [];
  });
}
