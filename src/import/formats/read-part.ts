/**
 * A text of a known format → what it tells about its machine.
 */

import type { Family } from '../../net/address.ts';
import type { FileKind, KeyFunctions } from '../imported.ts';
import type { Observed } from '../machine/observed.ts';
import { readNftJson } from '../packet/nft-json.ts';
import { readNftText } from '../packet/nft-text.ts';
import type { Table } from '../packet/ruleset.ts';
import type { Complaints } from '../text/complaints.ts';
import { readJson } from '../text/json.ts';
import { linesOf, placeOf, type TextPart } from '../text/part.ts';
import { quote } from '../text/quote.ts';
import { readIpAddr, readIpNeigh, readIpRoute, readIpRule } from './ip-json.ts';
import { type RouteLine, readRouteWords } from './ip-route-line.ts';
import { readIptablesSave } from './iptables-save.ts';
import { readSurveyOutput } from './survey-output.ts';
import { readSysctl } from './sysctl-text.ts';
import { readWgQuick } from './wg-quick.ts';
import { type LiveTunnel, readWgDump, readWgShow } from './wg-show.ts';

export interface PartOptions {
  /** What the file, or the section's object, is called: `wg0`. */
  readonly stem: string;
  /** Which family a listing of routes is of, where its command says so. */
  readonly family?: Family;
  /** Keys are already what they become here. */
  readonly ofSurvey?: boolean;
}

export function readPart(
  kind: FileKind,
  part: TextPart,
  keys: KeyFunctions,
  complaints: Complaints,
  options: PartOptions,
): readonly Observed[] {
  switch (kind) {
    case 'wg-quick': {
      const configuration = readWgQuick(part, keys, complaints, options.ofSurvey);
      return [{ kind: 'configuration', stem: options.stem, configuration }];
    }
    case 'wg-showconf':
      return [{ kind: 'tunnels', tunnels: [asLive(part, keys, complaints, options)] }];
    case 'wg-dump':
      return [{ kind: 'tunnels', tunnels: readWgDump(part, keys, complaints, options.stem) }];
    case 'wg-show':
      return [{ kind: 'tunnels', tunnels: readWgShow(part, keys, complaints) }];
    case 'ip-addr':
    case 'ip-link':
    case 'ip-route':
    case 'ip-rule':
    case 'ip-neigh':
    case 'nft-json':
      return readJsonPart(kind, part, complaints, options);
    case 'ip-route-text':
      return [readRouteText(part, complaints, options)];
    case 'iptables-save':
      return [{ kind: 'tables', of: 'iptables 4', tables: readIptablesSave(part, 4, complaints) }];
    case 'ip6tables-save':
      return [{ kind: 'tables', of: 'iptables 6', tables: readIptablesSave(part, 6, complaints) }];
    case 'nft': {
      const tables = new Map<string, Table>();
      readNftText(linesOf(part), tables, complaints);
      return [{ kind: 'tables', of: 'nft', tables }];
    }
    case 'sysctl':
      return [{ kind: 'switches', switches: readSysctl(part, complaints) }];
    case 'survey':
      return readSurveyOutput(part, complaints, (own, section, more) => readPart(own, section, keys, complaints, more));
    case 'survey-yaml':
      return [];
  }
}

function asLive(part: TextPart, keys: KeyFunctions, complaints: Complaints, options: PartOptions): LiveTunnel {
  const { place, publicKey, listenPort, mark, peers } = readWgQuick(part, keys, complaints, options.ofSurvey);
  return {
    id: options.stem,
    place,
    publicKey,
    ...(listenPort && { listenPort }),
    ...(mark && { mark }),
    peers: peers.map((peer) => ({ ...peer, latestHandshake: null, received: 0, sent: 0 })),
  };
}

function readJsonPart(
  kind: 'ip-addr' | 'ip-link' | 'ip-route' | 'ip-rule' | 'ip-neigh' | 'nft-json',
  part: TextPart,
  complaints: Complaints,
  options: PartOptions,
): readonly Observed[] {
  const json = readJson(part, complaints);
  if (json === null) return [];
  switch (kind) {
    case 'ip-addr':
      return [{ kind: 'interfaces', interfaces: readIpAddr(json, complaints) }];
    case 'ip-link':
      // Interfaces without their addresses: nothing that a listing of addresses would not show.
      return [];
    case 'ip-route': {
      const routes = readIpRoute(json, complaints);
      return [{ kind: 'routes', families: familiesOf(routes, options.family), routes }];
    }
    case 'ip-rule':
      return [{ kind: 'rules', rules: readIpRule(json) }];
    case 'ip-neigh': {
      const { proxies, neighbours } = readIpNeigh(json);
      return [...(proxies ? [{ kind: 'proxies' as const, proxies }] : []), { kind: 'neighbours', neighbours }];
    }
    case 'nft-json': {
      const tables = new Map<string, Table>();
      readNftJson(json, tables, complaints);
      return [{ kind: 'tables', of: 'nft', tables }];
    }
  }
}

/** `ip route` without `-j`. */
function readRouteText(part: TextPart, complaints: Complaints, options: PartOptions): Observed {
  const routes: RouteLine[] = [];
  const isIpv6 = options.family === 6 || /^[0-9a-f]+:[0-9a-f:]+\S* dev /m.test(part.text);
  for (const line of linesOf(part)) {
    const words = line.text.trim().split(/\s+/);
    if (words[0] === '') continue;
    const read = readRouteWords(words, placeOf(line), isIpv6 ? 6 : 4);
    if (read === null)
      complaints.notUnderstood(placeOf(line), `cannot read the route ${quote(line.text.trim())}`, ['routes']);
    else if (read !== 'other' && !/^(fe80:|ff00:)/.test(words[0]!)) routes.push(read);
  }
  return { kind: 'routes', families: familiesOf(routes, options.family), routes };
}

function familiesOf(routes: readonly RouteLine[], stated: Family | undefined): readonly Family[] {
  if (stated) return [stated];
  const families = new Set(routes.map(({ prefix }) => prefix.family));
  return families.size > 0 ? [...families] : [4];
}
