/**
 * Names: each means one thing in the whole file, each that is used is defined and of the right kind, and no group
 * holds itself.
 */

import type { Place, Sourced } from '../diagnostic.ts';
import type { Group } from '../network.ts';
import { nearestWord } from '../schema/nearest-word.ts';
import { sentenceNames } from '../schema/sentence.ts';
import type { SourceText } from '../source-text.ts';
import { quoted } from '../visible.ts';
import { type RuleContext, reportRepeated } from './rule.ts';

export type Kind = 'router' | 'machine' | 'LAN' | 'host' | 'group';

/** What a name means, and where it says so. */
export interface Definition {
  readonly kind: Kind;
  readonly place: Place;
}

const ALL_KINDS: readonly Kind[] = ['router', 'machine', 'LAN', 'host', 'group'];

/** Looking for a near word costs up to 10,000 comparisons, so only the first mistakes get a hint. */
const MAX_HINTS = 100;

export function checkNames(context: RuleContext): void {
  const names = definitions(context);
  const check = referenceCheck(context, names);
  const { network } = context;
  for (const machine of network.machines) {
    const label = `machine ${quoted(machine.name.value)}`;
    for (const lan of machine.lan) check(lan, ['LAN'], [], `lan of ${label}`);
    for (const route of machine.routes?.value ?? []) check(route, ['LAN'], ['inside'], `routes of ${label}`);
    if (machine.internet) check(machine.internet, ['LAN', 'router'], [], `internet of ${label}`);
  }
  for (const lan of network.lans) {
    const label = `LAN ${quoted(lan.name.value)}`;
    if (lan.via) check(lan.via, ['machine'], [], `via of ${label}`);
    for (const { machine } of lan.lend) check(machine, ['machine'], [], `lend of ${label}`);
    reportRepeated(
      context,
      lan.lend.map((each) => each.machine),
      `lend of ${label}`,
      quoted,
    );
  }
  const anybody = ['everyone', 'inside'];
  for (const group of network.groups)
    for (const member of group.members) check(member, ALL_KINDS, anybody, `group ${quoted(group.name.value)}`);
  for (const rule of network.access?.value ?? []) {
    // A rule without `from` or `to` was reported, and has an empty name here.
    if (rule.from.value !== '') check(rule.from, ALL_KINDS, anybody, 'from of an access rule');
    if (rule.to.value !== '') check(rule.to, ALL_KINDS, anybody, 'to of an access rule');
  }
  for (const { value, place } of network.expect) {
    const places = sentenceNamePlaces(context.source, place);
    check({ value: value.from, place: places?.from ?? place }, ALL_KINDS, anybody, 'an expectation');
    check({ value: value.to, place: places?.to ?? place }, ALL_KINDS, anybody, 'an expectation');
  }
  checkCycles(context, network.groups);
}

/** All that is defined; a second definition of a name is reported and does not count. */
function definitions(context: RuleContext): Map<string, Definition> {
  const names = new Map<string, Definition>();
  const define = (kind: Kind, { value, place }: Sourced<string>) => {
    const first = names.get(value);
    if (first === undefined) {
      names.set(value, { kind, place });
      return;
    }
    context.mistake('name-taken', place, `Cannot call a ${kind} ${quoted(value)}: a ${first.kind} has this name`, {
      help: ['give one of them another name; a name means one thing in the whole file'],
      notes: [{ place: first.place, message: `${quoted(value)} is a ${first.kind} here` }],
    });
  };
  const { network } = context;
  for (const router of network.routers) define('router', router.name);
  for (const machine of network.machines) define('machine', machine.name);
  for (const lan of network.lans) define('LAN', lan.name);
  for (const lan of network.lans) for (const host of lan.hosts) define('host', host.name);
  for (const group of network.groups) define('group', group.name);
  return names;
}

