/**
 * Tunnels that carry nothing: the cause of each obstacle, at the end where something is to be changed.
 */

import type { Origin } from '../../../plan/plan.ts';
import { stationName } from '../../explain/names.ts';
import { obstacleWords } from '../../explain/obstacles.ts';
import type { TunnelStep } from '../../trace.ts';
import type { Obstacle } from '../../tunnels.ts';
import type { Station, World } from '../../world.ts';
import type { CauseCode } from '../cause-codes.ts';
import type { Culprit } from '../finding.ts';
import { peerBack, type Scene, stationOrigins, tunnelsOf } from './scene.ts';
import { strayCulprit } from './ways.ts';

/** Why the tunnel of `step` does not carry the packet. */
export function tunnelCulprit(scene: Scene, step: TunnelStep): Culprit | null {
  const stray = strayCulprit(scene);
  if (stray !== null) return stray;
  const { other, peer, opening, otherOpening } = step;
  if (step.state === 'idle') return asleepCulprit(scene, step);
  const isOther = opening.obstacle === 'endpoint-missing' && otherOpening !== null && other !== null;
  const [near, far] = isOther ? [other, scene.station] : [scene.station, other];
  const { obstacle, origin } = isOther ? otherOpening : opening;
  // That a machine is disabled is no mistake of anybody.
  if (obstacle === null || obstacle === 'disabled' || obstacle === 'peer-disabled') return null;
  // A machine that was not handed over is no mistake, unless somebody takes the near one for its peer in vain.
  if (obstacle === 'nobody-has-key' && !isLookedFor(scene.world, near)) return null;
  return obstacleCulprit(
    scene.world,
    { near, far, farName: isOther ? scene.station.name : peer.name },
    obstacle,
    origin,
  );
}

/** Nothing makes the other side begin. */
function asleepCulprit({ station }: Scene, { other, peer }: TunnelStep): Culprit | null {
  if (other === null) return null;
  const back = peerBack(station, other);
  return {
    cause: 'keepalive-missing',
    station: other,
    origins: back?.endpoint ? [back.endpoint.origin] : peer.publicKey ? [peer.publicKey.origin] : stationOrigins(other),
    words: `is behind NAT and says nothing by itself, so that ${stationName(station)} does not know where it is until it speaks`,
    cure: `on ${stationName(other)}: PersistentKeepalive = 25 in the section of peer ${station.name}`,
  };
}

interface Ends {
  readonly near: Station;
  /** Null where no device has the key. */
  readonly far: Station | null;
  readonly farName: string;
}

type Mistake = Exclude<Obstacle, 'disabled' | 'peer-disabled'>;

function obstacleCulprit(world: World, ends: Ends, obstacle: Mistake, origin: Origin | null): Culprit {
  const { near, far, farName } = ends;
  const nearName = stationName(near);
  const other = far === null ? farName || 'its peer' : stationName(far);
  const words = `cannot open the tunnel to ${other}: ${obstacleWords(obstacle, nearName, other)}`;
  const at = (station: Station, cause: CauseCode, cure: string): Culprit => ({
    cause,
    station,
    origins: origin === null ? stationOrigins(station) : [origin],
    words: station === near ? words : `is not reached by ${nearName}: ${obstacleWords(obstacle, nearName, other)}`,
    cure,
  });
  const there = far ?? near;
  switch (obstacle) {
    case 'nobody-has-key':
    case 'key-differs':
      return at(
        near,
        'wrong-public-key',
        `on ${nearName}: the public key that \`wg show\` prints on the machine that is meant, as PublicKey of this peer`,
      );
    case 'not-a-peer':
      return {
        ...at(
          there,
          'wrong-public-key',
          `on ${other}: a [Peer] with the public key of ${nearName} (\`wg show\` there prints it)`,
        ),
        origins: strangers(world, there) ?? stationOrigins(there),
      };
    case 'preshared-key-differs':
      return at(near, 'preshared-key-mismatch', `the same PresharedKey on ${nearName} and ${other}, or none on both`);
    case 'endpoint-missing':
      return at(
        near,
        'wrong-endpoint',
        `on ${nearName} or ${other}: an Endpoint for the other; none of the two can begin`,
      );
    case 'endpoint-elsewhere':
      return elsewhereCulprit(at, near, far, other);
    case 'endpoint-family':
      return at(
        near,
        'wrong-endpoint',
        `on ${nearName}: an Endpoint of ${other} in an address family that both have outside`,
      );
    case 'port-differs':
      return at(
        near,
        'port-mismatch',
        `the port of Endpoint on ${nearName}, every published or forwarded port on the way and ListenPort on ${other} must lead to each other`,
      );
    case 'endpoint-in-tunnel':
      return at(
        near,
        'endpoint-routed-into-tunnel',
        `on ${nearName}: a route to the endpoint by the old default gateway; or let wg-quick keep its packets out of the tunnel (0.0.0.0/0 in one piece and no Table line); or leave the endpoint out of AllowedIPs`,
      );
    case 'endpoint-unreachable':
      return at(
        near,
        'wrong-endpoint-route',
        `on ${nearName}: a route to the endpoint of ${other} that leads to the internet`,
      );
    case 'behind-nat':
    case 'port-not-forwarded':
      return forwardCulprit(world, at, there, other);
    case 'forward-filter':
      return at(
        boxBefore(world, there) ?? there,
        'forward-chain-drop',
        `on the box before ${other}: let UDP to the forwarded port through`,
      );
    case 'provider-filter':
      return at(
        there,
        'provider-firewall',
        `in the provider’s firewall of ${other}: let in UDP to the port that it listens on, from any source port`,
      );
    case 'input-filter':
      return at(
        there,
        'input-chain-drop',
        `on ${other}: accept UDP to the port that it listens on, new connections too, in INPUT`,
      );
  }
}

