/**
 * A survey and what was answered later: each fact that the answer states wins, everything else stays.
 */

import type { Survey, SurveyFirewall, SurveyLan, SurveyMachine } from './survey.ts';

/** `survey` with what `answer` says. A question that is answered with others gives way to them. */
export function surveyWith(survey: Survey | null, answer: Survey): Survey {
  if (survey === null) return { ...answer, file: null };
  return {
    file: survey.file,
    place: survey.place,
    machines: mergedBy(survey.machines, answer.machines, machineWith),
    lans: mergedBy(survey.lans, answer.lans, lanWith),
    portForwards: [...survey.portForwards, ...answer.portForwards],
    questions: answer.questions.length > 0 ? answer.questions : survey.questions,
    works: [...survey.works, ...answer.works],
    notes: [...survey.notes, ...answer.notes],
  };
}

/** In the order of `before`, then what is new. */
function mergedBy<T extends { readonly name: string }>(
  before: readonly T[],
  after: readonly T[],
  merge: (before: T, after: T) => T,
): T[] {
  const byName = new Map(before.map((each) => [each.name, each]));
  for (const each of after) {
    const known = byName.get(each.name);
    byName.set(each.name, known === undefined ? each : merge(known, each));
  }
  return [...byName.values()];
}

function machineWith(before: SurveyMachine, after: SurveyMachine): SurveyMachine {
  return {
    ...before,
    ...stated(after),
    place: before.place,
    ...(before.forwarding && after.forwarding && { forwarding: { ...before.forwarding, ...stated(after.forwarding) } }),
    ...(before.firewall && after.firewall && { firewall: firewallWith(before.firewall, after.firewall) }),
  };
}

function firewallWith(before: SurveyFirewall, after: SurveyFirewall): SurveyFirewall {
  return { ...before, ...stated(after) };
}

function lanWith(before: SurveyLan, after: SurveyLan): SurveyLan {
  return {
    ...before,
    ...stated(after),
    place: before.place,
    prefixes: after.prefixes.length > 0 ? after.prefixes : before.prefixes,
    members: mergedBy(before.members, after.members, (_, member) => member),
  };
}

/** Without what is absent, which means "not known" and takes nothing away. */
function stated<T extends object>(facts: T): Partial<T> {
  return Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined)) as Partial<T>;
}
