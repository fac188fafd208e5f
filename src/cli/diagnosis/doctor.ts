/**
 * `doctor`: causes and cures for a network that other people built, from its configurations.
 */

import { examineApart } from '../../control/doctor/examination.ts';
import { readGivenFiles } from '../../control/doctor/given-files.ts';
import type { DoctorReport, ReportedFinding } from '../../control/doctor/report.ts';
import { jsonDocument } from '../command-line/json.ts';
import { Refused } from '../command-line/outcome.ts';
import type { ExitCode, Invocation } from '../verb.ts';
import { printAdopted } from './adopted.ts';
import { doctorText } from './doctor-text.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { positionals, terminal, isJson } = invocation;
  const given = readGivenFiles(positionals);
  const adoptAs = invocation.text('adopt');
  const report = await examineApart(given, { colour: terminal.colour && !isJson, ...(adoptAs && { adoptAs }) });
  const isAnything = report.files.some(({ kind }) => kind !== null);
  if (!isAnything && !isJson) throw nothingUnderstood(report);
  if (report.adopted !== null) return printAdopted(report.adopted, invocation);
  if (isJson) terminal.print(jsonDocument(answerOf(report)));
  else {
    const columns = terminal.isInteractive ? terminal.columns : Number.POSITIVE_INFINITY;
    terminal.print(doctorText(report, { paint: terminal.paint, columns }));
  }
  const isWrong = report.findings.some(isSerious) || report.mistakes.some(({ isError }) => isError);
  return isAnything && !isWrong ? 0 : 1;
}

function isSerious({ certainty }: ReportedFinding): boolean {
  return certainty !== 'possible';
}

/** The shape of `docs/reference/json.md`. */
function answerOf({ findings, unknown }: DoctorReport) {
  return {
    findings: findings.map(({ cause, machine, flows, certainty, evidence, cure }) => ({
      cause,
      machine,
      flows,
      certainty,
      evidence: evidence.map((each) => ('fact' in each ? { fact: each.fact } : { file: each.file, line: each.line })),
      cure,
    })),
    unknown: unknown.map(({ machine, fact, how }) => ({ machine, fact, how })),
  };
}

function nothingUnderstood({ notUnderstood, mistakes }: DoctorReport): Refused {
  const shown = [...notUnderstood, ...mistakes].slice(0, 5).map(({ file, text }) => `${file}: ${text}`);
  return new Refused('nothing-to-examine', 'Cannot examine anything: none of the files is one that is known', [
    ...shown,
    'hand over wg-quick files, or what `wg show all dump`, `ip -j addr` and their like print; `wg-router doctor --help` lists them',
  ]);
}
