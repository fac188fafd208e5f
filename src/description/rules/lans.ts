/**
 * What one LAN says about itself: prefixes that do not overlap, `seen-as` that fits them, `lend` that is possible.
 */

import { type Family, formatAddress } from '../../net/address.ts';
import { comparePrefixes, formatPrefix, type Prefix, prefixesOverlap, prefixOf } from '../../net/prefix.ts';
import type { Place, Sourced } from '../diagnostic.ts';
import type { Lan } from '../network.ts';
import { quoted } from '../visible.ts';
import { type RuleContext, reportRepeated } from './rule.ts';

export function checkLans(context: RuleContext): void {
  for (const lan of context.network.lans) {
    const label = `LAN ${quoted(lan.name.value)}`;
    const carved = lan.prefixes.filter((each) => each.value === 'carve');
    reportRepeated(context, carved, `prefixes of ${label}`, String);
    reportOverlaps(context, lan.prefixes.filter(isPrefix), `prefixes of ${label}`);
    reportOverlaps(context, lan.seenAs, `seen-as of ${label}`);
    checkSeenAs(context, lan, label);
    checkLend(context, lan, label);
  }
  checkCarve(context);
  checkBorrowers(context);
}

function isPrefix(each: Sourced<Prefix | 'carve'>): each is Sourced<Prefix> {
  return each.value !== 'carve';
}

/** In sorted order a prefix that contains others stands before them, so that one look back is enough. */
function reportOverlaps(context: RuleContext, prefixes: readonly Sourced<Prefix>[], label: string): void {
  let outer: Sourced<Prefix> | undefined;
  for (const each of [...prefixes].sort((a, b) => comparePrefixes(a.value, b.value))) {
    if (outer === undefined || !prefixesOverlap(outer.value, each.value)) {
      outer = each;
      continue;
    }
    const { value, place } = each;
    context.mistake(
      'prefix-overlap-within-lan',
      place,
      `Cannot use ${formatPrefix(value)} in ${label}: ${formatPrefix(outer.value)} holds it already`,
      {
        help: ['delete one of the two'],
        notes: [{ place: outer.place, message: `${formatPrefix(outer.value)} is here` }],
      },
    );
  }
}

/** The nth `seen-as` prefix of a family belongs to the nth of `prefixes` of that family, and both are equally long. */
function checkSeenAs(context: RuleContext, lan: Lan, label: string): void {
  const seen: Record<Family, number> = { 4: 0, 6: 0 };
  for (const { value, place } of lan.seenAs) {
    const real = lan.prefixes.filter((each) => (each.value === 'carve' ? 6 : each.value.family) === value.family)[
      seen[value.family]++
    ];
    if (real === undefined) {
      context.mistake(
        'seen-as-mismatch',
        place,
        `Cannot use ${formatPrefix(value)} as seen-as of ${label}: no IPv${value.family} prefix of the LAN is left for it`,
        {
          help: ['write one prefix in `seen-as` for each of `prefixes` of the same family, in the same order'],
        },
      );
      continue;
    }
    const length = real.value === 'carve' ? 64 : real.value.length;
    if (length === value.length) continue;
    context.mistake(
      'seen-as-mismatch',
      place,
      `Cannot use ${formatPrefix(value)} as seen-as of ${label}: one to one needs a /${length}`,
      {
        help: [`write ${formatPrefix(prefixOf(value, length))}`],
        notes: [{ place: real.place, message: 'this prefix is seen as it' }],
      },
    );
  }
}

function checkLend(context: RuleContext, lan: Lan, label: string): void {
  const [first] = lan.lend;
  if (first === undefined) return;
  const { place } = first.machine;
  if (lan.attach !== undefined && lan.attach.value !== 'proxy')
    context.mistake(
      'lend-conflict',
      place,
      `Cannot lend addresses of ${label}: it is attached by ${lan.attach.value}`,
      {
        help: ['write attach: proxy, or delete `lend`'],
        notes: [{ place: lan.attach.place, message: 'only under proxy does a machine answer for lent addresses' }],
      },
    );
  if (lan.seenAs[0] !== undefined)
    context.mistake(
      'lend-conflict',
      place,
      `Cannot lend addresses of ${label}: others see the LAN under other addresses`,
      {
        help: ['delete `lend` or `seen-as`'],
        notes: [{ place: lan.seenAs[0].place, message: '`seen-as` is here' }],
      },
    );
  for (const { machine } of lan.lend) {
    if (machine.value === lan.via?.value)
      context.mistake(
        'lend-conflict',
        machine.place,
        `Cannot lend an address of ${label} to ${quoted(machine.value)}: it stands on the LAN and carries it`,
        {
          help: ['write its own address on the LAN as its `lan-address`'],
          notes: [{ place: lan.via.place, message: '`via` is here' }],
        },
      );
  }
}

/** A borrowed address stands in for the inside address of its family, and there is one of those. */
function checkBorrowers(context: RuleContext): void {
  const first = new Map<string, { readonly lan: string; readonly place: Place }>();
  for (const lan of context.network.lans) {
    for (const { machine, addresses } of lan.lend) {
      for (const { value, place } of addresses) {
        const key = `${machine.value} ${value.family}`;
        const earlier = first.get(key);
        if (earlier === undefined) {
          first.set(key, { lan: lan.name.value, place });
          continue;
        }
        context.mistake(
          'lend-conflict',
          place,
          `Cannot lend ${formatAddress(value)} to ${quoted(machine.value)}: it borrows an IPv${value.family} address already`,
          {
            help: ['delete one of the two: a machine has one address of each family'],
            notes: [{ place: earlier.place, message: `it borrows this one from LAN ${quoted(earlier.lan)}` }],
          },
        );
      }
    }
  }
}

function checkCarve(context: RuleContext): void {
  const { network } = context;
  if (network.ula !== undefined) return;
  const carved = [
    ...network.inside,
    ...network.lans.flatMap((lan) => lan.prefixes),
    ...network.machines.flatMap((machine) => machine.lanAddress),
  ];
  for (const { value, place } of carved) {
    if (value === 'carve')
      context.mistake('carve-impossible', place, 'Cannot carve here: the file has no `ula` to carve from', {
        help: ['add a ULA /48 of your own at the top, as in ula: fd4c:91b7:2ae0::/48, or write the prefix'],
      });
  }
}
