/**
 * Prefixes that get in each other's way. Of two that overlap, one contains the other; a packet to the shared part has
 * two owners, and WireGuard lets the last one win without a word.
 *
 * LANs with the same addresses are joined by showing each under others (`seen-as`). Then their real prefixes are nobody's
 * business but their own, as long as they stay clear of everything that goes through the tunnels.
 */

import type { Diagnostic, Sourced } from '../../description/diagnostic.ts';
import type { Lan } from '../../description/network.ts';
import { formatAddress } from '../../net/address.ts';
import {
  comparePrefixes,
  formatPrefix,
  type Prefix,
  prefixContains,
  prefixesOverlap,
  prefixHas,
  samePrefix,
} from '../../net/prefix.ts';
import { type Directory, mappingsOf, outerPrefixes, prefixesOf } from '../directory.ts';
import { isPartOf } from '../lans.ts';
import { freePrefixes } from './free-prefixes.ts';
import { mistake } from './mistake.ts';

/** A prefix and whose it is. */
interface Claim {
  readonly prefix: Sourced<Prefix>;
  /** Null: the inside prefixes. */
  readonly lan: string | null;
  /** `hidden` is a real prefix behind a `seen-as`; the other two go through the tunnels. */
  readonly as: 'itself' | 'seen-as' | 'hidden';
}

type Offer = (like: Prefix) => Prefix | null;

/**
 * Overlaps between LANs, between a LAN and the inside prefixes, and prefixes that contain the router's own endpoint.
 *
 * Linear but for sorting. Each prefix is reported once in each view, against the smallest that contains it.
 */
export function overlapMistakes(directory: Directory): Diagnostic[] {
  const { lans } = directory.network;
  const inside = directory.inside.map((prefix): Claim => ({ prefix, lan: null, as: 'itself' }));
  const hidden: Claim[] = [];
  const routed: Claim[] = [...inside];
  for (const lan of lans) {
    const name = lan.name.value;
    const real = new Set(prefixesOf(lan));
    for (const prefix of outerPrefixes(lan))
      routed.push({ prefix, lan: name, as: real.has(prefix) ? 'itself' : 'seen-as' });
    for (const mapping of mappingsOf(lan)) hidden.push({ prefix: mapping.real, lan: name, as: 'hidden' });
  }
  const offer = freePrefixes(
    [...routed, ...hidden].map((claim) => claim.prefix.value),
    directory,
  );
  return [
    ...overlapsAmong(routed).map(([outer, inner]) => overlap(outer, inner, offer)),
    ...overlapsBetween(hidden, routed).map(([outer, inner]) => hiddenOverlap(outer, inner, offer)),
    ...directory.network.machines.flatMap((machine) =>
      ambiguousStandings(
        machine.name,
        directory.standings.get(machine.name.value)!.map((standing) => standing.lan),
      ),
    ),
    ...endpointInside(directory, [...routed, ...hidden]),
  ];
}

/**
 * Pairs of which the first contains the second. One sweep over the sorted prefixes: what can contain a prefix is on a
 * stack, so a prefix is compared with those around it only.
 */
function overlapsAmong(claims: readonly Claim[]): [outer: Claim, inner: Claim][] {
  const pairs: [Claim, Claim][] = [];
  const around: Claim[] = [];
  for (const claim of sorted(claims)) {
    while (around.length > 0 && !prefixContains(around.at(-1)!.prefix.value, claim.prefix.value)) around.pop();
    const outer = around.at(-1);
    // Within one LAN the file's reader has said it.
    if (outer && (outer.lan !== claim.lan || outer.as !== claim.as)) pairs.push([outer, claim]);
    around.push(claim);
  }
  return pairs;
}

/** Pairs of one from each side, by the same sweep; prefixes of one side may overlap as they like. */
function overlapsBetween(some: readonly Claim[], others: readonly Claim[]): [outer: Claim, inner: Claim][] {
  if (some.length === 0) return [];
  const pairs: [Claim, Claim][] = [];
  const isSome = new Set(some);
  const around: { readonly claim: Claim; readonly nearest: readonly [some: Claim | null, other: Claim | null] }[] = [];
  for (const claim of sorted([...some, ...others])) {
    while (around.length > 0 && !prefixContains(around.at(-1)!.claim.prefix.value, claim.prefix.value)) around.pop();
    const [ofSome, ofOthers] = around.at(-1)?.nearest ?? [null, null];
    const outer = isSome.has(claim) ? ofOthers : ofSome;
    if (outer) pairs.push([outer, claim]);
    around.push({ claim, nearest: isSome.has(claim) ? [claim, ofOthers] : [ofSome, claim] });
  }
  return pairs;
}

function sorted(claims: readonly Claim[]): Claim[] {
  return claims.toSorted((a, b) => comparePrefixes(a.prefix.value, b.prefix.value));
}

/** Reported where the later of the two is described: that is the one somebody just added. */
function overlap(outer: Claim, inner: Claim, offer: Offer): Diagnostic {
  const innerIsLater = inner.lan !== null && (outer.lan === null || isAfter(inner, outer));
  const [later, earlier] = innerIsLater ? [inner, outer] : [outer, inner];
  const isSeenAs = later.as === 'seen-as' || earlier.as === 'seen-as';
  const help = isSeenAs
    ? seenAsHelp([later, earlier].find((claim) => claim.as === 'seen-as')!, offer)
    : earlier.lan === null
      ? [
          'give one of them other addresses: the LAN if you can renumber it, else `inside` before anything is handed out',
        ]
      : [
          'narrow one of the prefixes, or give one of the LANs other addresses',
          ...mappingHelp([later, earlier], offer),
        ];
  return sayOverlap(later, earlier, help);
}

