/**
 * The LANs of an imported network: what the router sends to a machine beside its own addresses, and how that machine
 * joins it, as its rules, proxies and standing show.
 */

import { type Address, formatAddress } from '../../net/address.ts';
import { formatPrefix, type Prefix, prefixContains, prefixHas, samePrefix } from '../../net/prefix.ts';
import type { Device, LanInterface, LanPlan, OuterInterface, Plan } from '../../plan/plan.ts';
import { type AdoptedMachine, refuseStrangers } from './machines.ts';
import type { AdoptRefusal } from './refusal.ts';
import type { AdoptedRouter } from './router.ts';

export interface AdoptedLan {
  readonly name: string;
  readonly via: string;
  readonly prefixes: readonly Prefix[];
  readonly attach: 'default-gateway' | 'static-route' | 'masquerade' | 'proxy';
  readonly defaultGateway: readonly Address[];
  readonly seenAs: readonly Prefix[];
  readonly lend: ReadonlyMap<string, readonly Address[]>;
  readonly hosts: readonly { readonly name: string; readonly addresses: readonly Address[] }[];
  /** Machines that stand on it, `via` among them. */
  readonly members: ReadonlyMap<string, readonly Address[]>;
}

type Wired = LanInterface | OuterInterface;

/** A part of what lies behind a machine: on the wire it is `real`, to the others `seenAs`. */
interface Part {
  readonly real: Prefix;
  readonly seenAs: Prefix | null;
  readonly wire: Wired | null;
  readonly plan: LanPlan | null;
}

export function adoptedLans(
  plan: Plan,
  router: AdoptedRouter,
  machines: readonly AdoptedMachine[],
  refusals: AdoptRefusal[],
): AdoptedLan[] {
  const lans: AdoptedLan[] = [];
  const names = new Set<string>();
  for (const machine of machines) {
    for (const parts of wiresOf(plan, machine)) {
      const stem = parts[0]!.plan?.name ?? `${machine.name}-lan`;
      let name = stem;
      for (let n = 2; names.has(name); n++) name = `${stem}-${n}`;
      names.add(name);
      const lan = adoptedLan(name, parts, plan, machine, machines, refusals);
      if (lan) lans.push(lan);
    }
  }
  refuseOwnLans(router, machines, refusals);
  const lent = lans.flatMap((lan) =>
    [...lan.lend].flatMap(([name, all]) => all.map((each) => `${name} ${formatAddress(each)}`)),
  );
  refuseStrangers(machines, new Set(lent), refusals);
  return lans;
}

/** What lies behind a machine, in one list for each LAN. */
function wiresOf(plan: Plan, machine: AdoptedMachine): Part[][] {
  const byWire = new Map<string, Part[]>();
  for (const prefix of machine.behind) {
    const part = partOf(plan, machine.device, prefix);
    const key = part.wire ? `wire ${part.wire.id}` : part.plan ? `lan ${part.plan.name}` : formatPrefix(prefix);
    byWire.set(key, [...(byWire.get(key) ?? []), part]);
  }
  return [...byWire.values()];
}

function partOf(plan: Plan, device: Device | null, prefix: Prefix): Part {
  const mapped = device?.translations.find((each) => each.kind === 'one-to-one' && samePrefix(each.seenAs, prefix));
  const real = mapped?.kind === 'one-to-one' ? mapped.real : prefix;
  const wires = (device?.interfaces ?? []).filter((each): each is Wired => each.kind !== 'wireguard');
  const wire =
    wires.find((each) => each.addresses.some(({ value }) => prefixHas(real, value.address))) ??
    wires.find(
      (each) =>
        each.kind === 'lan' && planLan(plan, each.lan)?.prefixes.some(({ value }) => prefixContains(real, value)),
    ) ??
    null;
  const lan =
    (wire?.kind === 'lan' ? planLan(plan, wire.lan) : null) ??
    plan.lans.find(({ prefixes }) => device === null && prefixes.some(({ value }) => samePrefix(value, real))) ??
    null;
  return { real, seenAs: mapped ? prefix : null, wire, plan: lan };
}

function planLan(plan: Plan, name: string): LanPlan | null {
  return plan.lans.find((lan) => lan.name === name) ?? null;
}

function adoptedLan(
  name: string,
  parts: readonly Part[],
  plan: Plan,
  via: AdoptedMachine,
  machines: readonly AdoptedMachine[],
  refusals: AdoptRefusal[],
): AdoptedLan | null {
  const { wire, plan: lan } = parts[0]!;
  const prefixes = parts.map(({ real }) => real);
  const isHere = (address: Address) => prefixes.some((prefix) => prefixHas(prefix, address));
  const own = (wire?.addresses ?? []).map(({ value }) => value.address).filter(isHere);
  for (const prefix of prefixes) {
    if (own.some((address) => prefixHas(prefix, address))) continue;
    refusals.push({
      code: 'lan-address-not-known',
      message: `Cannot adopt LAN ${formatPrefix(prefix)} behind ${via.name}: nothing says which address ${via.name} has there`,
      help: [`add the output of \`ip -j addr\` on ${via.name}, or its \`interfaces\` to survey.yaml`],
    });
  }
  const gateways =
    lan?.defaultGateway.map(({ value }) => value).filter(isHere) ?? gatewaysOf(via.device, wire).filter(isHere);
  const lend = lentOf(via, machines, isHere);
  const attach = attachOf(via, wire, lan, own, gateways, lend);
  if (
    attach === null ||
    (attach === 'static-route' && !prefixes.every((each) => gateways.some((address) => prefixHas(each, address))))
  ) {
    refusals.push({
      code: 'attach-not-clear',
      message: `Cannot adopt LAN ${prefixes.map(formatPrefix).join(' and ')} behind ${via.name}: nothing says how replies find their way back`,
      help: [
        'state the LAN with its `default-gateway` in survey.yaml',
        `or add what \`iptables-save\` or \`nft -j list ruleset\` prints on ${via.name}, which would show a masquerade`,
      ],
    });
    return null;
  }
  const seenAs = parts.flatMap((part) => part.seenAs ?? []);
  return {
    name,
    via: via.name,
    prefixes,
    attach,
    defaultGateway: attach === 'default-gateway' ? [] : gateways,
    seenAs,
    lend,
    hosts: hostsOf(plan, lan, wire, machines, isHere, gateways),
    members: new Map([[via.name, own], ...neighboursOf(lan, via, machines, isHere)]),
  };
}

