/**
 * The packet tables of a Linux carrier: address translation and the clamping of TCP segments, while the tunnel is up.
 *
 * With nft everything is in one table named after the tunnel, replaced as a whole on up and deleted on down; other
 * firewalls have tables of their own and are not touched. Where there is no nft, iptables gets chains of our own, named
 * after the tunnel too, with one jump to each.
 *
 * Matching the incoming interface after routing needs Linux 5.7, translating prefixes with nft 5.8. What another firewall drops stays dropped.
 * wg-quick runs each hook in a subshell of bash and names the tunnel `%i`; hooks hold no `#`.
 */

import type { Family } from '../net/address.ts';
import { formatPrefix } from '../net/prefix.ts';
import type { Device, LanInterface, Translation } from '../plan/plan.ts';
import { CHAIN, GONE } from './iptables-chain.ts';
import { addressesOn, findInterface } from './linux-interfaces.ts';

/** In the order in which a packet meets them. */
type Chain = 'in' | 'clamp' | 'out';

interface Rule {
  readonly chain: Chain;
  readonly family: Family;
  readonly nft: string;
  readonly iptables: string;
}

const NFT_HOOK: Readonly<Record<Chain, string>> = {
  in: 'type nat hook prerouting priority -100',
  clamp: 'type filter hook forward priority -150',
  out: 'type nat hook postrouting priority 100',
};
const IPTABLES_HOOK: Readonly<Record<Chain, readonly [table: string, chain: string]>> = {
  in: ['nat', 'PREROUTING'],
  clamp: ['mangle', 'FORWARD'],
  out: ['nat', 'POSTROUTING'],
};
const IPTABLES: Readonly<Record<Family, string>> = { 4: 'iptables', 6: 'ip6tables' };

/** Names of tables hold no `+` and no `=`, names of interfaces may. */
const TABLE = 't="wg-router-%i"; t=$' + '{t//[+=]/_}';

/** PostUp and PreDown lines; none for a device without translations and clamps. */
export function tableHooks(device: Device): { readonly up: string[]; readonly down: string[] } {
  const lans = device.interfaces.filter((each): each is LanInterface => each.kind === 'lan');
  const rules = rulesOf(device, lans);
  if (rules.length === 0) return { up: [], down: [] };
  const used = lans.filter((_, i) => rules.some((rule) => rule.nft.includes(variable(i))));
  const find = used.map((lan) => findIn(lan, lans.indexOf(lan)));
  const names = device.translations.length > 0 ? 'addresses are not translated' : 'large packets may be lost';
  const failed = (why: string) => `echo "wg-router: ${why}, so ${names}" >&2`;
  return {
    up: [
      `PostUp = ${[...find, TABLE, `! command -v nft >/dev/null || nft "${nftText(rules)}" || ${failed('nft refuses')}`].join('; ')}`,
      `PostUp = ${[...find, `command -v nft >/dev/null || if command -v iptables >/dev/null; then ${iptablesUp(rules)}; else ${failed('there is no nft and no iptables')}; fi`].join('; ')}`,
    ],
    down: [`PreDown = set +e; ${TABLE}; nft delete table inet "$t" 2>/dev/null; ${iptablesDown(rules)}; true`],
  };
}

function rulesOf(device: Device, lans: readonly LanInterface[]): Rule[] {
  const nameOf = (id: string) => {
    const i = lans.findIndex((lan) => lan.id === id);
    return i < 0 ? '%i' : variable(i);
  };
  const clamps = device.mssClamps.flatMap(({ family, interface: id }) =>
    (['i', 'o'] as const).map((direction) => clampRule(family, direction, nameOf(id))),
  );
  const translations = device.translations.flatMap((each) => {
    if (each.kind === 'one-to-one') return oneToOneRules(each, nameOf(each.interface));
    // What else there may be is refused before anything is written.
    return each.kind === 'masquerade' && each.from !== undefined
      ? [masqueradeRule(each.family, nameOf(each.from), nameOf(each.to))]
      : [];
  });
  return [...clamps, ...translations];
}

/** `rt mtu` and `clamp-mss-to-pmtu` look at the way there and at the way back, and lower the size, never raise it. */
function clampRule(family: Family, direction: 'i' | 'o', name: string): Rule {
  return {
    chain: 'clamp',
    family,
    nft: `meta nfproto ipv${family} ${direction}ifname \\"${name}\\" tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu`,
    iptables: `-${direction} "${name}" -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu`,
  };
}

function masqueradeRule(family: Family, from: string, to: string): Rule {
  return {
    chain: 'out',
    family,
    nft: `meta nfproto ipv${family} iifname \\"${from}\\" oifname \\"${to}\\" masquerade`,
    iptables: `-i "${from}" -o "${to}" -j MASQUERADE`,
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
      iptables: `-i "${name}" -d ${seenAs} -j NETMAP --to ${real}`,
    },
    {
      chain: 'out',
      family,
      nft: `oifname \\"${name}\\" snat ${ip} prefix to ${ip} saddr map { ${real} : ${seenAs} }`,
      iptables: `-o "${name}" -s ${real} -j NETMAP --to ${seenAs}`,
    },
  ];
}

/** Made, deleted and made again in one transaction: whatever was there before, the table is this one afterwards. */
function nftText(rules: readonly Rule[]): string {
  const chains = chainsOf(rules).map((chain) => {
    const own = rules.filter((rule) => rule.chain === chain).map((rule) => `${rule.nft};`);
    return `chain ${chain} { ${NFT_HOOK[chain]}; ${own.join(' ')} }`;
  });
  return `table inet $t; delete table inet $t; table inet $t { ${chains.join('; ')}; }`;
}

function iptablesUp(rules: readonly Rule[]): string {
  const filled = familyChains(rules).flatMap(({ family, chain: name }) => {
    const command = IPTABLES[family];
    const [table, hook] = IPTABLES_HOOK[name];
    const own = rules.filter((rule) => rule.chain === name && rule.family === family);
    return [
      `chain ${command} ${table} ${hook} wgr-${name}-%i`,
      ...own.map((rule) => `${command} -w -t ${table} -A wgr-${name}-%i ${rule.iptables}`),
    ];
  });
  return [CHAIN, ...filled].join('; ');
}

function iptablesDown(rules: readonly Rule[]): string {
  const chains = familyChains(rules).map(({ family, chain }) => {
    const [table, hook] = IPTABLES_HOOK[chain];
    return `gone ${IPTABLES[family]} ${table} ${hook} wgr-${chain}-%i`;
  });
  return [GONE, ...chains].join('; ');
}

function chainsOf(rules: readonly Rule[]): Chain[] {
  return (['in', 'clamp', 'out'] as const).filter((chain) => rules.some((rule) => rule.chain === chain));
}

function familyChains(rules: readonly Rule[]): { readonly family: Family; readonly chain: Chain }[] {
  return ([4, 6] as const).flatMap((family) =>
    chainsOf(rules.filter((rule) => rule.family === family)).map((chain) => ({ family, chain })),
  );
}

/** The shell's variable for the name of the nth LAN's interface. */
function variable(n: number): string {
  return `$lan${n + 1}`;
}

/** No interface is called `:`, so that rules for a LAN that is not there match nothing. */
function findIn(lan: LanInterface, n: number): string {
  const name = variable(n).slice(1);
  return `${name}=$(${findInterface(addressesOn(lan)[0]!)}); ${name}=$` + `{${name}:-:}`;
}
