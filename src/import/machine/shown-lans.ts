/**
 * LANs that no survey names: what a machine's own interfaces show, each with a private prefix.
 *
 * Two machines with the same prefix may stand on one LAN or on two: homes everywhere use the same ones. They are on one
 * when both see the same default gateway, by its link-layer address; else they are told apart.
 */

import { formatAddress } from '../../net/address.ts';
import { formatPrefix, type Prefix, prefixContains, prefixHas } from '../../net/prefix.ts';
import type { Fact, LanPlan } from '../../plan/plan.ts';
import { readPrefix } from '../text/values.ts';
import type { Draft, InterfaceDraft } from './draft.ts';
import type { Observed } from './observed.ts';
import { isSame, onLinkPrefix, type Standing } from './standing.ts';

export interface ShownLans {
  readonly lans: readonly LanPlan[];
  /** By machine. */
  readonly standings: ReadonlyMap<string, readonly Standing[]>;
}

/** RFC 1918, RFC 6598, RFC 4193. */
const PRIVATE: readonly Prefix[] = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'].map(
  (text) => readPrefix(text)!,
);

/** Interfaces of other programs: what is behind them is inside the machine, or another tunnel. */
const OTHERS =
  /^(wg|utun|tun|tap|ppp|docker|br-[0-9a-f]{6,}|veth|virbr|lxc|lxd|cni|flannel|cali|vnet|dummy|zt|tailscale)/;

/** LANs of the machines that no survey puts on one, of interfaces that a command showed. */
export function shownLans(
  drafts: readonly Draft[],
  observed: ReadonlyMap<string, readonly Observed[]>,
  stated: ReadonlyMap<string, readonly Standing[]>,
): ShownLans {
  const lans = new Map<string, LanPlan>();
  const standings = new Map<string, Standing[]>();
  for (const draft of drafts) {
    const own = observed.get(draft.name) ?? [];
    if (stated.has(draft.name) || !own.some((each) => each.kind === 'interfaces')) continue;
    for (const wire of draft.interfaces.values()) {
      const prefixes = privatePrefixes(wire);
      if (OTHERS.test(wire.id) || prefixes.length === 0) continue;
      const gateways = gatewaysOn(draft, wire.id, prefixes);
      const seen = gatewaySeen(own, wire.id, gateways);
      const name = `${draft.name}-${wire.id}`;
      const key = seen === null ? name : `${seen} ${prefixes.map(({ value }) => formatPrefix(value)).join(' ')}`;
      const lan = lans.get(key) ?? lanOf(name, draft, prefixes, gateways);
      lans.set(key, lan);
      const standing: Standing = {
        lan: lan.name,
        prefixes: lan.prefixes,
        addresses: wire.addresses
          .filter(({ value }) => prefixes.some((prefix) => prefixHas(prefix.value, value.address)))
          .map(({ value, origin }) => ({ value: value.address, origin })),
        isGateway: gateways.length === 0 && lan.defaultGateway.length === 0,
        gateways,
        origin: wire.origin,
      };
      standings.set(draft.name, [...(standings.get(draft.name) ?? []), standing]);
    }
  }
  return { lans: [...lans.values()], standings };
}

function privatePrefixes({ addresses }: InterfaceDraft): Fact<Prefix>[] {
  const prefixes: Fact<Prefix>[] = [];
  for (const { value, origin } of addresses) {
    const prefix = onLinkPrefix(value);
    const isAlone = value.length === (value.address.family === 4 ? 32 : 128);
    if (isAlone || !PRIVATE.some((each) => prefixContains(each, prefix))) continue;
    if (prefixes.some((each) => formatPrefix(each.value) === formatPrefix(prefix))) continue;
    prefixes.push({ value: prefix, origin: { kind: 'rule', rule: 'lan-of-interface', because: [origin] } });
  }
  return prefixes;
}

function gatewaysOn(draft: Draft, id: string, prefixes: readonly Fact<Prefix>[]): Standing['gateways'] {
  return draft.routes.flatMap(({ prefix, device, gateway, origin }) =>
    prefix.length === 0 && device === id && gateway && prefixes.some(({ value }) => prefixHas(value, gateway))
      ? [{ value: gateway, origin }]
      : [],
  );
}

/** The link-layer address of the default gateway, where the machine has seen it. */
function gatewaySeen(observed: readonly Observed[], id: string, gateways: Standing['gateways']): string | null {
  for (const each of observed) {
    if (each.kind !== 'neighbours') continue;
    const found = each.neighbours.find(
      ({ address, device }) => device === id && gateways.some(({ value }) => isSame(value, address)),
    );
    if (found) return `${formatAddress(found.address)} ${found.mac}`;
  }
  return null;
}

function lanOf(name: string, draft: Draft, prefixes: readonly Fact<Prefix>[], gateways: Standing['gateways']): LanPlan {
  return {
    name,
    place: draft.place,
    prefixes,
    seenAs: [],
    via: null,
    attach: null,
    defaultGateway: gateways,
    defaultGatewayPlatform: null,
    gatewayFirewall: null,
    advertise: [],
    gatewayRoutes: [],
    lent: [],
    hosts: [],
  };
}
