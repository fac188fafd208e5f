/**
 * What should work in a random network, by the table of the ways to join a LAN and nothing else: no routes, no allowed
 * IPs, no packets. It is the third opinion beside what packets do and what is proved.
 *
 * A flow that leaves a LAN and enters another needs both ways: that of hosts out of theirs, and that of strangers into
 * the other one.
 */

import type { Family, HostModel, LanModel, MachineModel, NetworkModel } from './network.ts';

export type Kind = 'ping' | 'large' | 'tcp' | 'udp';

/** Somebody in the network: the router, a machine, a host, or a host that is not named. */
export type Party =
  | { readonly kind: 'router' }
  | { readonly kind: 'machine'; readonly machine: MachineModel }
  | { readonly kind: 'host'; readonly host: HostModel | null; readonly lan: LanModel };

/** Whether `from` opens such a flow to `to` and has its reply; null without a common family. */
export function shouldWork(model: NetworkModel, from: Party, to: Party, family: Family, kind: Kind): boolean | null {
  if (!familiesOf(model, from).includes(family) || !familiesOf(model, to).includes(family)) return null;
  const shared = lansOf(from).find((lan) => lansOf(to).includes(lan));
  // Neighbours: nothing of ours is in between.
  if (shared !== undefined) return shared.families.includes(family) ? true : null;
  const lent = lender(from, to, family) ?? lender(to, from, family);
  if (lent !== null) return true;
  return leaves(from, to, family, kind) && enters(from, to, family, kind);
}

/** The families in which a party has an address. */
export function familiesOf(model: NetworkModel, party: Party): readonly Family[] {
  if (party.kind !== 'host') return model.families;
  return party.host?.families ?? party.lan.families;
}

function lansOf(party: Party): readonly LanModel[] {
  if (party.kind === 'machine') return party.machine.lans;
  return party.kind === 'host' ? [party.lan] : [];
}

/** The LAN of a host, when `borrower` has one of its addresses in this family: they are neighbours. */
function lender(host: Party, borrower: Party, family: Family): LanModel | null {
  if (host.kind !== 'host' || borrower.kind !== 'machine') return null;
  const loan = host.lan.lends.find((each) => each.machine === borrower.machine.name);
  return loan?.families.includes(family) ? host.lan : null;
}

/** Whether what `from` sends finds the router, in time and in order. */
function leaves(from: Party, to: Party, family: Family, kind: Kind): boolean {
  if (from.kind === 'machine') return isRouted(from.machine, to);
  if (from.kind === 'router') return true;
  switch (from.lan.attach) {
    case 'default-gateway':
      return true;
    case 'masquerade':
    case 'proxy':
      return false;
    case 'static-route':
      return (
        knowsRoute(from, family) || passes(from.lan.firewall, { ping: true, large: true, udp: true, tcp: false }[kind])
      );
  }
}

/** Whether `to` gets what a stranger sends, and the stranger what `to` replies. */
function enters(from: Party, to: Party, family: Family, kind: Kind): boolean {
  if (to.kind === 'machine') return isRouted(to.machine, from);
  if (to.kind === 'router') return true;
  switch (to.lan.attach) {
    case 'default-gateway':
    case 'masquerade':
      return true;
    case 'proxy':
      return false;
    case 'static-route':
      return (
        knowsRoute(to, family) || passes(to.lan.firewall, { ping: false, large: false, udp: true, tcp: false }[kind])
      );
  }
}

/** `asState`: whether a gateway that drops what has no state lets it pass. */
function passes(firewall: LanModel['firewall'], asState: boolean): boolean {
  if (firewall === 'drop-invalid') return asState;
  return firewall !== 'lan-to-wan-only';
}

/** Whether a host has learned the way past its default gateway. */
function knowsRoute({ host, lan }: Extract<Party, { kind: 'host' }>, family: Family): boolean {
  const platform = host?.platform ?? null;
  if (platform === null) return false;
  return family === 4 ? lan.advertise.includes('dhcp') : lan.advertise.includes('ra') && platform !== 'macos';
}

/** Whether a machine sends to, and accepts from, `other`. Borrowed addresses count as inside. */
function isRouted({ routes }: MachineModel, other: Party): boolean {
  return routes === null || routes.includes(other.kind === 'host' ? other.lan : 'inside');
}
