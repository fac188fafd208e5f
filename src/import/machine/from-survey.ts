/**
 * A survey's facts about one machine, put into its draft. They come first: hooks add to them, and what commands print
 * takes their place.
 */

import type { Family } from '../../net/address.ts';
import type { Rule } from '../packet/ruleset.ts';
import type { SurveyChain, SurveyFirewall, SurveyMachine } from '../survey/survey.ts';
import { at } from '../text/part.ts';
import { type Draft, interfaceOf, iptablesTable, routeOf } from './draft.ts';

export function addSurvey(draft: Draft, survey: SurveyMachine): void {
  for (const { id, place, addresses } of survey.interfaces?.value ?? []) {
    interfaceOf(draft, id, at(place)).addresses.push(...addresses);
  }
  if (survey.routes) {
    draft.routes.push(
      ...survey.routes.value.filter((line) => isMain(line.table)).map((line) => routeOf(line, at(line.place))),
    );
    draft.known.add('routes');
  }
  for (const family of [4, 6] as const) {
    const said = survey.forwarding?.[`ipv${family}`];
    if (said) {
      draft.switches.set(`ipv${family}/conf/all/forwarding`, { value: said.value ? '1' : '0', origin: said.origin });
    }
  }
  if (survey.rpFilter) {
    const value = { off: '0', strict: '1', loose: '2' }[survey.rpFilter.value];
    draft.switches.set('ipv4/conf/all/rp_filter', { value, origin: survey.rpFilter.origin });
    draft.known.add('reverse-path-filter');
  }
  for (const list of [survey.proxyArp, survey.proxyNdp]) {
    for (const { value, origin } of list?.value ?? []) draft.proxies.push({ address: value, device: null, origin });
  }
  if (survey.proxyArp || survey.proxyNdp) draft.known.add('neighbour-proxies');
  if (survey.firewall) addFirewall(draft, survey.firewall);
  if (survey.publicAddresses && survey.behindNat) draft.known.add('outside');
}

export function isMain(table: string | undefined): boolean {
  return table === undefined || table === 'main' || table === '254';
}

/**
 * A survey says one firewall for both families; iptables has one for each. Its chains become those of iptables, where
 * the hooks of a configuration append their own rules before the policy, as they do in life.
 */
function addFirewall(draft: Draft, firewall: SurveyFirewall): void {
  for (const family of [4, 6] as const) {
    addChain(draft, family, 'INPUT', firewall.input);
    addChain(draft, family, 'FORWARD', firewall.forward);
    addChain(draft, family, 'OUTPUT', firewall.output);
    append(draft, family, 'mangle', 'FORWARD', firewall.mssClamp?.value);
    append(draft, family, 'nat', 'PREROUTING', firewall.dnat?.value);
  }
  // Nobody means IPv6 by it who does not say so.
  append(draft, 4, 'nat', 'POSTROUTING', firewall.masquerade?.value);
  append(draft, 6, 'nat', 'POSTROUTING', firewall.masquerade?.value.filter(isForIpv6));
  if (firewall.input?.policy) draft.known.add('input-filter');
  if (firewall.forward?.policy) draft.known.add('forward-filter');
  if (firewall.output?.policy) draft.known.add('output-filter');
  if (firewall.masquerade) draft.known.add('translations');
  if (firewall.mssClamp) draft.known.add('mss-clamps');
}

function addChain(draft: Draft, family: Family, name: string, said: SurveyChain | undefined): void {
  if (!said) return;
  const chain = iptablesTable(draft, family, 'filter')!.chains.get(name)!;
  chain.rules.push(...said.drop, ...said.accept);
  if (said.policy) {
    const verdict = said.policy.value === 'accept' ? 'accept' : 'drop';
    chain.policy = { verdict, origin: said.policy.origin };
  }
}

function append(draft: Draft, family: Family, table: string, chain: string, rules: readonly Rule[] | undefined): void {
  if (rules && rules.length > 0)
    iptablesTable(draft, family, table)!
      .chains.get(chain)!
      .rules.push(...rules);
}

function isForIpv6({ tests }: Rule): boolean {
  return tests.some((test) => {
    if (test.field === 'family') return test.of.includes(6) !== test.not;
    return (test.field === 'source' || test.field === 'destination') && test.of.some(({ family }) => family === 6);
  });
}
