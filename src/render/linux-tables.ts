/**
 * The packet tables of a Linux carrier: its filters, the clamping of TCP segments and address translation, while the tunnel
 * is up.
 *
 * With nft everything is in one table named after the tunnel, replaced as a whole on up and deleted on down; other
 * firewalls have tables of their own and are not touched. Where there is no nft, iptables gets chains of our own, named
 * after the tunnel too, with one jump to each.
 *
 * Matching the incoming interface after routing needs Linux 5.7, translating prefixes with nft 5.8. What another firewall drops stays dropped.
 * wg-quick runs each hook in a subshell of bash and names the tunnel `%i`; hooks hold no `#`.
 */

import type { Family } from '../net/address.ts';
import type { Device, LanInterface } from '../plan/plan.ts';
import { CHAIN, GONE } from './iptables-chain.ts';
import { addressesOn, findInterface } from './linux-interfaces.ts';
import { type Chain, type Rule, rulesOf, variable } from './linux-rules.ts';

const NFT_HOOK: Readonly<Record<Chain, string>> = {
  in: 'type nat hook prerouting priority -100',
  clamp: 'type filter hook forward priority -150',
  guard: 'type filter hook forward priority -150',
  out: 'type nat hook postrouting priority 100',
};
const IPTABLES_HOOK: Readonly<Record<Chain, readonly [table: string, chain: string]>> = {
  in: ['nat', 'PREROUTING'],
  clamp: ['mangle', 'FORWARD'],
  guard: ['filter', 'FORWARD'],
  out: ['nat', 'POSTROUTING'],
};
const IPTABLES: Readonly<Record<Family, string>> = { 4: 'iptables', 6: 'ip6tables' };

/** Names of tables hold no `+` and no `=`, names of interfaces may. */
const TABLE = 't="wg-router-%i"; t=$' + '{t//[+=]/_}';

/** PostUp and PreDown lines; none for a device without filters, clamps and translations. */
export function tableHooks(device: Device): { readonly up: string[]; readonly down: string[] } {
  const lans = device.interfaces.filter((each): each is LanInterface => each.kind === 'lan');
  const rules = rulesOf(device);
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
      ...own.flatMap((rule) => rule.iptables).map((rule) => `${command} -w -t ${table} -A wgr-${name}-%i ${rule}`),
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
  return (['in', 'clamp', 'guard', 'out'] as const).filter((chain) => rules.some((rule) => rule.chain === chain));
}

function familyChains(rules: readonly Rule[]): { readonly family: Family; readonly chain: Chain }[] {
  return ([4, 6] as const).flatMap((family) =>
    chainsOf(rules.filter((rule) => rule.family === family)).map((chain) => ({ family, chain })),
  );
}

/** No interface is called `:`, so that rules for a LAN that is not there match nothing. */
function findIn(lan: LanInterface, n: number): string {
  const name = variable(n).slice(1);
  return `${name}=$(${findInterface(addressesOn(lan)[0]!)}); ${name}=$` + `{${name}:-:}`;
}
