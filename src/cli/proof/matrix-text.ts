/**
 * Who reaches whom for a person: the matrix of groups, what works in one direction only, and what deserves a look.
 */

import type { Subject } from '../../plan/plan.ts';
import { stationOf } from '../../prove/calling.ts';
import { causeOf, causeSentence } from '../../prove/explain/causes.ts';
import { inquire } from '../../prove/explain/inquiry.ts';
import { telling } from '../../prove/flow.ts';
import { groupNames } from '../../prove/matrix/group-names.ts';
import { type Matrix, type MatrixCell, type OneWay, oneWays } from '../../prove/matrix/matrix.ts';
import { hidingLans, openLans } from '../../prove/matrix/reachability.ts';
import type { World } from '../../prove/world.ts';
import { listed } from '../command-line/change.ts';
import { type Fare, type MatrixOptions, matrixLines } from '../terminal/matrix.ts';
import { hanging } from '../terminal/width.ts';

export function matrixText(world: World, matrix: Matrix, options: MatrixOptions): string {
  const { paint, columns } = options;
  const heading = (text: string) => ['', paint('bold', text)];
  const oneWay = oneWays(matrix);
  const looks = looksOf(world, matrix);
  const paragraphs = (texts: readonly string[]) => texts.flatMap((text) => hanging(text, columns));
  const lines = [
    paint('bold', 'Who reaches whom'),
    ...gridLines(world, matrix, options),
    ...(oneWay.length === 0 ? [] : heading('In one direction only')),
    ...paragraphs(oneWay.map((each) => oneWayText(world, each))),
    ...(looks.length === 0 ? [] : heading('Worth knowing')),
    ...paragraphs(looks),
  ];
  return `${lines.join('\n')}\n`;
}

/** Labels longer than this leave too little of 80 columns for the table. */
const LABEL_COLUMNS = 44;

function gridLines(world: World, matrix: Matrix, options: MatrixOptions): string[] {
  const [only] = matrix.sources;
  if (matrix.sources.length === 1 && only!.subjects.length > 1) {
    const fare = fareOf(matrix.cells[0]![0]!);
    if (fare === 'works') return ['  Everyone reaches everyone: ping, TCP and UDP.'];
  }
  const labels = matrix.sources.map(({ subjects }) => shortened(groupNames(world.plan, subjects)));
  const grid = matrixLines(labels, (from, to) => fareOf(matrix.cells[from]![to]!), options);
  return ['  from the row to the column; ping, TCP and UDP', ...grid];
}

/** As many names as fit, and how many more there are. */
function shortened(names: readonly string[]): string {
  for (let count = names.length; count > 1; count--) {
    const text = shortList(names, count);
    if (text.length <= LABEL_COLUMNS) return text;
  }
  return shortList(names, 1);
}

function shortList(names: readonly string[], count: number): string {
  const shown = names.slice(0, count).join(', ');
  return count === names.length ? shown : `${shown} and ${names.length - count} more`;
}

function fareOf(cell: MatrixCell | null): Fare {
  if (cell === null) return 'self';
  const working = cell.families.filter(({ verdict }) => verdict === 'works').map(({ family }) => family);
  if (cell.verdict === 'works' && working.length < cell.families.length)
    return working[0] === 4 ? 'only-ipv4' : 'only-ipv6';
  return cell.verdict ?? 'none';
}

const BACK: Readonly<Record<string, string>> = {
  partly: 'the way back works in part',
  fails: 'not back',
  'not-proven': 'the way back is not proven',
};

function oneWayText(world: World, { from, to, back }: OneWay): string {
  const [near, far] = [from, to].map(({ subjects }) => listed(groupNames(world.plan, subjects)));
  return `${near} → ${far}: ${BACK[back.verdict!]}${backCause(world, to.subjects[0]!, from.subjects[0]!)}`;
}

/** Why the first of those who are reached does not reach the first of those who reach it. */
function backCause(world: World, from: Subject, to: Subject): string {
  const { families } = inquire(world, stationOf(world, from)!, stationOf(world, to)!, { on: null, over: null });
  const cause = families[0] && causeOf(world, telling(families[0].flow));
  return cause ? `, because ${causeSentence(cause)}` : '';
}

/** What a person might not have meant, or might not know. */
function looksOf(world: World, matrix: Matrix): string[] {
  const open = openLans(world, matrix).map(({ name }) => name);
  const hiding = hidingLans(world);
  return [
    ...(open.length === 0
      ? []
      : [`everyone reaches every host of ${listed(open)}, also those that are not named here; nothing filters`]),
    ...(hiding.length === 0
      ? []
      : [
          `hosts of ${listed(hiding.map(({ name }) => name))} see the address of ${listed([...new Set(hiding.flatMap(({ via }) => via?.value ?? []))])} and not who asks, so they cannot filter either (masquerade)`,
        ]),
  ];
}
