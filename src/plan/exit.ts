/**
 * An exit: the LAN through which machines with `internet` reach everything that is not described, and what its carrier
 * does for them.
 *
 * The carrier sends on what the router brings it, towards the internet by its own default route, under an address of its
 * own: neither the LAN's default gateway nor its hosts know anything of it. Who may use the exit is decided at the router,
 * by source, so the carrier's configuration does not name users and one more changes it for nobody.
 */

import type { Lan, Machine } from '../description/network.ts';
import type { Address, Family } from '../net/address.ts';
import { hostPrefix, type Prefix, prefixContains, prefixOf } from '../net/prefix.ts';
import { type Directory, prefixesOf } from './directory.ts';
import { INTO_TUNNEL, lanInterface, OUTER, TUNNEL } from './interface-names.ts';
import { familiesOf } from './lans.ts';
import { byRule, fromFile } from './origin.ts';
import type { Fact, Filter, Forwarding, Origin, OuterInterface, Translation } from './plan.ts';

export interface Exit {
  readonly lan: Lan;
  /** Those of the LAN that are inside the tunnels too. In the others a machine keeps its own way to the internet. */
  readonly families: readonly Family[];
  /** Those who use it, in file order; at least one. */
  readonly users: readonly Machine[];
}

/** All addresses of a family, and the same in two halves. */
const WHOLE: Readonly<Record<Family, readonly Prefix[]>> = { 4: [lowest(4, 0)], 6: [lowest(6, 0)] };
const HALVES: Readonly<Record<Family, readonly Prefix[]>> = {
  4: [lowest(4, 1), { family: 4, bits: 1n << 31n, length: 1 }],
  6: [lowest(6, 1), { family: 6, bits: 1n << 127n, length: 1 }],
};

function lowest(family: Family, length: number): Prefix {
  return { family, bits: 0n, length };
}

/** Unique local addresses (RFC 4193): nothing outside knows the way back to them. */
const UNIQUE_LOCAL = prefixOf({ family: 6, bits: 0xfcn << 120n }, 7);

/** The LAN that the first machine with `internet` names, with all who name it; null where nobody names one. */
export function exitOf({ network, inside, things }: Directory): Exit | null {
  const named = network.machines.filter((machine) => machine.internet);
  const thing = named[0] && things.get(named[0].internet!.value);
  if (thing?.kind !== 'lan') return null;
  const { lan } = thing;
  const families = familiesOf(lan).filter((family) => inside.some(({ value }) => value.family === family));
  return { lan, families, users: named.filter(({ internet }) => internet!.value === lan.name.value) };
}

/**
 * What a machine that uses the exit sends through its tunnel besides what is on no wire of its own: everything.
 *
 * In two halves on Windows: its app takes 0.0.0.0/0 for a wish to block whatever does not go through the tunnel, the network
 * that the machine is in too.
 */
export function everywhere(machine: Machine, exit: Exit): Fact<Prefix>[] {
  const because = [fromFile(machine.internet!.place), fromFile(exit.lan.name.place)];
  const parts = machine.platform?.value === 'windows' ? HALVES : WHOLE;
  return exit.families.flatMap((family) =>
    parts[family].map((value) => ({ value, origin: byRule('internet-through-lan', because) })),
  );
}

/** For whom the exit's carrier is the way to the internet, at the router: the inside addresses of its users. */
export function exitUsers(exit: Exit, addresses: ReadonlyMap<string, readonly Fact<Address>[]>): Fact<Prefix>[] {
  return exit.users.flatMap((machine) =>
    addresses
      .get(machine.name.value)!
      .filter(({ value }) => exit.families.includes(value.family))
      .map(({ value, origin }) => ({
        value: hostPrefix(value),
        origin: byRule('exit-by-source', [fromFile(machine.internet!.place), origin]),
      })),
  );
}

/** Whether the exit's carrier has the internet beyond an interface of which nothing is described. */
function leavesByOuter(exit: Exit): boolean {
  return exit.lan.attach!.value === 'default-gateway';
}

/** The side towards the internet of a carrier that is the LAN's default gateway; the others send by the LAN itself. */
export function outerInterfaces(exit: Exit | null): OuterInterface[] {
  return exit && leavesByOuter(exit) ? [{ kind: 'outer', id: OUTER, addresses: [] }] : [];
}

/** The switches towards that side and back. Those towards the LAN are on in any case. */
export function forwardingForExit(exit: Exit | null): Forwarding[] {
  if (!exit || !leavesByOuter(exit)) return [];
  const origin = byRule('forward-for-internet', becauseOf(exit));
  return exit.families.flatMap((family) => [
    { family, from: TUNNEL, to: OUTER, origin },
    { family, from: OUTER, to: TUNNEL, origin },
  ]);
}

/**
 * Of what does not come from a LAN, only replies enter the tunnel: whoever uses the exit is not opened to the internet by
 * it. These rules stand behind those that let the LANs pass (`filtersFor`).
 */
export function filtersForExit(exit: Exit | null): Filter[] {
  if (!exit || !leavesByOuter(exit)) return [];
  return exit.families.map((family) => ({
    action: 'drop',
    hook: 'forward',
    chain: INTO_TUNNEL,
    family,
    to: TUNNEL,
    states: ['new', 'invalid'],
    origin: byRule('forward-for-internet', becauseOf(exit)),
  }));
}

/**
 * What leaves for the internet gets the carrier's own address. What is for the LAN itself keeps its addresses, except where
 * the LAN joins by `masquerade`: then everything towards it is translated already. Lent addresses are the LAN's own, and
 * its default gateway treats them as it treats its hosts'; nobody beyond knows a ULA, so those are translated all the same.
 */
export function translationsForExit(exit: Exit | null): Translation[] {
  if (!exit || exit.lan.attach!.value === 'masquerade') return [];
  const origin = byRule('masquerade-towards-internet', becauseOf(exit));
  if (leavesByOuter(exit))
    return exit.families.map((family) => ({ kind: 'masquerade', family, from: TUNNEL, to: OUTER, origin }));
  const to = lanInterface(exit.lan);
  const prefixes = prefixesOf(exit.lan).filter(({ value }) => exit.families.includes(value.family));
  const lends = exit.lan.lend.length > 0;
  return [
    ...prefixes.map(({ value, place }) => ({
      kind: 'keep' as const,
      family: value.family,
      from: TUNNEL,
      to,
      destination: value,
      origin: byRule('masquerade-towards-internet', [fromFile(place), ...becauseOf(exit)]),
    })),
    ...prefixes
      .filter(({ value }) => lends && !prefixContains(UNIQUE_LOCAL, value))
      .map(({ value, place }) => ({
        kind: 'keep' as const,
        family: value.family,
        from: TUNNEL,
        to,
        source: value,
        origin: byRule('masquerade-towards-internet', [fromFile(place), ...becauseOf(exit)]),
      })),
    ...exit.families.map((family) => ({ kind: 'masquerade' as const, family, from: TUNNEL, to, origin })),
  ];
}

/** That somebody uses the exit, and how its LAN joins. Not who: a second user changes nothing here. */
function becauseOf({ lan }: Exit): Origin[] {
  return [fromFile(lan.name.place), fromFile(lan.attach!.place)];
}
