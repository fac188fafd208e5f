/**
 * The cause of a failing run: from the step at which it ends and what stands around it to one code. A closed table: every
 * kind of step has its rule here or in a file beside this one, and no rule looks at anything but the model.
 */

import type { Origin } from '../../../plan/plan.ts';
import { addressText, linkName, stationName } from '../../explain/names.ts';
import { stepWords, unknownWords } from '../../explain/step-words.ts';
import type { Run } from '../../flow.ts';
import type { AssumptionStep, FilterStep, ForwardingStep, SizeStep } from '../../trace.ts';
import type { World } from '../../world.ts';
import type { CauseCode } from '../cause-codes.ts';
import type { Culprit } from '../finding.ts';
import { deliveryCulprit, neighbourCulprit } from './addresses.ts';
import { masqueradeCulprit, tooBroadCulprit } from './masquerade.ts';
import { type Scene, sceneOf, stationOrigins } from './scene.ts';
import { tunnelCulprit } from './tunnels-down.ts';
import { sourceCulprit, wayCulprit } from './ways.ts';

/** Why `run` fails; null when it does not, or when no cause of the list fits. */
export function culpritOf(world: World, run: Run): Culprit | null {
  if (run.reason === null) return null;
  const scene = sceneOf(world, run, run.reason);
  const { step, hop } = scene;
  switch (step.kind) {
    case 'source-address':
    case 'route':
      return wayCulprit(scene, step.kind === 'route' ? step.destination : hop.packet.destination);
    case 'allowed-ips-out':
      return wayCulprit(scene, step.destination);
    case 'internet':
      return step.because === 'private-source' ? masqueradeCulprit(scene) : wayCulprit(scene, hop.packet.destination);
    case 'tunnel':
      return tunnelCulprit(scene, step);
    case 'allowed-ips-in':
      return sourceCulprit(scene, step);
    case 'neighbour':
      return neighbourCulprit(scene, step);
    case 'delivery':
      return deliveryCulprit(scene, step);
    case 'forwarding':
      return forwardingCulprit(scene, step);
    case 'filter':
      return filterCulprit(scene, step);
    case 'reverse-path':
      return reversePathCulprit(scene, step.origin);
    case 'size':
      return sizeCulprit(scene, step);
    case 'provider':
      return providerCulprit(scene, step.check, step.origin);
    case 'back-to-sender':
    case 'hop-limit':
      return loopCulprit(scene);
    case 'assumption':
      return assumedCulprit(scene, step);
    default:
      return null;
  }
}

/** A culprit at the station where it ends, in the words of the step. */
function here(scene: Scene, cause: CauseCode, origin: Origin | null, cure: string): Culprit {
  const { station, step, run } = scene;
  const words = station === run.reason!.hop.station ? stepWords(step, run.reason!.hop) : stepWords(step, scene.hop);
  return { cause, station, origins: origin === null ? stationOrigins(station) : [origin], words, cure };
}

function forwardingCulprit(scene: Scene, { family, origin }: ForwardingStep): Culprit {
  return here(scene, 'ip-forward-off', origin, forwardingCure(scene, family));
}

function forwardingCure({ station }: Scene, family: 4 | 6): string {
  const command = family === 4 ? 'net.ipv4.ip_forward=1' : 'net.ipv6.conf.all.forwarding=1';
  return `on ${stationName(station)}: sysctl -w ${command}, and the same in /etc/sysctl.d so that it outlives a restart`;
}

function filterCulprit(scene: Scene, { hook, rule, state }: FilterStep): Culprit {
  const { isReply, station } = scene;
  const broad = tooBroadCulprit(scene);
  if (broad !== null) return broad;
  const halfSeen = scene.hop.steps.some((step) => step.kind === 'tracking' && step.because !== null);
  if (state === 'invalid' && halfSeen)
    return here(scene, 'asymmetric-stateful-firewall', rule.origin, halfSeenCure(scene));
  const cause = filterCause(scene, hook);
  const from = scene.hop.arrivesBy === null ? '' : ` from ${linkName(station, scene.hop.arrivesBy)}`;
  const what = isReply ? 'what belongs to an established connection (ct state established,related)' : 'it';
  return here(
    scene,
    cause,
    rule.origin,
    `on ${stationName(station)}: accept ${what}${from} in ${hook.toUpperCase()}, before the rule or policy that drops it`,
  );
}

