/**
 * The doctor: why a network that others built does not work, from files that a person drops on the page. Nothing of them
 * is kept: they are read in a thread that ends with its answer.
 */

import { droppedFiles } from '../../doctor/dropped-files.ts';
import { ExaminerBusy } from '../../doctor/examiner.ts';
import type { GivenFiles } from '../../doctor/given-files.ts';
import type { DoctorReport } from '../../doctor/report.ts';
import { MachineError } from '../../machine-error.ts';
import type { ApiContext } from '../context.ts';
import { ApiMistakes, ApiRefusal } from '../refusal.ts';
import { type Route, route } from '../route.ts';
import {
  adopted,
  adoptRequest,
  type DoctorReportShape,
  type DoctorRequestShape,
  doctorReport,
  doctorRequest,
} from '../shape/doctor.ts';

const FINDINGS_AT_MOST = 200;

export const doctorRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/doctor',
    access: 'read',
    summary: 'Why a network that others built does not work, and the cure; nothing is kept',
    about:
      'Answers what `wg-router doctor --json` prints, and more. At most 5,000 files, 4 MiB each and 8 MiB together; read for 30 seconds with 512 MB of memory at most. Keys in them are hidden.',
    body: doctorRequest,
    answer: doctorReport,
    run: async ({ context, body }) => {
      const report = await examined(context, droppedFiles(body.files, answersOf(body)));
      return { body: reportView(report) };
    },
  }),
  route({
    method: 'POST',
    path: '/doctor/adopt',
    access: 'read',
    summary: 'A healthy network that others built, as a network file; nothing is saved',
    about:
      'What `wg-router doctor --adopt` prints. Refused with 422 while a cause is proved or likely, or where the network is not of the pattern.',
    body: adoptRequest,
    answer: adopted,
    run: async ({ context, body }) => {
      const report = await examined(context, droppedFiles(body.files, answersOf(body)), body.name);
      const adoption = report.adopted!;
      if (adoption.kind === 'mistaken') throw new ApiMistakes(adoption.diagnostics);
      if (adoption.kind === 'refused') {
        throw new ApiRefusal(422, adoption.code, adoption.message, { help: adoption.help });
      }
      const { text, changes, keys } = adoption;
      return { body: { text, changes: [...changes], keys: keys.map((each) => ({ ...each })) } };
    },
  }),
];

async function examined({ examiner }: ApiContext, given: GivenFiles, adoptAs?: string): Promise<DoctorReport> {
  try {
    return await examiner.examine(given, adoptAs === undefined ? {} : { adoptAs });
  } catch (error) {
    if (error instanceof ExaminerBusy) {
      throw new ApiRefusal(503, 'too-many', 'Cannot examine the files yet: others are examined', { retryAfterS: 10 });
    }
    if (error instanceof MachineError && error.code === 'examination-ended') {
      throw new ApiRefusal(422, error.code, error.message, { help: error.help });
    }
    throw error;
  }
}

/** What was answered and asked, as surveys. JSON is YAML. */
function answersOf({
  answers,
  question,
}: Pick<DoctorRequestShape, 'answers' | 'question'>): GivenFiles['answers'] & {} {
  return [
    ...(answers === undefined ? [] : [{ path: '(answers)', text: answers }]),
    ...(question === undefined ? [] : [{ path: '(question)', text: JSON.stringify({ question }) }]),
  ];
}

function reportView({ files, findings, unknown, notUnderstood, mistakes, ...rest }: DoctorReport): DoctorReportShape {
  return {
    isUnderstood: files.some(({ kind }) => kind !== null),
    findings: findings.slice(0, FINDINGS_AT_MOST).map((finding) => ({
      ...finding,
      flows: finding.flows.map((each) => ({ ...each })),
      evidence: finding.evidence.map((each) =>
        'fact' in each ? { ...each } : { ...each, excerpt: [...each.excerpt] },
      ),
      packets: finding.packets.map((packet) => ({ ...packet, hops: packet.hops.map((hop) => ({ ...hop })) })),
    })),
    moreFindings: Math.max(0, findings.length - FINDINGS_AT_MOST),
    unknown: unknown.map(({ machine, fact, how }) => ({ machine, fact, how })),
    machines: [...rest.machines],
    lans: [...rest.lans],
    files: files.map(({ path, kind, machine }) => ({ file: path, kind, machine })),
    questions: rest.questions,
    looked: rest.looked && { ...rest.looked },
    notUnderstood: notUnderstood.map((each) => ({ ...each })),
    mistakes: mistakes.map((each) => ({ ...each })),
  };
}
