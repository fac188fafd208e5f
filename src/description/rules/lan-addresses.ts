/**
 * Addresses on LANs: each lies in a prefix of its LAN, is one that a host may have, and belongs to one owner.
 */

import { ADDRESS_BITS, type Address, formatAddress, isLinkLocal, sameAddress } from '../../net/address.ts';
import { firstAddress, formatPrefix, lastAddress, type Prefix, prefixHas } from '../../net/prefix.ts';
import type { Place, Sourced } from '../diagnostic.ts';
import type { Lan, Machine } from '../network.ts';
import { quoted } from '../visible.ts';
import { type RuleContext, reportRepeated } from './rule.ts';

export function checkLanAddresses(context: RuleContext): void {
  const { network } = context;
  const lans = new Map(network.lans.map((lan) => [lan.name.value, new LanAddresses(context, lan)]));
  for (const lan of network.lans) {
    const addresses = lans.get(lan.name.value)!;
    const label = `LAN ${quoted(lan.name.value)}`;
    reportRepeated(context, lan.defaultGateway, `default-gateway of ${label}`, formatAddress);
    for (const address of lan.defaultGateway) addresses.checkGateway(address);
    for (const host of lan.hosts) addresses.take(host.address, `host ${quoted(host.name.value)}`);
  }
  for (const machine of network.machines) checkMachine(context, machine, lans);
  for (const lan of network.lans) {
    const addresses = lans.get(lan.name.value)!;
    for (const { machine, addresses: lent } of lan.lend) {
      addresses.take(lent, `borrower ${quoted(machine.value)}`);
      addresses.refuseDefaultGateway(lent);
    }
  }
}

function checkMachine(context: RuleContext, machine: Machine, lans: ReadonlyMap<string, LanAddresses>): void {
  const label = `machine ${quoted(machine.name.value)}`;
  const [first] = machine.lanAddress;
  if (first === undefined) return;
  if (machine.lan.length === 0) {
    context.mistake('lan-missing', first.place, `Cannot use lan-address of ${label}: the machine stands on no LAN`, {
      help: ['name the LAN, as in lan: home, or delete the address'],
    });
    return;
  }
  const standsOn = machine.lan.map((lan) => lans.get(lan.value));
  checkCarved(context, machine, standsOn, label);
  // With an unknown LAN among them, reported as such, nothing is known to be outside.
  if (standsOn.some((lan) => lan === undefined)) return;
  for (const address of machine.lanAddress) {
    if (!isAddress(address)) continue;
    const lan = standsOn.find((each) => each!.has(address.value));
    if (lan !== undefined) lan.take([address], label);
    else if (context.allPrefixesKnown)
      reportOutside(
        context,
        address,
        `lan-address of ${label}`,
        machine.lan.map((each) => lans.get(each.value)!.lan),
      );
  }
}

/** The nth `carve` is an address in the nth LAN. */
function checkCarved(
  context: RuleContext,
  machine: Machine,
  standsOn: readonly (LanAddresses | undefined)[],
  label: string,
): void {
  const carved = machine.lanAddress.filter((each) => each.value === 'carve');
  for (const [i, { place }] of carved.entries()) {
    const lan = standsOn[i];
    if (i >= standsOn.length)
      context.mistake(
        'carve-impossible',
        place,
        `Cannot carve an address for ${label} here: it stands on ${standsOn.length === 1 ? 'one LAN' : `${standsOn.length} LANs`}`,
        {
          help: ['write `carve` once for each of `lan`, in the same order'],
        },
      );
    else if (lan !== undefined && !lan.hasIpv6())
      context.mistake(
        'carve-impossible',
        place,
        `Cannot carve an address for ${label} on LAN ${quoted(lan.lan.name.value)}: the LAN has no IPv6 prefix`,
        {
          help: ["add `carve` to the LAN's `prefixes`, or write an address"],
          notes: [{ place: lan.lan.name.place, message: `${quoted(lan.lan.name.value)} is described here` }],
        },
      );
  }
}

function isAddress(each: Sourced<Address | 'carve'>): each is Sourced<Address> {
  return each.value !== 'carve';
}

