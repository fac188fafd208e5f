/**
 * A packet that arrives somewhere with a source that nobody there can answer, or accept, where a masquerade would help:
 * there is none, or one that does not fit it.
 */

import type { Address } from '../../../net/address.ts';
import { formatPrefix, prefixHas } from '../../../net/prefix.ts';
import type { Translation } from '../../../plan/plan.ts';
import { addressText, linkName, stationName } from '../../explain/names.ts';
import type { Hop } from '../../trace.ts';
import type { Station } from '../../world.ts';
import type { Culprit } from '../finding.ts';
import { type Scene, stationOrigins } from './scene.ts';

type Masquerade = Extract<Translation, { kind: 'masquerade' | 'source' }>;

/** The packet left with a private source, so that no reply can come. */
export function masqueradeCulprit(scene: Scene): Culprit {
  const { hop, station } = scene;
  const source = addressText(hop.packet.source);
  const out = hop.leavesBy === null ? 'the way out' : linkName(station, hop.leavesBy);
  return (
    misfit(hop, station) ?? {
      cause: 'masquerade-missing',
      station,
      origins: stationOrigins(station),
      words: `sends on from ${source} to ${out} under that address, to which nothing there finds back`,
      cure: `on ${stationName(station)}: iptables -t nat -A POSTROUTING -o ${interfaceName(hop, station)} -s ${source} -j MASQUERADE`,
    }
  );
}

/** A masquerade of `station` that was meant for what `hop` passes on, and does not fit it; null when there is none. */
export function misfit(hop: Hop, station: Station): Culprit | null {
  const { packet } = hop;
  if (packet.source === null || hop.arrivesBy === null) return null;
  const rules = masquerades(station).filter(({ family }) => family === packet.family);
  const forSource = rules.filter(({ source }) => source === undefined || prefixHas(source, packet.source!));
  const elsewhere = forSource.find(({ to }) => to !== undefined && to !== hop.leavesBy);
  const here = rules.find(({ to }) => to === undefined || to === hop.leavesBy);
  const out = linkName(station, hop.leavesBy ?? '');
  if (here !== undefined && !forSource.includes(here)) {
    return {
      cause: 'masquerade-source-mismatch',
      station,
      origins: [here.origin],
      words: `has a masquerade for ${formatPrefix(here.source!)} only, and the packet comes from ${addressText(packet.source)}`,
      cure: `on ${stationName(station)}: the masquerade for the source ${addressText(packet.source)}, or for all that leaves by this interface`,
    };
  }
  if (elsewhere === undefined || here !== undefined) return null;
  return {
    cause: 'masquerade-wrong-interface',
    station,
    origins: [elsewhere.origin],
    words: `has a masquerade for what leaves by ${elsewhere.to}, and this packet leaves to ${out}`,
    cure: `on ${stationName(station)}: the masquerade with \`-o ${interfaceName(hop, station)}\`; or, without translation, the source in the allowed IPs and routes of the other side`,
  };
}

/** As a command names it: an interface without a known name is called by what it is. */
function interfaceName({ leavesBy }: Hop, { links }: Station): string {
  return leavesBy !== null && links.some(({ id }) => id === leavesBy) && /^[\w.-]+$/.test(leavesBy)
    ? leavesBy
    : 'INTERFACE';
}

export function masquerades({ translations }: Station): Masquerade[] {
  return translations.filter((each) => each.kind === 'masquerade' || each.kind === 'source');
}

/**
 * A packet is refused under the source that a masquerade gave it, and would be let in under its own: the masquerade takes
 * more than it was meant for.
 */
export function tooBroadCulprit({ packet, hop, run }: Scene): Culprit | null {
  const refusing = run.reason!.hop.station;
  for (const { station, steps } of packet.trace.hops) {
    if (station === hop.station) break;
    for (const step of steps) {
      if (step.kind !== 'translation' || step.field !== 'source' || step.rule?.kind !== 'masquerade') continue;
      if (!wouldAccept(refusing, step.before, hop.arrivesBy)) continue;
      return {
        cause: 'masquerade-too-broad',
        station,
        origins: [step.rule.origin],
        words: `hides ${addressText(step.before)} behind ${addressText(step.after)}, which ${stationName(refusing)} does not let in; it would let in ${addressText(step.before)}`,
        cure: `on ${stationName(station)}: the masquerade for its way to the internet only (\`-o\` with that interface), and none into the tunnel`,
      };
    }
  }
  return null;
}

/** By a rule of its filter for that source, or by the allowed IPs of the tunnel. */
function wouldAccept({ filters, links }: Station, source: Address, arrivesBy: string | null): boolean {
  const isListed = filters.some(
    (rule) => rule.action === 'accept' && rule.source !== undefined && prefixHas(rule.source, source),
  );
  const link = links.find(({ id }) => id === arrivesBy);
  return isListed || (filters.length === 0 && link?.kind === 'tunnel' && link.peers.owner(source) !== null);
}
