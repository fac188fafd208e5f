/**
 * What to ask for: an unknown part of a machine as a question, with the command that answers it there.
 */

import { formatEndpoint } from '../../net/endpoint.ts';
import type { Peer } from '../../plan/plan.ts';
import { unknownWords } from '../explain/step-words.ts';
import type { Station, UnknownPart, World } from '../world.ts';
import type { OpenQuestion } from './finding.ts';
import { peersOf } from './rules/scene.ts';

export function openQuestion(station: Station, part: UnknownPart): OpenQuestion {
  return { machine: station.name, part, fact: unknownWords(part), how: HOW[part] };
}

/** Peers whose machines were not handed over, each as a question; some of them. */
export function missingMachines(world: World): OpenQuestion[] {
  const found = world.stations.flatMap((station) =>
    peersOf(world, station).flatMap(({ peer, other }) => (other === null ? [missingMachine(station, peer)] : [])),
  );
  return found.slice(0, MISSING_AT_MOST);
}

const MISSING_AT_MOST = 5;

function missingMachine({ name }: Station, { note, endpoint }: Peer): OpenQuestion {
  const called = note?.value ?? (endpoint && formatEndpoint(endpoint.value));
  return {
    machine: name,
    part: null,
    fact: `what its peer${called === undefined ? '' : ` ${called}`} is set up to`,
    how: 'the configuration of that machine, or `wg showconf` there',
  };
}

const HOW: Readonly<Record<UnknownPart, string>> = {
  addresses: '`ip -j addr`, or `interfaces` in survey.yaml',
  routes: '`ip -j route` and `ip -j -6 route`, or `routes` in survey.yaml',
  'forwarding-ipv4': '`sysctl net.ipv4.ip_forward`, or `forwarding` in survey.yaml',
  'forwarding-ipv6': '`sysctl net.ipv6.conf.all.forwarding`, or `forwarding` in survey.yaml',
  'input-filter': '`iptables-save` or `nft -j list ruleset`, or `firewall: {input: …}` in survey.yaml',
  'forward-filter': '`iptables-save` or `nft -j list ruleset`, or `firewall: {forward: …}` in survey.yaml',
  'output-filter': '`iptables-save` or `nft -j list ruleset`',
  translations: '`iptables-save -t nat` or `nft -j list ruleset`, or `firewall: {masquerade: …}` in survey.yaml',
  'mss-clamps': '`iptables-save -t mangle` or `nft -j list ruleset`, or `firewall: {mss-clamp: …}` in survey.yaml',
  'neighbour-proxies': '`ip -j neigh show proxy`, or `proxy-arp` and `proxy-ndp` in survey.yaml',
  'reverse-path-filter': '`sysctl -a -r rp_filter`, or `rp-filter` in survey.yaml',
  outside: '`public`, `behind-nat` and `port-forwards` in survey.yaml',
  'gateway-firewall': 'what the default gateway does with connections of which it sees one half',
  'outer-fragments': 'ping -M do -s 1400 to the endpoint, or `path-mtu` in survey.yaml',
  'router-advertisements': '`sysctl -a -r accept_ra`',
};
