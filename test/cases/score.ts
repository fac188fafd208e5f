/**
 * The doctor's score on networks that other people built: `npm run score` prints it and writes its table into
 * `docs/doctor.md`.
 *
 * A case is a hit when the first finding names the expected cause, or one that says the same there (`also-accept`). A
 * network without a mistake is a hit when nothing is proved or likely. Where a case has facts that came out only with the
 * answer (`survey-implied.yaml`), it is examined with and without them.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { importNetwork } from '../../src/import/import-network.ts';
import type { CauseCode } from '../../src/prove/causes/cause-codes.ts';
import { diagnose } from '../../src/prove/causes/diagnose.ts';
import type { Certainty } from '../../src/prove/causes/finding.ts';
import { worldOfOthers } from '../../src/prove/causes/implied-gateways.ts';
import { CASES, type Facts, filesOf, keyFunctions } from './cases.ts';

export interface Expected {
  /** Null for a network without a mistake. */
  readonly cause: CauseCode | null;
  readonly alsoAccept: readonly CauseCode[];
  readonly machines: readonly string[];
  readonly direction: 'forward' | 'reply' | null;
  readonly detectable: string;
  /** The least that the cause follows from. */
  readonly needs: 'configs' | 'stated' | 'implied' | null;
}

export interface Scored {
  readonly name: string;
  readonly facts: Facts;
  readonly expected: Expected;
  readonly found: { readonly cause: CauseCode; readonly machine: string; readonly certainty: Certainty } | null;
  readonly isHit: boolean;
  /** Whether the finding also names the machine where the cure goes; null without a cause. */
  readonly isAtMachine: boolean | null;
  /** Whether the facts that the cause follows from were given. */
  readonly isGiven: boolean;
}

export function expectedOf(name: string): Expected {
  const read = parse(readFileSync(join(import.meta.dirname, name, 'expect.yaml'), 'utf8'));
  return {
    cause: read.healthy === true ? null : read.cause,
    alsoAccept: read['also-accept'] ?? [],
    machines: [read.machine ?? []].flat(),
    direction: read.flow?.direction ?? null,
    detectable: String(read.detectable ?? '–'),
    needs: read.needs ?? null,
  };
}

export function scoreOf(name: string, facts: Facts): Scored | null {
  const files = filesOf(name, facts);
  if (files === null) return null;
  const imported = importNetwork(files, keyFunctions);
  const { findings } = diagnose(worldOfOthers(imported.plan), imported);
  const expected = expectedOf(name);
  const serious = findings.find(({ certainty }) => certainty !== 'possible');
  const first = expected.cause === null ? serious : findings[0];
  const found = first && { cause: first.cause, machine: first.station.name, certainty: first.certainty };
  const isRight = found !== undefined && (found.cause === expected.cause || expected.alsoAccept.includes(found.cause));
  return {
    name,
    facts,
    expected,
    found: found ?? null,
    isHit: expected.cause === null ? serious === undefined : isRight,
    isAtMachine: found && expected.cause !== null ? expected.machines.includes(found.machine) : null,
    isGiven: expected.needs !== 'implied' || facts === 'survey-implied.yaml',
  };
}

export function scores(): Scored[] {
  return CASES.flatMap((name) =>
    (['survey.yaml', 'survey-implied.yaml'] as const).flatMap((facts) => scoreOf(name, facts) ?? []),
  );
}

/** As Markdown. */
export function scoreTable(all: readonly Scored[]): string {
  const rows = all.map((each) => {
    const { name, facts, expected, found, isHit, isAtMachine } = each;
    const shown = facts === 'survey.yaml' ? name : `${name}, with the answer’s facts`;
    const what = found === null ? 'nothing' : `${found.cause} (${found.certainty})`;
    const where = isAtMachine === null ? '–' : isAtMachine ? 'right' : 'other';
    return [
      shown,
      expected.cause ?? 'none',
      expected.needs ?? '–',
      expected.detectable,
      what,
      where,
      isHit ? 'hit' : 'miss',
    ];
  });
  const head = ['case', 'expected', 'needs', 'detectable', 'first found', 'machine', ''];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

export function scoreLine(all: readonly Scored[]): string {
  const given = all.filter(({ isGiven, expected }) => isGiven && expected.cause !== null);
  const healthy = all.filter(({ expected }) => expected.cause === null);
  const withheld = all.filter(({ isGiven }) => !isGiven);
  const hits = (some: readonly Scored[]) => `${some.filter(({ isHit }) => isHit).length} of ${some.length}`;
  const atMachine = given.filter(({ isHit, isAtMachine }) => isHit && isAtMachine).length;
  return `The right cause first where its facts are given: ${hits(given)} (${atMachine} with the machine where the cure goes). Where they are not given yet: ${hits(withheld)}. Networks without a mistake that stay silent: ${hits(healthy)}.`;
}

export const DOCUMENT = join(import.meta.dirname, '../../docs/doctor.md');
const BEGIN = '<!-- score: written by `npm run score` -->\n';
const END = '<!-- end of score -->';

/** `document` with the table of `all` in its place. */
export function withScore(document: string, all: readonly Scored[]): string {
  const from = document.indexOf(BEGIN) + BEGIN.length;
  const to = document.indexOf(END);
  return `${document.slice(0, from)}\n${scoreLine(all)}\n\n${scoreTable(all)}\n\n${document.slice(to)}`;
}

if (import.meta.main) {
  const all = scores();
  writeFileSync(DOCUMENT, withScore(readFileSync(DOCUMENT, 'utf8'), all));
  process.stdout.write(`${scoreTable(all)}\n\n${scoreLine(all)}\n`);
}