/** As `ip route` shows it: where the default route on this wire goes. */
function gatewaysOf(device: Device | null, wire: Wired | null): Address[] {
  return (device?.routes ?? []).flatMap(({ prefix, via }) =>
    prefix.length === 0 && via.kind === 'gateway' && via.interface === wire?.id ? [via.gateway] : [],
  );
}

/** Addresses of the LAN that machines elsewhere have and `via` answers for. */
function lentOf(
  via: AdoptedMachine,
  machines: readonly AdoptedMachine[],
  isHere: (address: Address) => boolean,
): Map<string, Address[]> {
  const answered = new Set(via.device?.neighbourProxies.map(({ address }) => formatAddress(address)));
  const lend = new Map<string, Address[]>();
  for (const machine of machines) {
    const own = machine.borrowed.filter((address) => isHere(address) && answered.has(formatAddress(address)));
    if (own.length > 0 && machine !== via) lend.set(machine.name, own);
  }
  return lend;
}

function attachOf(
  via: AdoptedMachine,
  wire: Wired | null,
  lan: LanPlan | null,
  own: readonly Address[],
  gateways: readonly Address[],
  lend: ReadonlyMap<string, unknown>,
): AdoptedLan['attach'] | null {
  const isGateway =
    lan?.defaultGatewayName?.value === via.name ||
    own.some((address) => gateways.some((each) => each.family === address.family && each.bits === address.bits));
  if (isGateway) return 'default-gateway';
  if (lend.size > 0) return 'proxy';
  const hides = via.device?.translations.some((each) => {
    if (each.kind !== 'masquerade' && each.kind !== 'source') return false;
    return each.to === wire?.id && (each.from === undefined || each.from !== wire?.id);
  });
  if (hides) return 'masquerade';
  return gateways.length > 0 ? 'static-route' : null;
}

function neighboursOf(
  lan: LanPlan | null,
  via: AdoptedMachine,
  machines: readonly AdoptedMachine[],
  isHere: (address: Address) => boolean,
): (readonly [string, Address[]])[] {
  if (!lan) return [];
  return machines.flatMap((machine) => {
    const wire = machine.device?.interfaces.find(
      (each): each is LanInterface => each.kind === 'lan' && each.lan === lan.name,
    );
    if (machine === via || !wire) return [];
    return [[machine.name, wire.addresses.map(({ value }) => value.address).filter(isHere)] as const];
  });
}

function hostsOf(
  plan: Plan,
  lan: LanPlan | null,
  wire: Wired | null,
  machines: readonly AdoptedMachine[],
  isHere: (address: Address) => boolean,
  gateways: readonly Address[],
): { name: string; addresses: Address[] }[] {
  if (!lan || !wire) return [];
  const adopted = new Set(machines.map(({ name }) => name));
  const stated = lan.hosts.map(({ name, addresses }) => ({ name, addresses: addresses.map(({ value }) => value) }));
  const devices = plan.devices.flatMap((device) => {
    const own = device.interfaces.find((each): each is LanInterface => each.kind === 'lan' && each.lan === lan.name);
    const runs = device.interfaces.some(({ kind }) => kind === 'wireguard');
    return own && !runs && !adopted.has(device.name)
      ? [{ name: device.name, addresses: own.addresses.map(({ value }) => value.address) }]
      : [];
  });
  const isGateway = (address: Address) =>
    gateways.some((each) => each.family === address.family && each.bits === address.bits);
  return [...stated, ...devices]
    .map(({ name, addresses }) => ({ name, addresses: addresses.filter((each) => isHere(each) && !isGateway(each)) }))
    .filter(({ addresses }) => addresses.length > 0);
}

/** A LAN of the router's own that machines reach: the router forwards between tunnels, and carries none. */
function refuseOwnLans(router: AdoptedRouter, machines: readonly AdoptedMachine[], refusals: AdoptRefusal[]): void {
  for (const each of router.device.interfaces) {
    if (each.kind !== 'lan') continue;
    const reached = each.addresses.some(({ value }) =>
      machines.some(({ sends, behind }) =>
        sends.some((prefix) => prefix.length > 1 && prefixHas(prefix, value.address) && !behind.includes(prefix)),
      ),
    );
    if (!reached) continue;
    refusals.push({
      code: 'router-carries-lan',
      message: `Cannot adopt ${router.device.name}: machines reach LAN "${each.lan}" through it, and a router carries no LAN`,
      help: ['let another machine on that LAN run WireGuard and carry it'],
    });
  }
}
