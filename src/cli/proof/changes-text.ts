/**
 * What an edit makes reachable and unreachable, for a person who reviews it.
 */

import type { Plan, Subject } from '../../plan/plan.ts';
import type { Verdict } from '../../prove/flow.ts';
import { groupNames } from '../../prove/matrix/group-names.ts';
import { cellsByPair, type Matrix, subjectKey } from '../../prove/matrix/matrix.ts';
import type { MatrixChange, MatrixChanges } from '../../prove/matrix/matrix-changes.ts';
import { listed } from '../command-line/change.ts';
import type { Paint, Style } from '../terminal/paint.ts';
import { hanging } from '../terminal/width.ts';

export interface ChangesTextOptions {
  readonly before: { readonly plan: Plan; readonly file: string };
  readonly after: { readonly plan: Plan; readonly file: string; readonly matrix: Matrix };
  readonly paint: Paint;
  readonly columns: number;
}

export function changesText(changes: MatrixChanges, { before, after, paint, columns }: ChangesTextOptions): string {
  const { gained, lost, otherwise, added, removed } = changes;
  const section = (heading: string, style: Style, texts: readonly string[]) =>
    texts.length === 0
      ? []
      : [
          '',
          paint('bold', heading),
          ...texts.flatMap((text) => hanging(text, columns).map((line) => paint(style, line))),
        ];
  const change = (each: MatrixChange) =>
    `${namesOf(after.plan, each.from)} → ${namesOf(after.plan, each.to)}: ${saidOf(each.before)} before, ${saidOf(each.after)} now${AMONG[each.among ?? 'all']}`;
  const lines = [
    `from ${paint('bold', before.file)} to ${paint('bold', after.file)}`,
    ...section('Reachable now', 'good', gained.map(change)),
    ...section('No longer reachable', 'error', lost.map(change)),
    ...section('Changed, and reached neither before nor now', 'warning', otherwise.map(change)),
    ...section('New', 'good', newTexts(added, after)),
    ...section('Gone', 'error', removed.length === 0 ? [] : [namesOf(before.plan, removed)]),
  ];
  if (lines.length > 1) return `${lines.join('\n')}\n`;
  return `${lines[0]}\n\nNothing changes: who reaches whom stays as it is.\n`;
}

const AMONG = { all: '', home: ' (on one LAN)', others: ' (from LAN to LAN)' } as const;

/** Who is new, and whom they reach and are reached by; those alike together. */
function newTexts(added: readonly Subject[], { plan, matrix }: ChangesTextOptions['after']): string[] {
  const cell = cellsByPair(matrix);
  const isNew = new Set(added.map(subjectKey));
  return matrix.sources.flatMap(({ subjects }) => {
    const here = subjects.filter((subject) => isNew.has(subjectKey(subject)));
    const [first] = here;
    if (first === undefined) return [];
    const others = matrix.sources
      .flatMap((group) => group.subjects)
      .filter((other) => !here.some((each) => subjectKey(each) === subjectKey(other)));
    const reached = others.filter((other) => cell(first, other)?.verdict === 'works');
    const reaching = others.filter((other) => cell(other, first)?.verdict === 'works');
    return [
      `${namesOf(plan, here)}: ${here.length === 1 ? 'reaches' : 'reach'} ${rest(plan, reached, others)}, reached by ${rest(plan, reaching, others)}`,
    ];
  });
}

function rest(plan: Plan, some: readonly Subject[], all: readonly Subject[]): string {
  if (some.length === 0) return 'nobody';
  return some.length === all.length ? 'all others' : namesOf(plan, some);
}

function namesOf(plan: Plan, subjects: readonly Subject[]): string {
  return listed(groupNames(plan, subjects));
}

const SAID: Readonly<Record<Verdict, string>> = {
  works: 'works',
  partly: 'in part',
  fails: 'fails',
  'not-proven': 'not proven',
};

function saidOf(verdict: Verdict | null): string {
  return verdict === null ? 'no common family' : SAID[verdict];
}
