/**
 * Files → what each tells, by its format; nothing is joined here. Bounded in size and number.
 */

import { readPart } from './formats/read-part.ts';
import { recognise } from './formats/recognise.ts';
import type { GivenFile, KeyFunctions, Place, ReadFile } from './imported.ts';
import { stemOf } from './machine/group.ts';
import type { Observed } from './machine/observed.ts';
import { readSurvey } from './survey/read-survey.ts';
import type { Survey } from './survey/survey.ts';
import { surveyWith } from './survey/survey-with.ts';
import { type Complaints, complaints as newComplaints } from './text/complaints.ts';

/** Characters of one file that are read; a router with 10,000 peers has 2 million. */
export const FILE_CHARACTERS_AT_MOST = 8 * 1024 * 1024;

/** Characters of all files. */
export const CHARACTERS_AT_MOST = 64 * 1024 * 1024;

export const FILES_AT_MOST = 50_000;

export interface ReadFiles {
  readonly files: readonly ReadFile[];
  readonly survey: Survey | null;
  /** By path. */
  readonly observed: ReadonlyMap<string, readonly Observed[]>;
  readonly said: ReadonlyMap<string, Complaints>;
}

export function readFiles(
  given: readonly GivenFile[],
  keys: KeyFunctions,
  answers: readonly GivenFile[] = [],
): ReadFiles {
  const files: ReadFile[] = [];
  const observed = new Map<string, readonly Observed[]>();
  const said = new Map<string, Complaints>();
  let survey: Survey | null = null;
  let characters = 0;
  for (const [i, file] of given.entries()) {
    const { path, text } = file;
    const complaints = newComplaints();
    said.set(path, complaints);
    const whole: Place = { file: path, line: 1, column: 1, endColumn: 2 };
    const isTooMuch = text.length > FILE_CHARACTERS_AT_MOST || characters + text.length > CHARACTERS_AT_MOST;
    if (isTooMuch || i >= FILES_AT_MOST) {
      const most = `${FILE_CHARACTERS_AT_MOST} are read of one, ${CHARACTERS_AT_MOST} of all, and ${FILES_AT_MOST} files`;
      complaints.mistake('file-too-large', whole, `Cannot read this file: it has ${text.length} characters; ${most}`);
      files.push({ path, kind: null, machine: null });
      continue;
    }
    characters += text.length;
    const kind = recognise(file);
    files.push({ path, kind, machine: null });
    if (kind === null) {
      complaints.warning('file-not-recognised', whole, 'Cannot tell what this file is, so nothing of it was read');
    } else if (kind === 'survey-yaml') {
      const read: Survey | null = readSurvey(path, text, complaints);
      if (read && survey) {
        complaints.mistake('survey-twice', read.place, 'Cannot use a second survey: one file holds all of a network', {
          notes: [{ place: survey.place, message: 'the first is this' }],
        });
      } else survey = read ?? survey;
    } else {
      const part = { file: path, text, firstLine: 1 };
      observed.set(path, readPart(kind, part, keys, complaints, { stem: stemOf(path) }));
    }
  }
  for (const { path, text } of answers) {
    const complaints = newComplaints();
    said.set(path, complaints);
    const answered = readSurvey(path, text.slice(0, FILE_CHARACTERS_AT_MOST), complaints);
    if (answered !== null) survey = surveyWith(survey, answered);
  }
  return { files, survey, observed, said };
}
