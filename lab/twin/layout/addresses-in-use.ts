/**
 * Addresses that a twin may use without standing for anything in the network: unused ones on its LANs, and public ones that
 * lie in no prefix of it.
 *
 * The same plan always gets the same addresses.
 */

import type { Address, Family } from '../../../src/net/address.ts';
import {
  firstAddress,
  lastAddress,
  type Prefix,
  parsePrefix,
  prefixesOverlap,
  prefixHas,
} from '../../../src/net/prefix.ts';
import type { LanPlan, Plan } from '../../../src/plan/plan.ts';

/** Prefixes for documentation and measurements (RFC 5737, 2544, 3849): what a user describes hardly ever lies in them. */
const PUBLIC: Readonly<Record<Family, readonly Prefix[]>> = {
  4: ['198.18.0.0/15', '203.0.113.0/24', '198.51.100.0/24', '192.0.2.0/24'].map(known),
  6: ['2001:db8:fff0::/44', '2001:db8::/36'].map(known),
};

export class AddressesInUse {
  /** By LAN, the addresses that somebody has there. */
  readonly #onLans: ReadonlyMap<string, Set<string>>;
  readonly #described: readonly Prefix[];
  readonly #public = new Set<string>();

  constructor(plan: Plan) {
    this.#onLans = new Map(plan.lans.map((lan) => [lan.name, new Set(statedOn(lan, plan).map(text))]));
    this.#described = [
      ...plan.inside.map(({ value }) => value),
      ...plan.lans.flatMap((lan) => [
        ...lan.prefixes.map(({ value }) => value),
        ...lan.seenAs.map(({ seenAs }) => seenAs.value),
      ]),
    ];
    for (const device of plan.devices) {
      for (const each of device.interfaces) {
        if (each.kind !== 'wireguard') continue;
        for (const { endpoint } of each.peers) {
          if (endpoint?.value.address) this.#public.add(text(endpoint.value.address));
        }
      }
    }
  }

  /** An address that nobody on the LAN has, from the end of `prefix`; null when it is full. From now on it is in use. */
  take(lan: string, prefix: Prefix): Address | null {
    const taken = this.#onLans.get(lan)!;
    const { first, last } = hostsOf(prefix);
    for (let bits = last; bits >= first && last - bits < SEARCHED; bits--) {
      const address = { family: prefix.family, bits };
      if (taken.has(text(address))) continue;
      taken.add(text(address));
      return address;
    }
    return null;
  }

  /** An address on the internet that nothing in the network has. */
  takePublic(family: Family): Address {
    for (const prefix of PUBLIC[family]) {
      if (this.#described.some((each) => prefixesOverlap(each, prefix))) continue;
      for (let bits = prefix.bits + 1n; bits < prefix.bits + SEARCHED; bits++) {
        const address = { family, bits };
        if (!prefixHas(prefix, address) || this.#public.has(text(address))) continue;
        this.#public.add(text(address));
        return address;
      }
    }
    throw new Error(`no address of IPv${family} is left for the internet of the twin`);
  }
}

/** Addresses looked at before a prefix counts as full. */
const SEARCHED = 4096n;

/** IPv4's first and last address and IPv6's first belong to no host, where the prefix has others. */
function hostsOf(prefix: Prefix): { readonly first: bigint; readonly last: bigint } {
  const [first, last] = [firstAddress(prefix).bits, lastAddress(prefix).bits];
  if (last - first < 2n) return { first, last };
  if (prefix.family === 4) return { first: first + 1n, last: last - 1n };
  // The last ones of a large prefix are reserved (RFC 2526), and hard to read.
  const end = first + 0xfffen;
  return { first: first + 1n, last: last - 0xffn > end ? end : last - 1n };
}

function statedOn(lan: LanPlan, plan: Plan): Address[] {
  const machines = plan.devices.flatMap((device) => [
    ...device.interfaces.flatMap((each) =>
      each.kind === 'lan' && each.lan === lan.name ? each.addresses.map(({ value }) => value.address) : [],
    ),
  ]);
  return [
    ...machines,
    ...lan.defaultGateway.map(({ value }) => value),
    ...lan.lent.map(({ value }) => value),
    ...lan.hosts.flatMap(({ addresses }) => addresses.map(({ value }) => value)),
  ];
}

function text({ family, bits }: Address): string {
  return `${family} ${bits}`;
}

function known(prefix: string): Prefix {
  return parsePrefix(prefix) as Prefix;
}