function filterCause({ isReply, station, world }: Scene, hook: FilterStep['hook']): CauseCode {
  if (isReply) return 'return-traffic-filtered';
  if (hook === 'forward') return 'forward-chain-drop';
  const isHub = world.plan.devices.some(({ interfaces }) =>
    interfaces.some(
      (each) => each.kind === 'wireguard' && each.peers.some((peer) => peer.name === station.name && peer.endpoint),
    ),
  );
  return hook === 'input' && isHub ? 'input-chain-drop' : 'target-host-filter';
}

function halfSeenCure({ station, hop }: Scene): string {
  const to = hop.leavesBy === null ? '' : ` to ${linkName(station, hop.leavesBy)}`;
  return `on ${stationName(station)}: accept this traffic${to} before connection tracking calls it invalid, or give the hosts a route of their own so that both halves go the same way`;
}

function reversePathCulprit(scene: Scene, origin: Origin | null): Culprit {
  return here(
    scene,
    'rp-filter',
    origin,
    `on ${stationName(scene.station)}: sysctl -w net.ipv4.conf.all.rp_filter=2 (loose), or a route back by the interface that it came by`,
  );
}

function sizeCulprit(scene: Scene, { of, origin, mtuBytes, interface: id }: SizeStep): Culprit {
  const { station, packet } = scene;
  const isSender = packet.trace.hops[0]!.station === station;
  if (of === 'inner' && !isSender) {
    return here(
      scene,
      'mss-clamp-missing',
      origin,
      `on ${stationName(station)}: iptables -t mangle -A FORWARD -o ${id} -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu`,
    );
  }
  const fits = of === 'outer' ? mtuBytes - 80 : mtuBytes;
  return here(scene, 'mtu-too-high', origin, `on ${stationName(station)}: MTU = ${fits} in [Interface], or less`);
}

function providerCulprit(scene: Scene, check: 'source-destination' | 'inbound', origin: Origin | null): Culprit {
  const name = stationName(scene.station);
  return check === 'inbound'
    ? here(scene, 'provider-firewall', origin, `let it in in the provider’s firewall of ${name}`)
    : here(
        scene,
        'cloud-source-dest-check',
        origin,
        `switch off the check of source and destination of ${name} in its cloud’s settings`,
      );
}

/** It goes round: somebody sends on by a tunnel what is to come out of it. */
function loopCulprit(scene: Scene): Culprit {
  const { station, hop } = scene;
  const route = hop.steps.findLast((step) => step.kind === 'allowed-ips-out');
  return here(
    scene,
    'hub-routes-own-lan-to-peer',
    route?.origin ?? null,
    `on ${stationName(station)}: take ${addressText(hop.packet.destination)} out of the allowed IPs of the peer that it comes from`,
  );
}

/** The step that ends a run when an unknown fact is taken to be against it. */
function assumedCulprit(scene: Scene, { part }: AssumptionStep): Culprit | null {
  const { station, isReply } = scene;
  const find = (cause: CauseCode, cure: string): Culprit => ({
    cause,
    station,
    origins: stationOrigins(station),
    words: `might stop it: ${unknownWords(part)} is not known`,
    cure,
  });
  const name = stationName(station);
  switch (part) {
    case 'forwarding-ipv4':
    case 'forwarding-ipv6':
      return find('ip-forward-off', forwardingCure(scene, part === 'forwarding-ipv4' ? 4 : 6));
    case 'forward-filter':
      return find(
        isReply ? 'return-traffic-filtered' : 'forward-chain-drop',
        `on ${name}: look whether FORWARD drops (iptables -S FORWARD, nft list ruleset), and accept what goes into and comes out of the tunnel`,
      );
    case 'input-filter':
    case 'output-filter':
      return find(
        filterCause(scene, part === 'input-filter' ? 'input' : 'output'),
        `on ${name}: let it through in its own firewall`,
      );
    case 'reverse-path-filter':
      return reversePathCulprit(scene, null);
    case 'gateway-firewall':
      return find('asymmetric-stateful-firewall', halfSeenCure(scene));
    case 'outer-fragments':
      return find('mtu-too-high', `on ${name}: a lower MTU in [Interface], so that no datagram is cut`);
    case 'router-advertisements':
      return find(
        'ipv6-accept-ra-lost',
        `on ${name}: sysctl -w net.ipv6.conf.INTERFACE.accept_ra=2 on the interface towards its router`,
      );
    case 'translations':
      return masqueradeCulprit(scene);
    case 'neighbour-proxies':
      return find(
        scene.hop.packet.family === 4 ? 'proxy-arp-missing' : 'proxy-ndp-missing',
        `on ${name}: ip neigh add proxy ${addressText(scene.hop.packet.destination)} dev its LAN interface`,
      );
    case 'routes':
      return wayCulprit(scene, scene.hop.packet.destination);
    default:
      return null;
  }
}
