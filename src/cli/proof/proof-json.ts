/**
 * Proofs as `--json` shows them. Shapes are in `docs/reference/json.md`.
 */

import type { Plan, Subject } from '../../plan/plan.ts';
import type { ExpectationResult } from '../../prove/expectations.ts';
import { type Explanation, explain } from '../../prove/explain/explanation.ts';
import { subjectName } from '../../prove/explain/names.ts';
import { groupNames } from '../../prove/matrix/group-names.ts';
import type { Matrix, MatrixCell } from '../../prove/matrix/matrix.ts';
import type { MatrixChange, MatrixChanges } from '../../prove/matrix/matrix-changes.ts';
import type { World } from '../../prove/world.ts';

export function expectationJson(
  world: World,
  { expectation, holding, pair, unfulfilled, pairs, notes }: ExpectationResult,
) {
  const { text, place } = expectation;
  return {
    text,
    place,
    holding,
    pairs,
    unfulfilled,
    notes: [...new Set(notes.map(({ kind }) => kind))],
    pair: pair && { from: subjectName(pair.from), to: subjectName(pair.to), families: familiesJson(world, pair) },
  };
}

function familiesJson(world: World, { families }: NonNullable<ExpectationResult['pair']>) {
  return families.map(({ family, verdict, flow }): { family: string; verdict: string; explanation: Explanation } => ({
    family: familyName(family),
    verdict,
    explanation: explain(world, flow),
  }));
}

export function matrixJson(plan: Plan, { sources, destinations, cells, apart }: Matrix) {
  const group = ({ subjects }: { readonly subjects: readonly Subject[] }) => ({
    names: groupNames(plan, subjects),
    members: subjects.map(subjectName),
  });
  return {
    sources: sources.map(group),
    destinations: destinations.map(group),
    cells: cells.map((row) => row.map((cell) => cell && cellJson(cell))),
    ...(apart === undefined
      ? {}
      : {
          atHome: apart.atHome.map((row) => row.map((cell) => cell && cellJson(cell))),
          exceptions: apart.exceptions.map(({ from, to, cell }) => ({
            from: subjectName(from),
            to: subjectName(to),
            ...cellJson(cell),
          })),
        }),
  };
}

function cellJson({ verdict, families }: MatrixCell) {
  return {
    verdict,
    families: Object.fromEntries(families.map(({ family, verdict }) => [familyName(family), verdict])),
  };
}

export function changesJson({ gained, lost, otherwise, added, removed }: MatrixChanges) {
  const change = ({ from, to, before, after, among }: MatrixChange) => ({
    from: from.map(subjectName),
    to: to.map(subjectName),
    before,
    after,
    ...(among === undefined ? {} : { among }),
  });
  return {
    gained: gained.map(change),
    lost: lost.map(change),
    otherwise: otherwise.map(change),
    added: added.map(subjectName),
    removed: removed.map(subjectName),
  };
}

export function familyName(family: 4 | 6): string {
  return `ipv${family}`;
}
