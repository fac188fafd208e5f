/**
 * What becomes reachable and unreachable between two matrices: what an edit of the network means, for its review.
 *
 * Pairs are compared class by class: subjects that were alike before and are alike after change alike. The result is
 * folded again, so that "every machine now reaches the LAN" is one change.
 */

import type { Subject } from '../../plan/plan.ts';
import type { Verdict } from '../flow.ts';
import { changesApart } from './changes-apart.ts';
import { cellsByPair, type Matrix, type MatrixCell, placesOf, subjectKey } from './matrix.ts';

/** Every subject of `from` and every one of `to`, a subject and itself apart. */
export interface MatrixChange {
  readonly from: readonly Subject[];
  readonly to: readonly Subject[];
  /** Null: no family in common. */
  readonly before: Verdict | null;
  readonly after: Verdict | null;
  /** Only of pairs of one home, or only of others; absent: of all. */
  readonly among?: 'home' | 'others';
}

export interface MatrixChanges {
  /** Reached now, and not before. */
  readonly gained: readonly MatrixChange[];
  /** Not reached any more. */
  readonly lost: readonly MatrixChange[];
  /** Between partly, failing and not proven: none of them is reaching. */
  readonly otherwise: readonly MatrixChange[];
  /** In the second matrix only, and in the first only. */
  readonly added: readonly Subject[];
  readonly removed: readonly Subject[];
}

/** Null where too many pairs of the two are apart. */
export function matrixChanges(before: Matrix, after: Matrix): MatrixChanges | null {
  const old = subjectsOf(before);
  const now = subjectsOf(after);
  const kept = [...now.values()].filter((subject) => old.has(subjectKey(subject)));
  const isPlain = before.apart === undefined && after.apart === undefined;
  const changes = isPlain
    ? changesBetween(classesOf(kept, before, after), cellsByPair(before), cellsByPair(after))
    : changesApart(kept, before, after);
  if (changes === null) return null;
  const gained = changes.filter(({ after }) => after === 'works');
  const lost = changes.filter(({ before }) => before === 'works');
  return {
    gained: folded(gained),
    lost: folded(lost),
    otherwise: folded(changes.filter((each) => each.after !== 'works' && each.before !== 'works')),
    added: [...now.values()].filter((subject) => !old.has(subjectKey(subject))),
    removed: [...old.values()].filter((subject) => !now.has(subjectKey(subject))),
  };
}

function subjectsOf({ sources }: Matrix): Map<string, Subject> {
  return new Map(sources.flatMap(({ subjects }) => subjects).map((subject) => [subjectKey(subject), subject]));
}

/** Subjects that stand in the same groups of both matrices, as sources and as destinations. */
function classesOf(subjects: readonly Subject[], before: Matrix, after: Matrix): (readonly Subject[])[] {
  const places = [before.sources, before.destinations, after.sources, after.destinations].map(placesOf);
  const classes = Map.groupBy(subjects, (subject) => places.map((each) => each.get(subjectKey(subject))).join());
  return [...classes.values()];
}

type CellOf = (from: Subject, to: Subject) => MatrixCell | null;

function changesBetween(classes: readonly (readonly Subject[])[], before: CellOf, after: CellOf): MatrixChange[] {
  return classes.flatMap((from) =>
    classes.flatMap((to): MatrixChange[] => {
      const other = from === to ? to[1] : to[0];
      if (other === undefined) return [];
      const was = before(from[0]!, other)?.verdict ?? null;
      const is = after(from[0]!, other)?.verdict ?? null;
      return was === is ? [] : [{ from, to, before: was, after: is }];
    }),
  );
}

/** Sources that gain or lose the same destinations become one, then destinations of the same sources. */
function folded(changes: readonly MatrixChange[]): MatrixChange[] {
  return joined(joined(changes, 'to', 'from'), 'from', 'to');
}

function joined(changes: readonly MatrixChange[], same: 'from' | 'to', join: 'from' | 'to'): MatrixChange[] {
  const groups = Map.groupBy(changes, (change) =>
    [change.before, change.after, change.among, ...change[same].map(subjectKey)].join('\n'),
  );
  return [...groups.values()].map((group) => ({ ...group[0]!, [join]: distinct(group.flatMap((each) => each[join])) }));
}

function distinct(subjects: readonly Subject[]): Subject[] {
  return [...new Map(subjects.map((subject) => [subjectKey(subject), subject])).values()];
}
