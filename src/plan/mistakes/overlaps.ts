/**
 * Prefixes that get in each other's way. Of two that overlap, one contains the other; a packet to the shared part has
 * two owners, and WireGuard lets the last one win without a word.
 */

import type { Diagnostic, Sourced } from '../../description/diagnostic.ts';
import { formatAddress } from '../../net/address.ts';
import { comparePrefixes, formatPrefix, type Prefix, prefixContains, prefixHas, samePrefix } from '../../net/prefix.ts';
import { type Directory, prefixesOf } from '../directory.ts';
import { isPartOf } from '../lans.ts';
import { mistake } from './mistake.ts';

/** A prefix and whose it is. */
interface Claim {
  readonly prefix: Sourced<Prefix>;
  /** Null: the inside prefixes. */
  readonly lan: string | null;
}

/**
 * Overlaps between LANs, between a LAN and the inside prefixes, and prefixes that contain the router's own endpoint.
 *
 * One sweep over the sorted prefixes: what can contain a prefix is on a stack, so a prefix is compared with those
 * around it only. Each is reported against the smallest that contains it.
 */
export function overlapMistakes(directory: Directory): Diagnostic[] {
  const claims: Claim[] = [
    ...directory.inside.map((prefix) => ({ prefix, lan: null })),
    ...directory.network.lans.flatMap((lan) => prefixesOf(lan).map((prefix) => ({ prefix, lan: lan.name.value }))),
  ];
  const diagnostics: Diagnostic[] = [];
  const around: Claim[] = [];
  for (const claim of claims.toSorted((a, b) => comparePrefixes(a.prefix.value, b.prefix.value))) {
    while (around.length > 0 && !prefixContains(around.at(-1)!.prefix.value, claim.prefix.value)) around.pop();
    const outer = around.at(-1);
    // Within one LAN the file's reader has said it.
    if (outer && outer.lan !== claim.lan) diagnostics.push(overlap(outer, claim));
    around.push(claim);
  }
  return [...diagnostics, ...endpointInside(directory, claims)];
}

/** Reported where the later of the two is described: that is the one somebody just added. */
function overlap(outer: Claim, inner: Claim): Diagnostic {
  const innerIsLater = inner.lan !== null && (outer.lan === null || isAfter(inner, outer));
  const [later, earlier] = innerIsLater ? [inner, outer] : [outer, inner];
  const text = formatPrefix(later.prefix.value);
  const other = formatPrefix(earlier.prefix.value);
  const whose = earlier.lan === null ? 'the inside of the tunnels' : `LAN "${earlier.lan}"`;
  const reason = samePrefix(outer.prefix.value, inner.prefix.value)
    ? `${whose} has it`
    : `it ${later === outer ? 'contains' : 'lies in'} ${other} of ${whose}`;
  const help =
    earlier.lan === null
      ? [
          'give one of them other addresses: the LAN if you can renumber it, else `inside` before anything is handed out',
        ]
      : ['narrow one of the prefixes, or give one of the LANs other addresses'];
  return mistake('prefix-overlap', later.prefix.place, `Cannot give ${text} to LAN "${later.lan}": ${reason}`, {
    notes: [
      [earlier.prefix.place, `${earlier.lan === null ? 'the tunnels take' : `"${earlier.lan}" takes`} ${other} here`],
    ],
    help,
  });
}

function isAfter(a: Claim, b: Claim): boolean {
  const [x, y] = [a.prefix.place, b.prefix.place];
  return x.line !== y.line ? x.line > y.line : x.column > y.column;
}

/** Whoever routes such a prefix into the tunnel sends the tunnel's own datagrams into it too: nothing works, silently. */
function endpointInside(directory: Directory, claims: readonly Claim[]): Diagnostic[] {
  const { endpoint, name } = directory.router;
  const { address } = endpoint.value;
  if (address === null) return [];
  const { ula } = directory;
  const whole = ula ? [{ prefix: ula, lan: null }] : [];
  return [...claims.filter((claim) => !isPartOf(ula, claim.prefix.value)), ...whole]
    .filter((claim) => prefixHas(claim.prefix.value, address))
    .map(({ prefix, lan }) => {
      const text = formatPrefix(prefix.value);
      const what = lan === null ? `use ${text} inside the tunnels` : `give ${text} to LAN "${lan}"`;
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
