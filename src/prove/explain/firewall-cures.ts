/**
 * Cures for what a firewall does, and for what nobody said about one.
 */

import { formatAddress, sameAddress } from '../../net/address.ts';
import type { LanPlan } from '../../plan/plan.ts';
import type { Hop } from '../trace.ts';
import type { UnknownPart, World } from '../world.ts';
import type { Cure } from './cures.ts';
import { linkName, stationName } from './names.ts';
import { unknownWords } from './step-words.ts';
import { carrierOf, lanOf } from './whereabouts.ts';

const FIREWALL_PAGE = 'docs/reference/gateways.md';

/** A filter of `hop` drops the packet. */
export function firewallCures(world: World, hop: Hop): Cure[] {
  const lan = lanOf(world, hop.station, hop.arrivesBy);
  if (hop.station.device === null && lan?.attach?.value === 'static-route') return gatewayCures(world, hop, lan);
  const from = hop.arrivesBy === null ? '' : ` from ${linkName(hop.station, hop.arrivesBy)}`;
  const to = hop.leavesBy === null ? '' : ` to ${linkName(hop.station, hop.leavesBy)}`;
  return [
    {
      kind: 'device',
      text: `on ${stationName(hop.station)}: a rule that accepts this${from}${to}, before the one that drops it`,
    },
  ];
}

/** The default gateway of a LAN sees what the LAN sends, and not what comes from the tunnels. */
function gatewayCures(world: World, hop: Hop, lan: LanPlan): Cure[] {
  const carrier = carrierOf(world, lan, hop.packet.destination);
  return [
    {
      kind: 'device',
      text: `on the default gateway of ${lan.name}: let pass what comes from the LAN and goes to the tunnels, before its state is looked at; \`wg-router config --all DIR\` writes the rule in its words (${FIREWALL_PAGE})`,
    },
    { kind: 'file', text: `when the rule is in place: \`gateway-firewall: exempt\` in LAN ${lan.name}` },
    ...(carrier === null ? [] : spareTheGateway(hop, lan, formatAddress(carrier.address))),
  ];
}

/** Hosts that learn the way themselves do not send by the default gateway. */
function spareTheGateway(hop: Hop, lan: LanPlan, carrier: string): Cure[] {
  const [way, heard] = hop.packet.family === 4 ? ['dhcp', 'DHCP'] : ['ra', 'router advertisements'];
  const host = lan.hosts.find(({ addresses }) =>
    addresses.some(({ value }) => hop.packet.source !== null && sameAddress(value, hop.packet.source)),
  );
  if (!lan.advertise.some(({ value }) => value === way)) {
    const text = `or spare the default gateway: \`advertise: [${way}]\` tells hosts that listen of the way by ${carrier} itself`;
    return [{ kind: 'file', text }];
  }
  if (host === undefined || host.platform !== undefined) return [];
  return [
    {
      kind: 'file',
      text: `or say what ${host.name} is: with a \`platform\` that listens to ${heard} it learns the way by ${carrier} itself`,
    },
  ];
}

/** The answer rests on `part`, which nobody stated. */
export function unknownCures(world: World, hop: Hop, part: UnknownPart): Cure[] {
  const lan = lanOf(world, hop.station, hop.arrivesBy);
  if (part === 'gateway-firewall' && lan !== null) {
    return [
      {
        kind: 'device',
        text: `put the rule from the instructions on the default gateway of ${lan.name} (\`wg-router config --all DIR\`), then write \`gateway-firewall: exempt\` in LAN ${lan.name}`,
      },
      {
        kind: 'file',
        text: `or say what its firewall does: \`gateway-firewall: none\`, \`established\` (as OpenWrt comes), \`drop-invalid\` (as RouterOS comes) or \`lan-to-wan-only\``,
      },
    ];
  }
  if (part === 'outer-fragments') {
    return [
      { kind: 'file', text: `write \`path-mtu\` of ${hop.station.name}, so that tunnel datagrams fit and none is cut` },
    ];
  }
  return [{ kind: 'device', text: `find out on ${stationName(hop.station)}: ${unknownWords(part)}` }];
}