type At = (station: Station, cause: CauseCode, cure: string) => Culprit;

/** A name that was looked up once stands for what it was then. */
function elsewhereCulprit(at: At, near: Station, far: Station | null, other: string): Culprit {
  const peer = far === null ? null : peerBack(far, near);
  const name = peer?.endpoint?.value.host;
  const isStale = near.device?.lookups?.some(
    ({ value }) => value.name === name && value.now !== undefined && value.atStart !== undefined,
  );
  return isStale
    ? at(
        near,
        'stale-endpoint',
        `on ${stationName(near)}: look the name up again (\`wg set\` with the same endpoint, or a restart of the tunnel), and regularly: the reresolve-dns script of wireguard-tools`,
      )
    : at(near, 'wrong-endpoint', `on ${stationName(near)}: an Endpoint that is an address of ${other}`);
}

/** What stands before a machine behind NAT does not hand its port on. */
function forwardCulprit(world: World, at: At, there: Station, other: string): Culprit {
  const box = boxBefore(world, there);
  const port = tunnelsOf(there)[0]?.tunnel.listenPort?.value;
  const found = at(
    box ?? there,
    'port-forward-wrong',
    `on ${box === null ? `the box before ${other}` : stationName(box)}: forward UDP ${port ?? 'its port'} (not TCP) to ${other}; or let ${other} begin, with an Endpoint and PersistentKeepalive`,
  );
  const rules = box?.translations.filter(({ kind }) => kind === 'destination').map(({ origin }) => origin) ?? [];
  return { ...found, origins: rules.length > 0 ? rules : found.origins };
}

/** The default gateway of a LAN of `station`, where it is a device. */
export function boxBefore(world: World, station: Station): Station | null {
  for (const link of station.links) {
    if (link.kind !== 'segment') continue;
    const { lan, attached } = world.segments.get(link.segment)!;
    const named = lan.defaultGatewayName && world.byName.get(lan.defaultGatewayName.value);
    const found =
      named ??
      attached.find((each) =>
        each.link.addresses.some(({ value }) =>
          lan.defaultGateway.some((gateway) => gateway.value.bits === value.bits),
        ),
      )?.station;
    if (found != null && found !== station && found.device !== null) return found;
  }
  return null;
}

/** Whether a machine has `station` as its peer, and is none of its peers. */
function isLookedFor(world: World, station: Station): boolean {
  return world.stations.some(
    (each) => each !== station && peerBack(station, each) !== null && peerBack(each, station) === null,
  );
}

/** Peers of a station whose key nobody has: one of them is meant for whoever is not known. */
function strangers(world: World, station: Station): Origin[] | null {
  const found = tunnelsOf(station).flatMap(({ tunnel }) =>
    tunnel.peers.filter(({ name }) => !world.byName.has(name)).flatMap(({ publicKey }) => publicKey?.origin ?? []),
  );
  return found.length > 0 ? found : null;
}
