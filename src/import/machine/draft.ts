/**
 * What is known of one machine while its files are read: a small model of its kernel, filled by a survey, by
 * configurations and their hooks, and by what commands print, in this order.
 */

import type { Address, Family } from '../../net/address.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { Fact, Origin, UnknownFact } from '../../plan/plan.ts';
import type { RouteLine } from '../formats/ip-route-line.ts';
import type { WgConfiguration } from '../formats/wg-quick.ts';
import type { Place } from '../imported.ts';
import type { Chain, Table } from '../packet/ruleset.ts';
import type { SurveyMachine } from '../survey/survey.ts';
import type { AddressWithLength } from '../text/values.ts';

export interface Draft {
  readonly name: string;
  readonly place: Place;
  readonly survey: SurveyMachine | null;
  readonly tunnels: TunnelDraft[];
  /** Interfaces that are no tunnels of WireGuard, by name. */
  readonly interfaces: Map<string, InterfaceDraft>;
  /** Those of the main table. */
  routes: RouteDraft[];
  /** Of these families a command listed the routes, and left none out. */
  readonly routesObserved: Set<Family>;
  /** Kernel switches by path below `/proc/sys/net`, as last set. */
  readonly switches: Map<string, Fact<string>>;
  /** By family and name; iptables' are called `iptables filter` and so on. */
  readonly tables: Map<string, Table>;
  readonly proxies: ProxyDraft[];
  /** Parts that somebody stated wholly. */
  readonly known: Set<UnknownFact>;
}

export interface InterfaceDraft {
  readonly id: string;
  readonly origin: Origin;
  readonly addresses: Fact<AddressWithLength>[];
}

export interface TunnelDraft {
  id: string;
  readonly configuration: WgConfiguration;
  /** wg-quick brings it up: it makes routes of allowed IPs. */
  readonly isWgQuick: boolean;
  /** Added by hooks. */
  readonly addresses: Fact<AddressWithLength>[];
  mtu?: Fact<number>;
  /** As rules of the machine show it. */
  avoidsItself?: Fact<boolean>;
}

export interface RouteDraft {
  readonly prefix: Prefix;
  readonly kind: RouteLine['kind'];
  readonly device?: string;
  readonly gateway?: Address;
  readonly metric: number;
  readonly isAdvertised: boolean;
  readonly origin: Origin;
}

export interface ProxyDraft {
  readonly address: Address;
  /** Null: on its LAN, whatever the interface is called. */
  readonly device: string | null;
  readonly origin: Origin;
}

export function emptyDraft(name: string, place: Place, survey: SurveyMachine | null): Draft {
  return {
    name,
    place,
    survey,
    tunnels: [],
    interfaces: new Map(),
    routes: [],
    routesObserved: new Set(),
    switches: new Map(),
    tables: new Map(),
    proxies: [],
    known: new Set(),
  };
}

/** Interfaces with addresses of one machine; a switch with a VLAN on each port has a few hundred. */
const INTERFACES_AT_MOST = 1_000;

/** The interface called `id`, made when there is none yet; what is too many is made for nothing. */
export function interfaceOf(draft: Draft, id: string, origin: Origin): InterfaceDraft {
  const there = draft.interfaces.get(id);
  if (there) return there;
  const made: InterfaceDraft = { id, origin, addresses: [] };
  if (draft.interfaces.size >= INTERFACES_AT_MOST) return made;
  draft.interfaces.set(id, made);
  return made;
}

export function routeOf(line: RouteLine, origin: Origin): RouteDraft {
  const { kind, prefix, device, gateway, metric, learned } = line;
  return {
    kind,
    prefix,
    metric,
    isAdvertised: learned === 'ra',
    origin,
    ...(device !== undefined && { device }),
    ...(gateway && { gateway }),
  };
}

type BuiltIn = readonly [name: string, hook: Chain['hook'], kind: Chain['kind']];

const IPTABLES: Readonly<Record<string, { readonly priority: number; readonly chains: readonly BuiltIn[] }>> = {
  filter: {
    priority: 0,
    chains: [
      ['INPUT', 'input', 'filter'],
      ['FORWARD', 'forward', 'filter'],
      ['OUTPUT', 'output', 'filter'],
    ],
  },
  nat: {
    priority: 100,
    chains: [
      ['PREROUTING', 'prerouting', 'nat'],
      ['INPUT', 'input', 'nat'],
      ['OUTPUT', 'output', 'nat'],
      ['POSTROUTING', 'postrouting', 'nat'],
    ],
  },
  mangle: {
    priority: -150,
    chains: [
      ['PREROUTING', 'prerouting', 'mangle'],
      ['INPUT', 'input', 'mangle'],
      ['FORWARD', 'forward', 'mangle'],
      ['OUTPUT', 'output', 'mangle'],
      ['POSTROUTING', 'postrouting', 'mangle'],
    ],
  },
  raw: {
    priority: -300,
    chains: [
      ['PREROUTING', 'prerouting', 'mangle'],
      ['OUTPUT', 'output', 'mangle'],
    ],
  },
  security: {
    priority: 50,
    chains: [
      ['INPUT', 'input', 'filter'],
      ['FORWARD', 'forward', 'filter'],
      ['OUTPUT', 'output', 'filter'],
    ],
  },
};

/** One of iptables' tables, with its built-in chains; null when iptables has none of that name. */
export function iptablesTable(draft: Pick<Draft, 'tables'>, family: Family, name: string): Table | null {
  const built = Object.hasOwn(IPTABLES, name) ? IPTABLES[name] : undefined;
  if (!built) return null;
  const key = `iptables ${family} ${name}`;
  const there = draft.tables.get(key);
  if (there) return there;
  const chains = new Map(
    built.chains.map(([chain, hook, kind]): [string, Chain] => [
      chain,
      { name: chain, hook, kind, priority: built.priority, policy: null, rules: [] },
    ]),
  );
  const table: Table = { name: `iptables ${name}`, family, chains };
  draft.tables.set(key, table);
  return table;
}
