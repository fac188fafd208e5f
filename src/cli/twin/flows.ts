/**
 * What a twin saw, by pairs: how one party fared with another, in each family and in all.
 */

import {
  deviceOf,
  type Observation,
  type Trial,
  triedIn,
  type Verdict,
  verdictOf,
} from '../../../lab/twin/trials/observation.ts';
import type { Family } from '../../net/address.ts';

/** Parties by the names of their devices. */
export interface Pair {
  readonly from: string;
  readonly to: string;
  readonly observations: readonly Observation[];
  readonly verdict: Verdict;
}

/** What a matrix shows of a pair: its verdict, or the only family that works. */
export type Cell = Verdict | 'only-ipv4' | 'only-ipv6';

/** Every pair that was tried, in the order of its first observation. */
export function pairsOf(observations: readonly Observation[]): Pair[] {
  const groups = Map.groupBy(observations, ({ from, to }) => `${deviceOf(from)} ${deviceOf(to)}`);
  return [...groups.values()].map((group) => ({
    from: deviceOf(group[0]!.from),
    to: deviceOf(group[0]!.to),
    observations: group,
    verdict: verdictOf(group),
  }));
}

export function cellOf({ observations, verdict }: Pair): Cell {
  const [ipv4, ipv6] = ([4, 6] as const).map((family) => verdictIn(observations, family));
  if (ipv4 === 'works' && ipv6 === 'fails') return 'only-ipv4';
  return ipv4 === 'fails' && ipv6 === 'works' ? 'only-ipv6' : verdict;
}

/** How a pair fares where it is not all or nothing: `IPv4: TCP stalls, the rest works; IPv6: fails`. */
export function detailOf({ observations }: Pair): string {
  const details = ([4, 6] as const).flatMap((family) => {
    const own = observations.filter((each) => each.family === family);
    if (own.length === 0) return [];
    const texts = new Map(own.map((each) => [each.address, textOf(each)]));
    const different = new Set(texts.values());
    if (different.size === 1) return [{ family, text: [...different][0]! }];
    return [{ family, text: [...texts].map(([address, text]) => `${address} ${text}`).join(', ') }];
  });
  if (details.length === 1 || new Set(details.map(({ text }) => text)).size === 1) return details[0]!.text;
  return details.map(({ family, text }) => `IPv${family}: ${text}`).join('; ');
}

/** What a trial is called. */
export const TRIAL_WORDS: Readonly<Record<Trial, string>> = {
  ping: 'ping',
  large: 'large ping',
  tcp: 'TCP',
  udp: 'UDP',
};

function textOf(observation: Observation): string {
  const tried = triedIn(observation);
  const verdict = verdictOf([observation]);
  if (verdict !== 'partly') return verdict;
  const bad = tried.filter(({ fate }) => fate !== 'works').map(({ trial, fate }) => `${TRIAL_WORDS[trial]} ${fate}`);
  const good = tried.filter(({ fate }) => fate === 'works').map(({ trial }) => TRIAL_WORDS[trial]);
  return [...bad, ...(good.length > 0 ? [`${joined(good)} work${good.length === 1 ? 's' : ''}`] : [])].join(', ');
}

function joined(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function verdictIn(observations: readonly Observation[], family: Family): Verdict | null {
  const own = observations.filter((each) => each.family === family);
  return own.length === 0 ? null : verdictOf(own);
}
