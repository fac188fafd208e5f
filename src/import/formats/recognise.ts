/**
 * Which format a file has: by what is in it, and by its name where two formats look alike.
 */

import type { FileKind, GivenFile } from '../imported.ts';
import { kindOfIpJson } from './ip-json.ts';
import { SECTION } from './survey-output.ts';

/** Characters looked at. */
const SAMPLE = 65_536;

/** Null when it is none that is read here. */
export function recognise({ path, text }: GivenFile): FileKind | null {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  if (/^(.*\.)?survey\.ya?ml$/.test(name)) return 'survey-yaml';
  const start = text.startsWith('\ufeff') ? 1 : 0;
  const sample = text.slice(start, SAMPLE);
  if (sample.includes('\0')) return null;
  const lines = sample.split('\n', 200).map((line) => line.trim());
  const first = lines.find((line) => line !== '' && !line.startsWith('#')) ?? '';
  if (lines.some((line) => SECTION.test(line))) return 'survey';
  if (/^\[(interface|peer)\]/i.test(first)) return recogniseConfiguration(name, sample);
  if (/^[[{]/.test(first)) return recogniseJson(name, first, sample);
  if (/^\*(filter|nat|mangle|raw|security)$/.test(first)) return recogniseIptables(name, sample);
  if (/^table (ip|ip6|inet|arp|bridge|netdev) \S+ \{|^(flush ruleset|add table |table \S+ \{)/.test(first))
    return 'nft';
  if (/^interface: \S+$/.test(first)) return 'wg-show';
  if (/^(\S+\t)?[A-Za-z0-9+/=()]+\t[A-Za-z0-9+/]{43}=\t[0-9]+\t(off|0x[0-9a-f]+)$/.test(first)) return 'wg-dump';
  if (/^(net|kernel|vm|fs|dev|abi|debug|user|crypto|sunrpc)[./]\S+ *= ?/.test(first)) return 'sysctl';
  return isRoute(first) ? 'ip-route-text' : null;
}

/** What only wg-quick knows, or a name that its files have. */
function recogniseConfiguration(name: string, sample: string): FileKind {
  const isWgQuick = /^\s*(address|dns|mtu|table|saveconfig|(pre|post)(up|down))\s*=/im.test(sample);
  return isWgQuick || (name.endsWith('.conf') && !name.includes('showconf')) ? 'wg-quick' : 'wg-showconf';
}

function recogniseJson(name: string, first: string, sample: string): FileKind | null {
  if (first.startsWith('{')) return sample.includes('"nftables"') ? 'nft-json' : null;
  return kindOfIpJson(sample, name);
}

function recogniseIptables(name: string, sample: string): FileKind {
  const isIpv6 = /ip6tables-save v|^-A .*(ipv6-icmp|icmp6-|-[sd] [0-9a-f]*:)/m.test(sample) || /ip6|ipv6|-6/.test(name);
  return isIpv6 ? 'ip6tables-save' : 'iptables-save';
}

function isRoute(line: string): boolean {
  return /^(default|unreachable|blackhole|prohibit|[0-9a-f.:]+(\/[0-9]+)?) ([0-9a-f.:/]+ )?.*\b(dev|via|metric|proto) \S+/.test(
    line,
  );
}