/** What is behind a `seen-as` may overlap its like, and nothing that goes through the tunnels. */
function hiddenOverlap(outer: Claim, inner: Claim, offer: Offer): Diagnostic {
  const [hidden, routed] = outer.as === 'hidden' ? [outer, inner] : [inner, outer];
  if (routed.lan === null)
    return sayOverlap(hidden, routed, [
      'hosts of the LAN would take addresses inside the tunnels for neighbours: give one of them other addresses',
    ]);
  return sayOverlap(routed, hidden, routed.as === 'seen-as' ? seenAsHelp(routed, offer) : mappingHelp([routed], offer));
}

/** "or give each a `seen-as`, one to one", with prefixes that are free. */
function mappingHelp(claims: readonly Claim[], offer: Offer): string[] {
  const free = claims.map((claim) => ({ lan: claim.lan, prefix: offer(claim.prefix.value) }));
  if (free.some(({ prefix }) => prefix === null))
    return claims.length > 1 ? [] : [`narrow it, or give "${claims[0]!.lan}" a \`seen-as\` that nobody has`];
  const each = free.map(({ lan, prefix }) => `\`seen-as: [${formatPrefix(prefix!)}]\` to "${lan}"`);
  const start = claims.length > 1 ? 'or give' : 'give';
  return [
    `${start} ${each.join(' and ')}: others then reach ${claims.length > 1 ? 'them' : 'it'} by these, one to one`,
  ];
}

function seenAsHelp(claim: Claim, offer: Offer): string[] {
  const free = offer(claim.prefix.value);
  return [free === null ? 'choose a prefix that nobody has' : `write ${formatPrefix(free)} there, which is free`];
}

function sayOverlap(guilty: Claim, other: Claim, help: readonly string[]): Diagnostic {
  const text = formatPrefix(guilty.prefix.value);
  const otherText = formatPrefix(other.prefix.value);
  const whose = other.lan === null ? 'the inside of the tunnels' : `LAN "${other.lan}"`;
  const has = other.as === 'seen-as' ? 'is seen as it' : 'has it';
  const reason = samePrefix(guilty.prefix.value, other.prefix.value)
    ? `${whose} ${has}`
    : `it ${prefixContains(guilty.prefix.value, other.prefix.value) ? 'contains' : 'lies in'} ${otherText} of ${whose}`;
  const what = guilty.as === 'seen-as' ? `show LAN "${guilty.lan}" as ${text}` : `give ${text} to LAN "${guilty.lan}"`;
  return mistake('prefix-overlap', guilty.prefix.place, `Cannot ${what}: ${reason}`, {
    notes: [
      [other.prefix.place, `${other.lan === null ? 'the tunnels take' : `"${other.lan}" takes`} ${otherText} here`],
    ],
    help,
  });
}

function isAfter(a: Claim, b: Claim): boolean {
  const [x, y] = [a.prefix.place, b.prefix.place];
  return x.line !== y.line ? x.line > y.line : x.column > y.column;
}

/** A machine on two LANs with the same addresses could not tell which of them an address is on. */
function ambiguousStandings(machine: Sourced<string>, lans: readonly Lan[]): Diagnostic[] {
  return lans.flatMap((lan, i) =>
    lans.slice(0, i).flatMap((other) => {
      const [own] = mappingsOf(lan).filter(({ real }) =>
        mappingsOf(other).some((mapping) => prefixesOverlap(mapping.real.value, real.value)),
      );
      if (!own) return [];
      const message = `Cannot let "${machine.value}" stand on LAN "${other.name.value}" and LAN "${lan.name.value}": they have the same addresses`;
      return [
        mistake('prefix-overlap', own.real.place, message, {
          notes: [
            [machine.place, `"${machine.value}" stands on both`],
            [other.name.place, `"${other.name.value}" is described here`],
          ],
          help: ['let another machine carry one of them'],
        }),
      ];
    }),
  );
}

/** Whoever routes such a prefix into the tunnel sends the tunnel's own datagrams into it too: nothing works, silently. */
function endpointInside(directory: Directory, claims: readonly Claim[]): Diagnostic[] {
  const { endpoint, name } = directory.router;
  const { address } = endpoint.value;
  if (address === null) return [];
  const { ula } = directory;
  const whole: Claim[] = ula ? [{ prefix: ula, lan: null, as: 'itself' }] : [];
  return [...claims.filter((claim) => !isPartOf(ula, claim.prefix.value)), ...whole]
    .filter((claim) => prefixHas(claim.prefix.value, address))
    .map(({ prefix, lan, as }) => {
      const text = formatPrefix(prefix.value);
      const what =
        lan === null
          ? `use ${text} inside the tunnels`
          : as === 'seen-as'
            ? `show LAN "${lan}" as ${text}`
            : `give ${text} to LAN "${lan}"`;
      const message = `Cannot ${what}: it contains ${formatAddress(address)}, where router "${name.value}" is dialled`;
      return mistake('endpoint-in-prefix', prefix.place, message, {
        notes: [[endpoint.place, `"${name.value}" is dialled here`]],
        help: [
          'the endpoint is the address that machines dial from the internet; correct it, or the prefix',
          'a router needs an address outside of the LANs it connects',
        ],
      });
    });
}
