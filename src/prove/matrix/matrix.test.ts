import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Subject } from '../../plan/plan.ts';
import type { Verdict } from '../flow.ts';
import { cellsByPair, type Matrix, type MatrixCell, matrixOfPairs, oneWays, subjectKey } from './matrix.ts';
import { matrixChanges } from './matrix-changes.ts';

const machine = (name: string): Subject => ({ kind: 'machine', name });

test('subjects that behave alike are one group', () => {
  const matrix = of(['phone', 'laptop', 'pi', 'nas'], (from, to) =>
    from === 'nas' && to !== 'pi' ? 'fails' : 'works',
  );
  assert.deepEqual(groups(matrix), [['phone', 'laptop'], ['pi'], ['nas']]);
  assert.deepEqual(
    matrix.cells.map((row) => row.map((cell) => cell?.verdict ?? null)),
    [
      ['works', 'works', 'works'],
      ['works', null, 'works'],
      ['fails', 'works', null],
    ],
  );
});

test('two that treat each other in different ways are not alike', () => {
  assert.deepEqual(groups(of(['a', 'b'], (from) => (from === 'a' ? 'works' : 'fails'))), [['a'], ['b']]);
});

test('families count: what works in one of two is not like what works in both', () => {
  const both: MatrixCell = {
    verdict: 'works',
    families: [
      { family: 4, verdict: 'works' },
      { family: 6, verdict: 'works' },
    ],
  };
  const half: MatrixCell = { ...both, families: [both.families[0]!, { family: 6, verdict: 'fails' }] };
  const subjects = ['a', 'b', 'c'].map(machine);
  const matrix = matrixOfPairs(subjects, (from) => (subjectKey(from) === 'c' ? half : both));
  assert.deepEqual(groups(matrix), [['a', 'b'], ['c']]);
});

test('whatever the table, folding loses nothing', () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
  let state = seed;
  const draw = (bound: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 16) % bound;
  };
  for (let run = 0; run < 200; run++) {
    const kinds = Array.from({ length: 1 + draw(7) }, () => draw(3));
    const names = kinds.map((_, i) => `m${i}`);
    const rule = Array.from({ length: 9 }, () => VERDICTS[draw(3)]!);
    const verdict = (from: string, to: string) =>
      rule[kinds[Number(from.slice(1))]! * 3 + kinds[Number(to.slice(1))]!]!;
    const cell = cellsByPair(of(names, verdict));
    for (const from of names) {
      for (const to of names) {
        const expected = from === to ? null : verdict(from, to);
        assert.equal(cell(machine(from), machine(to))?.verdict ?? null, expected, `SEED=${seed} ${from} ${to}`);
      }
    }
    assert.ok(of(names, verdict).sources.length <= new Set(kinds).size, `SEED=${seed}`);
  }
});

test('what works in one direction only is found once, with the way back', () => {
  const found = oneWays(of(['phone', 'laptop', 'nas'], (from) => (from === 'nas' ? 'not-proven' : 'works')));
  assert.deepEqual(
    found.map(({ from, to, back }) => [from.subjects.map(subjectKey), to.subjects.map(subjectKey), back.verdict]),
    [[['phone', 'laptop'], ['nas'], 'not-proven']],
  );
});

test('changes are folded: everybody who gains the same is one change', () => {
  const before = of(['phone', 'laptop', 'pi', 'nas'], (_, to) => (to === 'nas' ? 'fails' : 'works'));
  const after = of(['phone', 'laptop', 'pi', 'nas', 'tv'], (from, to) => {
    if (to === 'nas') return 'works';
    return from === 'nas' && to === 'pi' ? 'partly' : 'works';
  });
  const changes = matrixChanges(before, after)!;
  assert.deepEqual(changes.gained.map(text), ['phone laptop pi > nas: fails works']);
  assert.deepEqual(changes.lost.map(text), ['nas > pi: works partly']);
  assert.deepEqual(changes.otherwise, []);
  assert.deepEqual(changes.added.map(subjectKey), ['tv']);
  assert.deepEqual(changes.removed, []);
});

test('an edit that changes nothing has no changes', () => {
  const matrix = of(['a', 'b', 'c'], (from) => (from === 'a' ? 'works' : 'partly'));
  assert.deepEqual(matrixChanges(matrix, matrix), { gained: [], lost: [], otherwise: [], added: [], removed: [] });
});

const VERDICTS: readonly Verdict[] = ['works', 'partly', 'fails'];

function of(names: readonly string[], verdict: (from: string, to: string) => Verdict): Matrix {
  return matrixOfPairs(names.map(machine), (from, to) => {
    const answer = verdict(subjectKey(from), subjectKey(to));
    return { verdict: answer, families: [{ family: 4, verdict: answer }] };
  });
}

function groups({ sources }: Matrix): string[][] {
  return sources.map(({ subjects }) => subjects.map(subjectKey));
}

function text({ from, to, before, after }: NonNullable<ReturnType<typeof matrixChanges>>['gained'][number]): string {
  return `${from.map(subjectKey).join(' ')} > ${to.map(subjectKey).join(' ')}: ${before} ${after}`;
}