function reportOutside(
  context: RuleContext,
  { value, place }: Sourced<Address>,
  label: string,
  lans: readonly Lan[],
): void {
  const prefixes = lans.flatMap((lan) =>
    lan.prefixes.map((each) => (each.value === 'carve' ? 'carve' : formatPrefix(each.value))),
  );
  context.mistake(
    'address-outside-lan',
    place,
    `Cannot use ${formatAddress(value)} as ${label}: it lies in no prefix of ${lans.map((lan) => `LAN ${quoted(lan.name.value)}`).join(' or ')}`,
    {
      help: [`write an address in ${prefixes.slice(0, 10).join(' or ')}`],
      notes: lans
        .slice(0, 10)
        .map((lan) => ({ place: lan.name.place, message: `${quoted(lan.name.value)} is described here` })),
    },
  );
}

/** The addresses of one LAN and who has them. */
class LanAddresses {
  readonly lan: Lan;
  readonly #context: RuleContext;
  readonly #prefixes: readonly Prefix[];
  readonly #carves: boolean;
  readonly #owners = new Map<string, { readonly owner: string; readonly place: Place }>();

  constructor(context: RuleContext, lan: Lan) {
    this.lan = lan;
    this.#context = context;
    this.#prefixes = lan.prefixes.flatMap((each) => (each.value === 'carve' ? [] : [each.value]));
    this.#carves = this.#prefixes.length < lan.prefixes.length;
  }

  /** Whether the address lies in a prefix of the LAN, or may lie in the one that is still to be carved. */
  has(address: Address): boolean {
    const { ula } = this.#context.network;
    if (this.#carves && (ula === undefined || prefixHas(ula.value, address))) return true;
    return this.#prefixes.some((prefix) => prefixHas(prefix, address));
  }

  hasIpv6(): boolean {
    return this.#carves || this.#prefixes.some((prefix) => prefix.family === 6);
  }

  /** Whether the address is one of this LAN's and usable; reports it when not. */
  checkInPrefix(address: Sourced<Address>, label: string): boolean {
    const { value, place } = address;
    if (!this.has(value)) {
      if (!this.#context.allPrefixesKnown) return true;
      reportOutside(this.#context, address, label, [this.lan]);
      return false;
    }
    const reason = this.#notAHosts(value);
    if (reason === null) return true;
    this.#context.mistake('address-not-usable', place, `Cannot use ${formatAddress(value)} as ${label}: ${reason}`, {
      help: ['write an address between the first and the last of the prefix'],
    });
    return false;
  }

  /** A link-local address is on every LAN that has IPv6. */
  checkGateway(address: Sourced<Address>): void {
    if (!isLinkLocal(address.value) || !this.hasIpv6()) this.checkInPrefix(address, 'default gateway');
  }

  take(addresses: readonly Sourced<Address>[], owner: string): void {
    for (const address of addresses) {
      if (!this.checkInPrefix(address, `address of ${owner}`)) continue;
      const text = formatAddress(address.value);
      const first = this.#owners.get(text);
      if (first === undefined) {
        this.#owners.set(text, { owner, place: address.place });
        continue;
      }
      this.#context.mistake(
        'lan-address-taken',
        address.place,
        `Cannot give ${text} to ${owner}: ${first.owner === owner ? 'it has it already' : `${first.owner} has it`}`,
        {
          help: ['give one of them another address'],
          notes: [{ place: first.place, message: `${first.owner} has it here` }],
        },
      );
    }
  }

  refuseDefaultGateway(lent: readonly Sourced<Address>[]): void {
    for (const { value, place } of lent) {
      const gateway = this.lan.defaultGateway.find((each) => sameAddress(each.value, value));
      if (gateway !== undefined)
        this.#context.mistake(
          'lan-address-taken',
          place,
          `Cannot lend ${formatAddress(value)}: it is the default gateway's`,
          {
            help: ['lend an address that nobody on the LAN has'],
            notes: [{ place: gateway.place, message: 'the default gateway has it here' }],
          },
        );
    }
  }

  /** First and last address of an IPv4 prefix, and the first of an IPv6 one, which is all routers' (RFC 4291 2.6.1). */
  #notAHosts(address: Address): string | null {
    const prefix = this.#prefixes.find((each) => prefixHas(each, address));
    if (prefix === undefined || prefix.length >= ADDRESS_BITS[prefix.family] - 1) return null;
    if (sameAddress(address, firstAddress(prefix))) return `it stands for ${formatPrefix(prefix)} as a whole`;
    if (prefix.family === 4 && sameAddress(address, lastAddress(prefix)))
      return `it is the broadcast address of ${formatPrefix(prefix)}`;
    return null;
  }
}
