/**
 * Kernel switches: from names to paths, and what they decide about forwarding and source checks.
 *
 * IPv4 has a switch per interface, and one for all that sets every one of them. IPv6 forwards everywhere or, since Linux
 * 6.17, on interfaces with `force_forwarding`; its `forwarding` per interface only decides whether the machine behaves
 * like a host there.
 */

import type { Family } from '../../net/address.ts';
import type { Fact, Forwarding, ReversePathFilter, UnknownFact } from '../../plan/plan.ts';
import type { Draft } from './draft.ts';

/** `net.ipv4.conf.wg0.forwarding`, `net/ipv4/conf/wg0/forwarding` or `/proc/sys/net/…`: the path below `net`; else null. */
export function switchPath(name: string): string | null {
  const slash = name.indexOf('/');
  const dot = name.indexOf('.');
  // sysctl(8): the first separator is the one; the other then stands for itself in names of interfaces.
  const path = dot >= 0 && (slash < 0 || dot < slash) ? swapSeparators(name) : name;
  const below = /^(?:\/proc\/sys\/)?net\/(.+)$/.exec(path);
  return below ? below[1]! : null;
}

function swapSeparators(name: string): string {
  return name.replace(/[./]/g, (each) => (each === '.' ? '/' : '.'));
}

/** Sets a switch, and with one for all those it sets, too. */
export function setSwitch(switches: Map<string, Fact<string>>, path: string, value: Fact<string>): void {
  const own = path === 'ipv4/ip_forward' ? 'ipv4/conf/all/forwarding' : path;
  const all = /^(ipv[46])\/conf\/all\/forwarding$/.exec(own);
  if (all) {
    for (const each of [...switches.keys()]) {
      if (each.startsWith(`${all[1]}/conf/`) && each.endsWith('/forwarding')) switches.delete(each);
    }
  }
  switches.set(own, value);
}

/** Of a machine with more interfaces, only what leads into tunnels and out of them is listed. */
const INTERFACES_AT_MOST = 100;

/** Between which interfaces the machine forwards, as far as that is stated; and what is not. */
export function forwardingOf(
  { switches, tunnels }: Pick<Draft, 'switches' | 'tunnels'>,
  interfaces: readonly string[],
): { readonly forwarding: readonly Forwarding[]; readonly unknown: readonly UnknownFact[] } {
  const forwarding: Forwarding[] = [];
  const unknown: UnknownFact[] = [];
  const tunnelIds = new Set(tunnels.map(({ id }) => id));
  for (const family of [4, 6] as const) {
    const all = switches.get(`ipv${family}/conf/all/forwarding`);
    if (!all) unknown.push(`forwarding-ipv${family}`);
    for (const from of interfaces) {
      const own = ownSwitch(switches, family, from) ?? all;
      if (own?.value !== '1') continue;
      const origin = { kind: 'rule', rule: 'forwarding-switch', because: [own.origin] } as const;
      const isTunnel = tunnelIds.has(from);
      const reached = interfaces.length <= INTERFACES_AT_MOST || isTunnel ? interfaces : [...tunnelIds];
      forwarding.push(...reached.map((to) => ({ family, from, to, origin })));
    }
  }
  return { forwarding, unknown };
}

function ownSwitch(switches: ReadonlyMap<string, Fact<string>>, family: Family, id: string): Fact<string> | undefined {
  if (family === 4) return switches.get(`ipv4/conf/${id}/forwarding`);
  const forced = switches.get(`ipv6/conf/${id}/force_forwarding`);
  return forced?.value === '1' ? forced : undefined;
}

/** The stricter of "all" and an interface's own, where either is stated. */
export function reversePathFiltersOf(
  { switches }: Pick<Draft, 'switches'>,
  interfaces: readonly string[],
): ReversePathFilter[] {
  const all = switches.get('ipv4/conf/all/rp_filter');
  return interfaces.flatMap((id) => {
    const own = switches.get(`ipv4/conf/${id}/rp_filter`);
    const values = [all, own].filter((each) => each !== undefined);
    // In Linux the larger number counts: loose (2) wins over strict (1).
    const effective = values.toSorted((a, b) => Number(b.value) - Number(a.value))[0];
    if (!effective) return [];
    const mode = effective.value === '1' ? 'strict' : effective.value === '2' ? 'loose' : 'off';
    return [{ interface: id, mode, origin: effective.origin }];
  });
}
