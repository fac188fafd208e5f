/**
 * Several subjects in as few names as possible, in the words of the network file: `everyone`, `inside`, a LAN's name.
 */

import type { Plan, Subject } from '../../plan/plan.ts';
import { subjectName } from '../explain/names.ts';
import { subjectKey } from './matrix.ts';

/** Everybody a plan describes, in the order of `everyone`: routers, machines, then LAN by LAN hosts and the unnamed one. */
export function everyoneOf(plan: Plan): Subject[] {
  return [...insideOf(plan), ...plan.lans.flatMap(hostsOf)];
}

function insideOf(plan: Plan): Subject[] {
  return plan.devices.map(({ kind, name }) => ({ kind, name }));
}

function hostsOf({ name, hosts }: Plan['lans'][number]): Subject[] {
  return [...hosts.map((host) => ({ kind: 'host' as const, name: host.name })), { kind: 'unnamed', lan: name }];
}

/**
 * Names that together stand for exactly these subjects, in the order of `everyone`. A word that stands for several is used
 * only where all of them are there, so nobody is said to do what somebody else does.
 */
export function groupNames(plan: Plan, subjects: readonly Subject[]): string[] {
  const keys = new Set(subjects.map(subjectKey));
  const named = (word: string, stands: readonly Subject[], singly: (subject: Subject) => string): string[] => {
    const there = stands.filter((subject) => keys.has(subjectKey(subject)));
    return there.length === stands.length && there.length > 0 ? [word] : there.map(singly);
  };
  const everyone = everyoneOf(plan);
  if (everyone.length > 1 && keys.size >= everyone.length) {
    if (everyone.every((subject) => keys.has(subjectKey(subject)))) return ['everyone'];
  }
  const inside = insideOf(plan);
  return [
    ...named('inside', inside, subjectName),
    ...plan.lans.flatMap((lan) => named(lan.name, hostsOf(lan), subjectName)),
  ];
}
