/**
 * Cures: what to do about the step at which a flow ends, as an edit of the network file or as something to do on a device.
 *
 * A cure follows from the step and from how the LAN joins, never from the shape of a file. Several stand in the order in
 * which a person would try them.
 */

import { type Address, formatAddress } from '../../net/address.ts';
import { formatPrefix, hostPrefix, type Prefix, prefixHas } from '../../net/prefix.ts';
import type { LanPlan } from '../../plan/plan.ts';
import type { Reason } from '../flow.ts';
import type { Hop, RouteStep, Step } from '../trace.ts';
import type { Station, UnknownPart, World } from '../world.ts';
import { firewallCures, unknownCures } from './firewall-cures.ts';
import { addressText, linkName, stationName } from './names.ts';
import { peerName } from './step-words.ts';
import { tunnelCures } from './tunnel-cures.ts';
import { carrierOf, lanOf, routesWord, whereaboutsOf } from './whereabouts.ts';

export interface Cure {
  /** `file`: an edit of the network file. `device`: to be done on a device. */
  readonly kind: 'file' | 'device';
  readonly text: string;
}

export const inFile = (text: string): Cure => ({ kind: 'file', text });
export const onDevice = (text: string): Cure => ({ kind: 'device', text });

/** What to do about `reason`; `unknown` is the fact on which it rests that nobody stated. */
export function curesOf(world: World, reason: Reason, unknown: UnknownPart | null): readonly Cure[] {
  const { hop, step } = reason;
  if (unknown !== null) return unknownCures(world, hop, unknown);
  switch (step.kind) {
    case 'source-address':
      return [inFile(`give ${stationName(hop.station)} an address in IPv${hop.packet.family}`)];
    case 'route':
    case 'internet':
    case 'allowed-ips-out':
      return routeCures(world, hop, step);
    case 'allowed-ips-in':
      return sourceCures(world, hop, step);
    case 'tunnel':
      return tunnelCures(hop, step);
    case 'filter':
      return firewallCures(world, hop);
    case 'forwarding':
      return [onDevice(`on ${stationName(hop.station)}: ${forwardingCommand(step.family)}`)];
    case 'reverse-path':
      return [
        onDevice(
          `on ${stationName(hop.station)}: sysctl -w net.ipv4.conf.INTERFACE.rp_filter=2, where INTERFACE is the one towards ${linkName(hop.station, step.interface)}`,
        ),
      ];
    case 'size':
      return sizeCures(hop, step);
    case 'neighbour':
      return neighbourCures(hop, step);
    case 'provider':
      return [
        onDevice(
          step.check === 'inbound'
            ? `in the cloud’s firewall for ${stationName(hop.station)}: let in ${protocolOf(hop)}`
            : `in the cloud’s settings of ${stationName(hop.station)}: switch off the check of source and destination`,
        ),
      ];
    case 'delivery':
      return deliveryCures(step, hop);
    default:
      return [];
  }
}

/** A packet that finds no way on: what was to lead it there is not said. */
function routeCures(world: World, hop: Hop, step: RouteStep | Step): Cure[] {
  const destination = step.kind === 'route' ? step.destination : hop.packet.destination;
  const where = whereaboutsOf(world, destination);
  const { station } = hop;
  const word = routesWord(where);
  if (word === null) {
    return [inFile(`describe who has ${formatAddress(destination)}: a machine, or a LAN with its prefix`)];
  }
  if (where.kind === 'inside')
    return [inFile(`nobody inside has ${formatAddress(destination)}: is it the right address?`)];
  if (where.kind === 'lan' && station.kind === 'router') {
    return [inFile(`LAN ${where.lan.name} is known under other addresses: its \`seen-as\``)];
  }
  const isLimited = station.device?.routes.some(
    ({ origin }) => origin.kind === 'rule' && origin.rule === 'routes-of-machine',
  );
  if (isLimited) return [inFile(`add \`${word}\` to \`routes\` of machine ${station.name}`)];
  const lan = lanOf(world, station, hop.arrivesBy);
  return lan === null ? commandsFor(station, destination) : lanCures(world, lan, destination);
}

