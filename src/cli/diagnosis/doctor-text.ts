/**
 * The doctor's report for a person: each cause with its certainty, guilty lines, way and cure; then what was not understood
 * and what would settle what is open.
 */

import type { DoctorReport, Evidence, Remark, ReportedFinding, TracedPacket } from '../../control/doctor/report.ts';
import { visible } from '../../description/visible.ts';
import type { Paint, Style } from '../terminal/paint.ts';
import { folded, textWidth } from '../terminal/width.ts';

export interface DoctorTextOptions {
  readonly paint: Paint;
  readonly columns: number;
}

/** Causes that are shown; of those that are only possible, fewer. */
const FINDINGS_SHOWN = 8;
const POSSIBLE_SHOWN = 4;
const REMARKS_SHOWN = 10;
const OPEN_SHOWN = 8;
/** Labels stand at the left in a column of their own. */
const LABEL = 8;

const STYLES: Readonly<Record<ReportedFinding['certainty'], Style>> = {
  proved: 'error',
  likely: 'warning',
  possible: 'dim',
};

export function doctorText(report: DoctorReport, options: DoctorTextOptions): string {
  const { findings } = report;
  const serious = findings.filter(({ certainty }) => certainty !== 'possible').slice(0, FINDINGS_SHOWN);
  const possible = findings.filter(({ certainty }) => certainty === 'possible');
  const shown = [...serious, ...possible.slice(0, POSSIBLE_SHOWN)];
  const rest = findings.length - shown.length;
  const lines = [
    headline(report),
    verdict(report, options),
    ...shown.flatMap((finding) => findingLines(finding, options)),
    ...(rest > 0 ? ['', options.paint('dim', `${rest} more that may be: --json has all`)] : []),
    ...openLines(report, options),
    ...remarkLines('mistakes in the files', report.mistakes, options),
    ...remarkLines('not understood', report.notUnderstood, options),
  ];
  return `${lines.join('\n')}\n`;
}

function headline({ machines, lans, files, questions }: DoctorReport): string {
  const read = files.filter(({ kind }) => kind !== null).length;
  const asked = questions === 0 ? 'every pair looked at' : counted(questions, 'question');
  return `${counted(machines.length, 'machine')}, ${counted(lans.length, 'LAN')}, from ${counted(read, 'file')}; ${asked}`;
}

function verdict({ findings, questions, mistakes }: DoctorReport, { paint }: DoctorTextOptions): string {
  const [first] = findings;
  if (first === undefined || (first.certainty === 'possible' && questions === 0)) {
    return mistakes.some(({ isError }) => isError)
      ? paint('error', 'files have mistakes, and nothing else is wrong as far as they say')
      : paint('good', 'nothing is wrong as far as the files say');
  }
  return first.certainty === 'possible'
    ? paint('warning', 'nothing is proved: what follows would explain it')
    : paint('error', first.certainty === 'proved' ? 'the cause is found' : 'a likely cause is found');
}

function findingLines(finding: ReportedFinding, options: DoctorTextOptions): string[] {
  const { paint } = options;
  const { certainty, cause, sentence, assumption, evidence, cure, packets, flows } = finding;
  const isBrief = certainty === 'possible';
  return [
    '',
    `${paint(STYLES[certainty], certainty.padEnd(LABEL))} ${paint('bold', cause)}`,
    ...labelled('', sentence, 'plain', options),
    ...labelled('flow', flows.map(flowText).join('; '), 'dim', options),
    ...(assumption === null ? [] : labelled('assumed', assumption, 'dim', options)),
    ...evidence.flatMap((each) => evidenceLines(each, options)),
    ...(isBrief ? [] : packets.flatMap((packet) => packetLines(packet, options))),
    ...labelled('cure', cure, 'help', options),
  ];
}

function flowText({ from, to, direction }: ReportedFinding['flows'][number]): string {
  return `${from} → ${to}${direction === 'reply' ? ' (the reply)' : ''}`;
}

function evidenceLines(evidence: Evidence, options: DoctorTextOptions): string[] {
  if ('fact' in evidence) return [];
  const { file, line, excerpt } = evidence;
  return [
    ...labelled('see', `${file}:${line}`, 'dim', options),
    ...excerpt.map((each) => `${' '.repeat(LABEL + 1)}${each.replace(/^ {2}/, '')}`),
  ];
}

function packetLines({ direction, name, from, to, hops }: TracedPacket, options: DoctorTextOptions): string[] {
  const { paint, columns } = options;
  const width = Math.max(...hops.map(({ station }) => textWidth(visible(station))));
  const indent = LABEL + 1;
  return [
    ...labelled(direction === 'forward' ? 'out' : 'back', `${from} → ${to} (${name})`, 'plain', options),
    ...hops.flatMap(({ station, words, isEnd }) => {
      const label = visible(station) + ' '.repeat(width - textWidth(visible(station)));
      return folded(visible(words), columns - indent - width - 4).map((text, i) => {
        const head = i === 0 ? `${isEnd ? '✗' : ' '} ${label}` : ' '.repeat(width + 2);
        return `${' '.repeat(indent)}${isEnd ? paint('error', `${head}  ${text}`) : `${head}  ${text}`}`;
      });
    }),
  ];
}

function openLines({ unknown }: DoctorReport, options: DoctorTextOptions): string[] {
  if (unknown.length === 0) return [];
  return [
    '',
    options.paint('bold', 'What would settle it'),
    ...unknown
      .slice(0, OPEN_SHOWN)
      .flatMap(({ machine, fact, how }) =>
        folded(visible(`on ${machine}: ${fact} (${how})`), options.columns - 4).map(
          (text, i) => `${i === 0 ? '  - ' : '    '}${text}`,
        ),
      ),
  ];
}

function remarkLines(title: string, remarks: readonly Remark[], options: DoctorTextOptions): string[] {
  if (remarks.length === 0) return [];
  const rest = remarks.length - REMARKS_SHOWN;
  return [
    '',
    options.paint('bold', title[0]!.toUpperCase() + title.slice(1)),
    ...remarks
      .slice(0, REMARKS_SHOWN)
      .flatMap(({ file, line, text }) =>
        folded(visible(`${file}${line === null ? '' : `:${line}`}: ${text}`), options.columns - 4).map(
          (each, i) => `${i === 0 ? '  - ' : '    '}${each}`,
        ),
      ),
    ...(rest > 0 ? [`    and ${rest} more`] : []),
  ];
}

function labelled(
  label: string,
  text: string,
  style: Style | 'plain',
  { paint, columns }: DoctorTextOptions,
): string[] {
  return folded(visible(text), columns - LABEL - 1).map((line, i) => {
    const head = i === 0 ? label.padEnd(LABEL) : ' '.repeat(LABEL);
    return `${style === 'plain' || i > 0 ? head : paint(style, head)} ${line}`;
  });
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
