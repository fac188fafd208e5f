/**
 * What the packet tables of a Linux carrier hold: the rules for its filters, clamps and translations, each for nft and for
 * iptables. Where they stand and how they come and go is in `linux-tables.ts`.
 */

import type { Family } from '../net/address.ts';
import { formatPrefix } from '../net/prefix.ts';
import type { Device, Filter, LanInterface, Translation } from '../plan/plan.ts';

/** In the order in which a packet meets them. */
export type Chain = 'in' | 'clamp' | 'guard' | 'out';

export interface Rule {
  readonly chain: Chain;
  readonly family: Family;
  /** In double quotes of the shell. */
  readonly nft: string;
  /** Several where iptables needs more than one. */
  readonly iptables: readonly string[];
}

/** Names of interfaces as they stand in the shell's double quotes. */
interface Names {
  /** `%i` for the tunnel, the shell's variable for a LAN. */
  of(id: string): string;
  /** Whether it is the side that has no name: whatever is neither the tunnel nor a LAN. */
  isOuter(id: string): boolean;
  /** The tunnel and the LANs. */
  readonly known: readonly string[];
}

/** Every rule of `device`, chain by chain in the order in which they are tried. */
export function rulesOf(device: Device): Rule[] {
  const names = namesOf(device);
  const clamps = device.mssClamps.flatMap(({ family, interface: id }) =>
    (['i', 'o'] as const).map((direction) => clampRule(family, direction, names.of(id))),
  );
  return [
    ...clamps,
    ...device.filters.flatMap((each) => filterRules(each, names)),
    ...device.translations.flatMap((each) => translationRules(each, names)),
  ];
}

/** The shell's variable for the name of the nth LAN's interface. */
export function variable(n: number): string {
  return `$lan${n + 1}`;
}

function namesOf(device: Device): Names {
  const lans = device.interfaces.filter((each): each is LanInterface => each.kind === 'lan');
  const outer = new Set(device.interfaces.flatMap((each) => (each.kind === 'outer' ? [each.id] : [])));
  return {
    of: (id) => {
      const i = lans.findIndex((lan) => lan.id === id);
      return i < 0 ? '%i' : variable(i);
    },
    isOuter: (id) => outer.has(id),
    known: ['%i', ...lans.flatMap((lan, i) => (lan.addresses.length > 0 ? [variable(i)] : []))],
  };
}

/** `rt mtu` and `clamp-mss-to-pmtu` look at the way there and at the way back, and lower the size, never raise it. */
function clampRule(family: Family, direction: 'i' | 'o', name: string): Rule {
  return {
    chain: 'clamp',
    family,
    nft: `meta nfproto ipv${family} ${direction}ifname \\"${name}\\" tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu`,
    iptables: [`-${direction} "${name}" -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu`],
  };
}

/** What a rule of ours lets pass, others may still drop: it leaves our chain and no more. */
function filterRules({ action, family, from, to, source, states }: Filter, names: Names): Rule[] {
  if (family === undefined) return [];
  const nft = [
    `meta nfproto ipv${family}`,
    ...(from === undefined ? [] : [`iifname \\"${names.of(from)}\\"`]),
    ...(to === undefined ? [] : [`oifname \\"${names.of(to)}\\"`]),
    ...(source ? [`${family === 4 ? 'ip' : 'ip6'} saddr ${formatPrefix(source)}`] : []),
    ...(states ? [`ct state { ${states.join(', ')} }`] : []),
    action === 'accept' ? 'return' : 'drop',
  ];
  const iptables = [
    ...(from === undefined ? [] : [`-i "${names.of(from)}"`]),
    ...(to === undefined ? [] : [`-o "${names.of(to)}"`]),
    ...(source ? [`-s ${formatPrefix(source)}`] : []),
    ...(states ? [`-m conntrack --ctstate ${states.join(',').toUpperCase()}`] : []),
    `-j ${action === 'accept' ? 'RETURN' : 'DROP'}`,
  ];
  return [{ chain: 'guard', family, nft: nft.join(' '), iptables: [iptables.join(' ')] }];
}

/** Translations that nobody plans are refused before anything is written. */
function translationRules(translation: Translation, names: Names): Rule[] {
  switch (translation.kind) {
    case 'one-to-one':
      return oneToOneRules(translation, names.of(translation.interface));
    case 'masquerade':
      return [masqueradeRule(translation, names)];
    case 'keep':
      return [keepRule(translation, names)];
    default:
      return [];
  }
}

function masqueradeRule({ family, from, to }: Extract<Translation, { kind: 'masquerade' }>, names: Names): Rule {
  const name = names.of(from!);
  if (!names.isOuter(to)) {
    return {
      chain: 'out',
      family,
      nft: `meta nfproto ipv${family} iifname \\"${name}\\" oifname \\"${names.of(to)}\\" masquerade`,
      iptables: [`-i "${name}" -o "${names.of(to)}" -j MASQUERADE`],
    };
  }
  const known = names.known.map((each) => `\\"${each}\\"`).join(', ');
  return {
    chain: 'out',
    family,
    nft: `meta nfproto ipv${family} iifname \\"${name}\\" oifname != { ${known} } masquerade`,
    iptables: [...names.known.map((each) => `-i "${name}" -o "${each}" -j RETURN`), `-i "${name}" -j MASQUERADE`],
  };
}

function keepRule(
  { family, from, to, source, destination }: Extract<Translation, { kind: 'keep' }>,
  names: Names,
): Rule {
  const ip = family === 4 ? 'ip' : 'ip6';
  const [into, out] = [names.of(from!), names.of(to!)];
  const nft = [
    ...(source ? [`${ip} saddr ${formatPrefix(source)}`] : []),
    ...(destination ? [`${ip} daddr ${formatPrefix(destination)}`] : []),
  ];
  const iptables = [
    ...(source ? [`-s ${formatPrefix(source)}`] : []),
    ...(destination ? [`-d ${formatPrefix(destination)}`] : []),
  ];
  return {
    chain: 'out',
    family,
    nft: `iifname \\"${into}\\" oifname \\"${out}\\" ${nft.join(' ')} return`,
    iptables: [`-i "${into}" -o "${out}" ${iptables.join(' ')} -j RETURN`],
  };
}

/** Going out, real addresses become those by which others know them; coming in, the other way round. */
function oneToOneRules(translation: Extract<Translation, { kind: 'one-to-one' }>, name: string): Rule[] {
  const { family } = translation.real;
  const [real, seenAs] = [formatPrefix(translation.real), formatPrefix(translation.seenAs)];
  const ip = family === 4 ? 'ip' : 'ip6';
  return [
    {
      chain: 'in',
      family,
      nft: `iifname \\"${name}\\" dnat ${ip} prefix to ${ip} daddr map { ${seenAs} : ${real} }`,
      iptables: [`-i "${name}" -d ${seenAs} -j NETMAP --to ${real}`],
    },
    {
      chain: 'out',
      family,
      nft: `oifname \\"${name}\\" snat ${ip} prefix to ${ip} saddr map { ${real} : ${seenAs} }`,
      iptables: [`-o "${name}" -s ${real} -j NETMAP --to ${seenAs}`],
    },
  ];
}
