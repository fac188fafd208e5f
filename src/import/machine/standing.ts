/**
 * Which interface of a machine stands on which LAN.
 *
 * A survey names LANs and members, commands and rules name interfaces; what joins them is an address, a route, or that
 * there is only one way it can be. What is guessed says so in its origin.
 */

import { ADDRESS_BITS, type Address } from '../../net/address.ts';
import { type Prefix, prefixContains, prefixHas, prefixOf } from '../../net/prefix.ts';
import type { Fact, ImportRule, LanInterface, Origin, OuterInterface } from '../../plan/plan.ts';
import type { AddressWithLength } from '../text/values.ts';
import type { Draft, InterfaceDraft } from './draft.ts';

/** That a machine is a member of a LAN. */
export interface Standing {
  readonly lan: string;
  readonly prefixes: readonly Fact<Prefix>[];
  /** Its own; empty: not known. */
  readonly addresses: readonly Fact<Address>[];
  readonly isGateway: boolean;
  /** Of the LAN; empty: not known. */
  readonly gateways: readonly Fact<Address>[];
  readonly origin: Origin;
}

/** An interface that is no tunnel. */
export type WiredInterface = LanInterface | OuterInterface;

/** Names that rules and routes of the machine use, by how they use them. */
export interface Mentions {
  readonly all: readonly string[];
  /** Where a default route or a masquerade towards everything points: the way out, not a LAN's. */
  readonly outwards: ReadonlySet<string>;
}

/** The interfaces of the machine besides its tunnels, each on its LAN or towards the internet. */
export function placeInterfaces(draft: Draft, standings: readonly Standing[], mentions: Mentions): WiredInterface[] {
  const drafts = new Map(draft.interfaces);
  for (const id of mentions.all) {
    if (!drafts.has(id)) drafts.set(id, { id, origin: { kind: 'file', place: draft.place }, addresses: [] });
  }
  const lanOf = new Map<string, Standing>();
  const guessed = new Map<string, ImportRule>();
  const waiting: Standing[] = [];
  for (const standing of standings) {
    const found = byAddress(drafts, standing, lanOf) ?? byRoute(draft, drafts, standing, lanOf);
    if (found === null) waiting.push(standing);
    else lanOf.set(found, standing);
  }
  for (const standing of waiting) {
    const free = [...drafts.values()].filter(
      ({ id, addresses }) =>
        !lanOf.has(id) && addresses.length === 0 && !(standing.isGateway && mentions.outwards.has(id)),
    );
    const [only] = free;
    const id = free.length === 1 && only ? only.id : unusedName(drafts, standing.lan);
    if (!drafts.has(id)) drafts.set(id, { id, origin: standing.origin, addresses: [] });
    guessed.set(id, free.length === 1 ? 'only-interface' : 'member-of-lan');
    lanOf.set(id, standing);
  }
  return [...drafts.values()].map((each): WiredInterface => {
    const standing = lanOf.get(each.id);
    if (!standing) return { kind: 'outer', id: each.id, addresses: each.addresses };
    const rule = guessed.get(each.id) ?? 'member-of-lan';
    return { kind: 'lan', id: each.id, lan: standing.lan, addresses: addressesOf(each, standing, rule) };
  });
}

function byAddress(
  drafts: ReadonlyMap<string, InterfaceDraft>,
  { addresses, prefixes }: Standing,
  taken: ReadonlyMap<string, Standing>,
): string | null {
  const free = [...drafts.values()].filter(({ id }) => !taken.has(id));
  const exactly = free.find((each) =>
    each.addresses.some(({ value }) => addresses.some((own) => isSame(own.value, value.address))),
  );
  if (exactly) return exactly.id;
  // An address stated for the LAN that no interface has leaves interfaces of the same prefix: they are another LAN's.
  if (addresses.length > 0) return null;
  const within = free.find((each) =>
    each.addresses.some(({ value }) => prefixes.some((prefix) => prefixHas(prefix.value, value.address))),
  );
  return within?.id ?? null;
}

function byRoute(
  draft: Draft,
  drafts: ReadonlyMap<string, InterfaceDraft>,
  { prefixes }: Standing,
  taken: ReadonlyMap<string, Standing>,
): string | null {
  const usable = (id: string | undefined): id is string => id !== undefined && drafts.has(id) && !taken.has(id);
  const onLink = draft.routes.find(
    ({ prefix, gateway, device }) =>
      usable(device) && !gateway && prefixes.some(({ value }) => prefixContains(value, prefix)),
  );
  const through = draft.routes.find(
    ({ gateway, device }) => usable(device) && gateway && prefixes.some(({ value }) => prefixHas(value, gateway)),
  );
  return onLink?.device ?? through?.device ?? null;
}

/** The interface's own addresses, and those that the LAN says the member has. */
function addressesOf(
  { addresses }: InterfaceDraft,
  standing: Standing,
  rule: ImportRule,
): readonly Fact<AddressWithLength>[] {
  const added = standing.addresses
    .filter(({ value }) => !addresses.some((own) => isSame(own.value.address, value)))
    .map(({ value, origin }): Fact<AddressWithLength> => {
      const around = standing.prefixes.find((prefix) => prefixHas(prefix.value, value));
      const length = around?.value.length ?? ADDRESS_BITS[value.family];
      const because = around ? [origin, around.origin] : [origin];
      return { value: { address: value, length }, origin: { kind: 'rule', rule, because } };
    });
  return [...addresses, ...added];
}

/** Is none of a kernel's: brackets are not in names of interfaces that people give. */
function unusedName(drafts: ReadonlyMap<string, unknown>, lan: string): string {
  let name = `(${lan})`;
  while (drafts.has(name)) name = `(${name})`;
  return name;
}

export function isSame(a: Address, b: Address): boolean {
  return a.family === b.family && a.bits === b.bits;
}

/** The prefix that an address of an interface puts on the wire. */
export function onLinkPrefix({ address, length }: AddressWithLength): Prefix {
  return prefixOf(address, length);
}
