/**
 * Prefixes that routers come with out of the box. A machine that comes and goes will meet them: in a café that uses
 * 192.168.1.0/24 too, its own addresses win over the tunnel's on some systems (iOS, wg-quick), and the LAN behind the
 * tunnel cannot be reached from there.
 */

import type { Diagnostic, Sourced } from '../../description/diagnostic.ts';
import { formatPrefix, type Prefix, parsePrefix, prefixesOverlap } from '../../net/prefix.ts';
import { type Directory, outerPrefixes } from '../directory.ts';
import { warning } from './mistake.ts';

const POPULAR: readonly Prefix[] = [
  ...[0, 1, 2, 8, 10, 50, 88, 100, 178].map((third) => `192.168.${third}.0/24`),
  '10.0.0.0/24',
  '10.0.1.0/24',
  ...[16, 17, 18, 19, 20].map((second) => `172.${second}.0.0/16`),
].map((text) => parsePrefix(text) as Prefix);

/**
 * A warning for each popular prefix that a machine without a `lan` reaches through its tunnel.
 *
 * Who reaches it is asked for popular prefixes alone: there are few, and LANs do not overlap.
 */
export function popularPrefixes(directory: Directory): Diagnostic[] {
  const { machines, lans } = directory.network;
  const roaming = machines.filter((machine) => machine.lan.length === 0);
  const whoReaches = (lan: string) =>
    roaming.find((machine) => !machine.routes || machine.routes.value.some((word) => word.value === lan));
  return [
    ...directory.inside
      .filter(isPopular)
      .flatMap((prefix) => popular(prefix, 'the inside of the tunnels', roaming[0]?.name)),
    ...lans.flatMap((lan) =>
      outerPrefixes(lan)
        .filter(isPopular)
        .flatMap((prefix) => popular(prefix, `LAN "${lan.name.value}"`, whoReaches(lan.name.value)?.name)),
    ),
  ];
}

function isPopular({ value }: Sourced<Prefix>): boolean {
  return POPULAR.some((each) => prefixesOverlap(each, value));
}

function popular(prefix: Sourced<Prefix>, whose: string, roamer: Sourced<string> | undefined): Diagnostic[] {
  if (!roamer) return [];
  const text = formatPrefix(prefix.value);
  return [
    warning('popular-prefix', prefix.place, `${text} of ${whose} is used by many other networks`, {
      notes: [[roamer.place, `"${roamer.value}" comes and goes, and cannot reach it from a network that uses it too`]],
      help: ['a prefix that nobody else uses avoids this: for example one drawn at random from 10.0.0.0/8'],
    }),
  ];
}