/** A host of a LAN sends to its default gateway what the default gateway cannot pass on. */
function lanCures(world: World, lan: LanPlan, destination: Address): Cure[] {
  const carrier = carrierOf(world, lan, destination);
  const byHand =
    carrier === null
      ? []
      : [
          onDevice(
            `or on the host itself, if it runs Linux: ip route add ${formatPrefix(widest(world, destination))} via ${formatAddress(carrier.address)}`,
          ),
        ];
  switch (lan.attach?.value) {
    case 'masquerade':
      return [
        inFile(
          `with \`attach: masquerade\` hosts of LAN ${lan.name} can answer and not begin: write \`attach: static-route\` where its default gateway may get a route, \`attach: proxy\` where it has unused addresses`,
        ),
        ...byHand,
      ];
    case 'proxy': {
      const where = whereaboutsOf(world, destination);
      const lend =
        where.kind === 'device' && where.device.kind === 'machine'
          ? [
              inFile(
                `hosts of LAN ${lan.name} reach only who borrows an address there: add ${where.device.name} to its \`lend\` with an unused IPv${destination.family} address`,
              ),
            ]
          : [
              inFile(
                `with \`attach: proxy\` hosts of LAN ${lan.name} reach only machines that borrow an address there; \`attach: static-route\` reaches everybody`,
              ),
            ];
      return [...lend, ...byHand];
    }
    case 'static-route':
      return [
        inFile(
          `LAN ${lan.name} joins by static route in the families of its prefixes: give it, \`via\` and the default gateway an IPv${destination.family} address`,
        ),
      ];
    default:
      return carrier === null
        ? []
        : [
            onDevice(
              `on the default gateway of ${lan.name}: a route to ${formatPrefix(widest(world, destination))} by ${formatAddress(carrier.address)} (${stationName(carrier.station)})`,
            ),
          ];
  }
}

/** The inside or LAN prefix that `address` is in: one route for all who are there. */
function widest({ plan }: World, address: Address): Prefix {
  const prefixes = [
    ...plan.inside,
    ...plan.lans.flatMap((lan) => [...lan.seenAs.map(({ seenAs }) => seenAs), ...lan.prefixes]),
  ];
  return prefixes.find(({ value }) => prefixHas(value, address))?.value ?? hostPrefix(address);
}

function commandsFor(station: Station, destination: Address): Cure[] {
  const tunnel = station.links.find(({ kind }) => kind === 'tunnel');
  return tunnel === undefined
    ? []
    : [
        onDevice(
          `on ${stationName(station)}: a route to ${formatPrefix(hostPrefix(destination))}, and the same prefix in \`AllowedIPs\` of the peer behind which it is`,
        ),
      ];
}

/** A source that WireGuard does not accept from whoever sent it. */
function sourceCures(world: World, { station }: Hop, step: Extract<Step, { kind: 'allowed-ips-in' }>): Cure[] {
  const word = routesWord(whereaboutsOf(world, step.source));
  const isLimited = station.device?.routes.some(
    ({ origin }) => origin.kind === 'rule' && origin.rule === 'routes-of-machine',
  );
  if (isLimited && word !== null) {
    return [inFile(`add \`${word}\` to \`routes\` of machine ${station.name}: it accepts only from whom it sends to`)];
  }
  const prefix = formatPrefix(hostPrefix(step.source));
  return step.owner === null
    ? [
        onDevice(
          `on ${stationName(station)}: add ${prefix}, or the prefix it is in, to \`AllowedIPs\` of ${peerName(step.sender)}`,
        ),
      ]
    : [
        onDevice(
          `on ${stationName(station)}: ${addressText(step.source)} can belong to one peer only; take it from ${peerName(step.owner)} or from ${peerName(step.sender)}`,
        ),
      ];
}

function sizeCures({ station }: Hop, step: Extract<Step, { kind: 'size' }>): Cure[] {
  const { name } = station;
  if (step.of === 'outer') {
    return [inFile(`write \`path-mtu: ${step.mtuBytes}\` of ${name}: its MTU follows, and everybody’s towards it`)];
  }
  const isTunnel = station.links.some(({ kind, id }) => kind === 'tunnel' && id === step.interface);
  return isTunnel
    ? [inFile(`write \`mtu: ${step.mtuBytes}\` of whoever sends, or a larger one of ${name}`)]
    : [onDevice(`an MTU of ${step.mtuBytes} bytes at the sender`)];
}

function neighbourCures({ station }: Hop, step: Extract<Step, { kind: 'neighbour' }>): Cure[] {
  const [silent] = step.silent;
  if (silent !== undefined) {
    const who = stationName(silent.station);
    return silent.because === 'not-forwarding'
      ? [onDevice(`on ${who}: ${forwardingCommand(step.address.family)}`)]
      : [onDevice(`on ${who}: route ${addressText(step.address)} into its tunnel`)];
  }
  return [
    onDevice(
      `is ${addressText(step.address)} the right address? ${stationName(station)} looks for it on LAN ${step.segment}, where nobody described has it`,
    ),
  ];
}

function deliveryCures(step: Extract<Step, { kind: 'delivery' }>, hop: Hop): Cure[] {
  if (step.ends === 'delivered-elsewhere') {
    return [
      inFile(
        `two have ${addressText(step.address)}; ${stationName(hop.station)} is one of them: give one another address`,
      ),
    ];
  }
  return step.ends === 'unexpected-reply' ? [inFile('call it by the address under which it answers')] : [];
}

function protocolOf({ packet }: Hop): string {
  return packet.protocol === 'icmp' ? 'ping (ICMP)' : `${packet.protocol}/${packet.destinationPort}`;
}

function forwardingCommand(family: 4 | 6): string {
  return family === 4 ? 'sysctl -w net.ipv4.ip_forward=1' : 'sysctl -w net.ipv6.conf.all.forwarding=1';
}
