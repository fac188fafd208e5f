/**
 * Small packets pass and large ones do not: which tunnel on the way is too wide for the path below it, and who should lower
 * the segment size of TCP for hosts behind it.
 *
 * WireGuard adds 60 bytes over IPv4 and 80 over IPv6. The internet carries 1500 bytes at most and often fewer (PPPoE 1492,
 * mobile networks 1400 and less).
 */

import { stationName } from '../../explain/names.ts';
import type { Run } from '../../flow.ts';
import type { Station, World } from '../../world.ts';
import type { Culprit } from '../finding.ts';
import { culpritOf } from './culprit.ts';
import { stationOrigins, tunnelsOf } from './scene.ts';

export interface SizeSuspect {
  readonly culprit: Culprit;
  readonly weight: number;
}

const OVERHEAD_BYTES = 80;
const INTERNET_BYTES = 1500;
/** What passes below nearly every access network. */
const SAFE_BYTES = 1280;

/** Of a flow whose small packets pass by `run`, the likeliest first. */
export function sizeSuspects(world: World, run: Run): SizeSuspect[] {
  const { hops } = run.packets[0]!.trace;
  const tunnelHops = hops.filter(({ steps }) => steps.some(({ kind }) => kind === 'tunnel'));
  const found: SizeSuspect[] = [];
  if (run.reason?.disposition === 'too-big') {
    const culprit = culpritOf(world, run);
    if (culprit !== null) found.push({ culprit, weight: 3 });
  }
  const ends = new Set(
    hops.flatMap(({ station }) => (tunnelsOf(station).length > 0 && tunnelHops.length > 0 ? [station] : [])),
  );
  for (const station of ends) {
    const link = tunnelsOf(station).find(({ mtu }) => mtu.value + OVERHEAD_BYTES - 20 > INTERNET_BYTES);
    if (link !== undefined) found.push({ culprit: tooHigh(station, link.mtu.value, link.mtu.origin), weight: 3 });
  }
  for (const { station } of tunnelHops) {
    const [link] = tunnelsOf(station);
    const isSender = station === hops[0]!.station;
    if (link === undefined) continue;
    if (!isSender && station.mssClamps.length === 0) found.push({ culprit: unclamped(station, link.id), weight: 2 });
    const weight = isSender ? 2 : 1;
    found.push({ culprit: tooHigh(station, link.mtu.value, link.mtu.origin), weight });
  }
  return found;
}

function tooHigh(station: Station, mtu: number, origin: Culprit['origins'][number] | null): Culprit {
  return {
    cause: 'mtu-too-high',
    station,
    origins: origin === null ? stationOrigins(station) : [origin],
    words: `sends packets of ${mtu} bytes into its tunnel, ${mtu + OVERHEAD_BYTES} with what WireGuard adds: more than a path below it may carry`,
    cure: `on ${stationName(station)} and its peer: MTU = ${SAFE_BYTES} in [Interface]; when that helps, raise it until large packets fail again`,
  };
}

function unclamped(station: Station, id: string): Culprit {
  return {
    cause: 'mss-clamp-missing',
    station,
    origins: stationOrigins(station),
    words: 'forwards TCP of others into its tunnel, and does not lower its segment size to what fits',
    cure: `on ${stationName(station)}: iptables -t mangle -A FORWARD -o ${id} -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu`,
  };
}
