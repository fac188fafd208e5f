/**
 * Who reaches whom for a person: the matrix of groups, what works in one direction only, and what deserves a look.
 */

import type { LanPlan, Plan } from '../../plan/plan.ts';
import { stationOf } from '../../prove/calling.ts';
import { type Cause, causeOf, causeSentence } from '../../prove/explain/causes.ts';
import { inquire } from '../../prove/explain/inquiry.ts';
import { subjectName } from '../../prove/explain/names.ts';
import { telling } from '../../prove/flow.ts';
import { groupNames } from '../../prove/matrix/group-names.ts';
import { type Matrix, type MatrixCell, type OneWay, oneWays, subjectKey } from '../../prove/matrix/matrix.ts';
import { hidingLans, openLans } from '../../prove/matrix/reachability.ts';
import type { World } from '../../prove/world.ts';
import { listed } from '../command-line/change.ts';
import { type Fare, type MatrixOptions, matrixLines } from '../terminal/matrix.ts';
import { hanging } from '../terminal/width.ts';

export function matrixText(world: World, matrix: Matrix, options: MatrixOptions): string {
  const { paint, columns } = options;
  const heading = (text: string) => ['', paint('bold', text)];
  const oneWay = oneWayTexts(world, matrix);
  const looks = looksOf(world, matrix);
  const otherwise = otherwiseTexts(world, matrix);
  const paragraphs = (texts: readonly string[]) => texts.flatMap((text) => hanging(text, columns));
  const lines = [
    paint('bold', 'Who reaches whom'),
    ...gridLines(world, matrix, options),
    ...(otherwise.length === 0 ? [] : heading('Otherwise')),
    ...paragraphs(otherwise),
    ...(oneWay.length === 0 ? [] : heading('In one direction only')),
    ...paragraphs(oneWay),
    ...(looks.length === 0 ? [] : heading('Worth knowing')),
    ...paragraphs(looks),
  ];
  return `${lines.join('\n')}\n`;
}

/** Names of groups take what the marks leave of a line, within these bounds. */
const NAME_COLUMNS = { least: 24, most: 44 };

function gridLines(world: World, matrix: Matrix, options: MatrixOptions): string[] {
  const [only] = matrix.sources;
  if (matrix.sources.length === 1 && only!.subjects.length > 1) {
    const fare = fareOf(matrix.cells[0]![0]!);
    if (fare === 'works') return ['  Everyone reaches everyone: ping, TCP and UDP.'];
  }
  const perMark = `${matrix.sources.length}`.length + 1;
  const left = options.columns - 6 - matrix.sources.length * perMark;
  const nameColumns = Math.min(Math.max(left, NAME_COLUMNS.least), NAME_COLUMNS.most);
  const labels = matrix.sources.map(({ subjects }) => shortened(groupNames(world.plan, subjects), nameColumns));
  const grid = matrixLines(labels, (from, to) => fareOf(matrix.cells[from]![to]!), { ...options, nameColumns });
  return ['  from the row to the column; ping, TCP and UDP', ...grid];
}

/** As many names as fit, and how many more there are. */
function shortened(names: readonly string[], columns: number): string {
  for (let count = names.length; count > 1; count--) {
    const text = shortList(names, count);
    if (text.length <= columns) return text;
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

/** Exceptions that are listed; more are counted. */
const EXCEPTIONS_LISTED = 12;

/** Pairs for which what the grid says of their groups is not so. */
function otherwiseTexts({ plan }: World, { sources, cells, apart }: Matrix): string[] {
  if (apart === undefined) return [];
  const atHome = sources.flatMap((from, row) =>
    sources.flatMap((to, column): string[] => {
      const [usual, cell] = [cells[row]![column]!, apart.atHome[row]![column]!];
      if (cell === null || usual === null || fareOf(cell) === fareOf(usual)) return [];
      return [`${groupText(plan, from)} → ${groupText(plan, to)}: on one LAN, ${FARES[fareOf(cell)]}`];
    }),
  );
  const listed = apart.exceptions
    .slice(0, EXCEPTIONS_LISTED)
    .map(({ from, to, cell }) => `${subjectName(from)} → ${subjectName(to)}: ${FARES[fareOf(cell)]}`);
  const rest = apart.exceptions.length - listed.length;
  return [...atHome, ...listed, ...(rest > 0 ? [`… and ${rest} more pairs`] : [])];
}

function groupText(plan: Plan, { subjects }: Matrix['sources'][number]): string {
  return shortened(groupNames(plan, subjects), NAME_COLUMNS.most);
}

const FARES: Readonly<Record<Fare, string>> = {
  self: '',
  works: 'works',
  'only-ipv4': 'works over IPv4 only',
  'only-ipv6': 'works over IPv6 only',
  partly: 'works in part',
  fails: 'fails',
  'not-proven': 'not proven',
  none: 'no common family',
};

const BACK: Readonly<Record<string, string>> = {
  partly: 'the way back works in part',
  fails: 'not back',
  'not-proven': 'the way back is not proven',
};

/** One paragraph for all who reach the same group and are not reached for the same reason. */
function oneWayTexts(world: World, matrix: Matrix): string[] {
  const ways = oneWays(matrix).map((way) => ({ ...way, cause: backCause(world, way) }));
  const alike = Map.groupBy(ways, ({ to, back, cause }) =>
    [to.subjects.map(subjectKey), back.verdict, cause?.station.id, cause?.disposition].join(),
  );
  return [...alike.values()].map((group) => {
    const [{ to, back, cause }] = group as [(typeof group)[number]];
    const near = groupNames(
      world.plan,
      group.flatMap(({ from }) => from.subjects),
    );
    const why = cause === null ? '' : `, because ${causeSentence(cause)}`;
    return `${listed(near)} → ${listed(groupNames(world.plan, to.subjects))}: ${BACK[back.verdict!]}${why}`;
  });
}

/** Why the first of those who are reached does not reach the first of those who reach it. */
function backCause(world: World, { from, to }: OneWay): Cause | null {
  const [near, far] = [to, from].map(({ subjects }) => stationOf(world, subjects[0]!)!);
  const { families } = inquire(world, near!, far!, { on: null, over: null });
  return families[0] ? causeOf(world, telling(families[0].flow)) : null;
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
          `hosts of ${joined(
            hiding.map(({ name }) => name),
            'and',
          )} see the address of ${joined(carriersOf(hiding), 'or')} and not who asks, so they cannot filter either (masquerade)`,
        ]),
  ];
}

function carriersOf(lans: readonly LanPlan[]): string[] {
  return [...new Set(lans.flatMap(({ via }) => via?.value ?? []))];
}

/** `a, b and c`; of many the first, and how many more. */
function joined(names: readonly string[], word: 'and' | 'or'): string {
  if (names.length > 4) return listed(names);
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} ${word} ${names.at(-1)}`;
}