function referenceCheck(context: RuleContext, names: ReadonlyMap<string, Definition>) {
  let hints = 0;
  return (used: Sourced<string>, kinds: readonly Kind[], words: readonly string[], label: string): void => {
    const { value, place } = used;
    if (words.includes(value)) return;
    const definition = names.get(value);
    const wanted =
      kinds.length === ALL_KINDS.length
        ? 'a router, machine, LAN, host or group'
        : kinds.map((kind) => `a ${kind}`).join(' or ');
    if (definition === undefined) {
      const nearest = hints++ < MAX_HINTS ? nearestWord(value, candidates(names, kinds, words)) : null;
      context.mistake('unknown-name', place, `Cannot use ${quoted(value)} in ${label}: nothing has this name`, {
        help: nearest ? [`write ${nearest}`] : [`name ${wanted} of this file`],
      });
    } else if (!kinds.includes(definition.kind)) {
      context.mistake(
        'name-of-another-kind',
        place,
        `Cannot use ${quoted(value)} in ${label}: it is a ${definition.kind}, not ${wanted}`,
        {
          help: [
            definition.kind === 'router' && kinds.includes('machine')
              ? 'name a machine that stands on the LAN: a router carries none'
              : `name ${wanted}`,
          ],
          notes: [{ place: definition.place, message: `${quoted(value)} is a ${definition.kind} here` }],
        },
      );
    }
  };
}

function* candidates(
  names: ReadonlyMap<string, Definition>,
  kinds: readonly Kind[],
  words: readonly string[],
): Generator<string> {
  yield* words;
  for (const [name, { kind }] of names) if (kinds.includes(kind)) yield name;
}

/** Where the two names of the sentence at `place` stand; null when the sentence is spread or escaped. */
function sentenceNamePlaces(source: SourceText, place: Place): { readonly from: Place; readonly to: Place } | null {
  const lineStart = source.lineStarts[place.line - 1]!;
  const raw = source.text.slice(lineStart + place.column - 1, lineStart + place.endColumn - 1);
  const quote = /^["']/.test(raw) ? 1 : 0;
  const names = sentenceNames(raw.slice(quote).replace(/["']$/, ''));
  if (names === null || raw.includes('\\')) return null;
  const at = ([start, end]: readonly [number, number]): Place => ({
    ...place,
    column: place.column + quote + start,
    endColumn: place.column + quote + end,
  });
  return { from: at(names.from), to: at(names.to) };
}

/**
 * Reports every group that holds itself, directly or through others, once per circle.
 *
 * Depth-first with a stack of its own, so that a long chain of groups cannot exhaust the call stack. O(members).
 */
function checkCycles(context: RuleContext, groups: readonly Group[]): void {
  const byName = new Map(groups.map((group) => [group.name.value, group]));
  const finished = new Set<string>();
  for (const start of groups) {
    if (finished.has(start.name.value)) continue;
    const path = [{ group: start, next: 0 }];
    const onPath = new Set([start.name.value]);
    while (path.length > 0) {
      const top = path.at(-1)!;
      const member = top.group.members[top.next++];
      if (member === undefined) {
        finished.add(top.group.name.value);
        onPath.delete(top.group.name.value);
        path.pop();
        continue;
      }
      const inner = byName.get(member.value);
      if (inner === undefined || finished.has(member.value)) continue;
      if (onPath.has(member.value)) {
        reportCycle(context, top.group, member);
      } else {
        onPath.add(member.value);
        path.push({ group: inner, next: 0 });
      }
    }
  }
}

function reportCycle(context: RuleContext, group: Group, member: Sourced<string>): void {
  const itself = group.name.value === member.value;
  const reason = itself
    ? 'a group does not hold itself'
    : `${quoted(member.value)} holds ${quoted(group.name.value)} already`;
  context.mistake(
    'group-cycle',
    member.place,
    `Cannot put ${quoted(member.value)} into group ${quoted(group.name.value)}: ${reason}`,
    {
      help: ['take it out of one of the groups'],
    },
  );
}
