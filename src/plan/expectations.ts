/**
 * What must hold: the sentences of `expect` with their names resolved. Whether they do hold is proved elsewhere, from the
 * plan alone.
 */

import type { Diagnostic, Place } from '../description/diagnostic.ts';
import type { Expectation, Group } from '../description/network.ts';
import type { Family } from '../net/address.ts';
import { type Directory, prefixesOf } from './directory.ts';
import { mistake } from './mistakes/mistake.ts';
import type { PlannedExpectation, Subject } from './plan.ts';

/**
 * The expectations of the network, in the order of the file. The work is that of the names each sentence stands for;
 * sentences that name the same share the list.
 */
export function plannedExpectations(directory: Directory): PlannedExpectation[] {
  const subjects = subjectsOf(directory);
  return directory.network.expect.map(({ value, place }) => ({
    text: sentenceOf(value),
    place,
    from: subjects(value.from),
    to: subjects(value.to),
    reaches: value.reaches,
    on: value.on ?? null,
    over: value.over ?? null,
  }));
}

/** "A reaches B" where no family is common to both: nothing can make it true. */
export function expectationMistakes(directory: Directory): Diagnostic[] {
  const subjects = subjectsOf(directory);
  const families = familiesBySubject(directory);
  return directory.network.expect.flatMap(({ value, place }) => {
    if (!value.reaches) return [];
    const [from, to] = [
      distinctFamilies(subjects(value.from), families),
      distinctFamilies(subjects(value.to), families),
    ];
    for (const [a, one] of from) {
      for (const [b, other] of to) {
        const common = a.filter((family) => b.includes(family));
        if (common.length === 0) return [withoutFamily(value, place, nameOf(one), nameOf(other))];
        if (value.over && !common.includes(value.over)) return [notOver(value, place, nameOf(one), nameOf(other))];
      }
    }
    return [];
  });
}

function withoutFamily({ from, to }: Expectation, place: Place, one: string, other: string): Diagnostic {
  return mistake(
    'expectation-family',
    place,
    `Cannot expect "${from}" to reach "${to}": ${one} and ${other} have no address family in common`,
    {
      help: ['give one of them an address of the other family, or expect that it does not reach'],
    },
  );
}

function notOver({ over }: Expectation, place: Place, one: string, other: string): Diagnostic {
  return mistake(
    'expectation-family',
    place,
    `Cannot expect this over IPv${over}: not both of ${one} and ${other} have it`,
    {
      help: [`leave out "over ipv${over}", or give both an IPv${over} address`],
    },
  );
}

/** "phone", or "other hosts of home". */
function nameOf(subject: Subject): string {
  return subject.kind === 'unnamed' ? `other hosts of "${subject.lan}"` : `"${subject.name}"`;
}

/** The sentence as a person would write it. */
function sentenceOf({ from, to, reaches, on, over }: Expectation): string {
  const ports =
    on && (on.protocol === 'ping' ? 'ping' : `${on.protocol}/${on.first}${on.last === on.first ? '' : `-${on.last}`}`);
  return [
    from,
    reaches ? 'reaches' : 'does not reach',
    to,
    ...(ports ? ['on', ports] : []),
    ...(over ? [`over ipv${over}`] : []),
  ].join(' ');
}

/** One subject for each set of families that occurs. */
function distinctFamilies(
  subjects: readonly Subject[],
  families: (subject: Subject) => readonly Family[],
): Map<readonly Family[], Subject> {
  const found = new Map<string, readonly [readonly Family[], Subject]>();
  for (const subject of subjects) {
    const own = families(subject);
    if (!found.has(own.join())) found.set(own.join(), [own, subject]);
  }
  return new Map(found.values());
}

function familiesBySubject({ inside, things }: Directory): (subject: Subject) => readonly Family[] {
  const within = distinct(inside.map((prefix) => prefix.value.family));
  return (subject) => {
    const thing = things.get(subject.kind === 'unnamed' ? subject.lan : subject.name);
    if (thing?.kind === 'lan') return distinct(prefixesOf(thing.lan).map((prefix) => prefix.value.family));
    if (thing?.kind === 'host') return distinct(thing.host.address.map((address) => address.value.family));
    return within;
  };
}

function distinct(families: readonly Family[]): Family[] {
  return ([4, 6] as const).filter((family) => families.includes(family));
}

/** Who a name stands for: a LAN for its hosts and the unnamed one, a group for its members, each once; nobody's for none. */
export function subjectsOf(directory: Directory): (name: string) => readonly Subject[] {
  const { network, things } = directory;
  const known = new Map<string, readonly Subject[]>();
  const once = (name: string, find: () => readonly Subject[]): readonly Subject[] => {
    const found = known.get(name) ?? find();
    known.set(name, found);
    return found;
  };
  const inside = (): Subject[] => [
    ...network.routers.map(({ name }) => ({ kind: 'router' as const, name: name.value })),
    ...network.machines.map(({ name }) => ({ kind: 'machine' as const, name: name.value })),
  ];
  const find = (name: string): readonly Subject[] => {
    if (name === 'inside') return inside();
    if (name === 'everyone')
      return [...inside(), ...network.lans.flatMap((lan) => once(lan.name.value, () => find(lan.name.value)))];
    const thing = things.get(name);
    if (thing === undefined) return [];
    if (thing.kind === 'lan') {
      const hosts = thing.lan.hosts.map((host) => ({ kind: 'host' as const, name: host.name.value }));
      return [...hosts, { kind: 'unnamed', lan: name }];
    }
    if (thing.kind === 'group') {
      const members = membersOf(thing.group, things).flatMap((member) => once(member, () => find(member)));
      return members.filter(firstOfItsKind());
    }
    return [{ kind: thing.kind, name }];
  };
  return (name) => once(name, () => find(name));
}

/** The names a group stands for in the end, groups within it opened. No group holds itself: its reader has seen to that. */
function membersOf(group: Group, things: Directory['things']): string[] {
  const names = new Set<string>();
  const waiting = [group];
  const opened = new Set<Group>(waiting);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const { value } of next.members) {
      const thing = things.get(value);
      if (thing?.kind !== 'group') names.add(value);
      else if (!opened.has(thing.group)) {
        opened.add(thing.group);
        waiting.push(thing.group);
      }
    }
  }
  return [...names];
}

function firstOfItsKind(): (subject: Subject) => boolean {
  const seen = new Set<string>();
  return (subject) => {
    const key = subject.kind === 'unnamed' ? `${subject.lan} others` : subject.name;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  };
}
