/**
 * What the collecting script prints: one file for one machine, a section per command.
 *
 *   == wg-router survey 1: ip -j addr ==
 *   [{"ifindex":1, …
 *
 * `docs/reference/survey.md` holds the whole list of sections.
 */

import type { FileKind } from '../imported.ts';
import type { Observed } from '../machine/observed.ts';
import type { Complaints } from '../text/complaints.ts';
import { type Line, linesOf, placeOf, type TextPart } from '../text/part.ts';
import { quote } from '../text/quote.ts';
import type { PartOptions } from './read-part.ts';

export const SECTION = /^== wg-router survey ([0-9]{1,3}): (.{1,200}) ==$/;

/** The version of the sections that is read here. */
const VERSION = '1';

const KINDS: ReadonlyMap<string, { readonly kind: FileKind; readonly family?: 4 | 6 }> = new Map([
  ['wg show all dump', { kind: 'wg-dump' }],
  ['ip -j addr', { kind: 'ip-addr' }],
  ['ip -d -j addr', { kind: 'ip-addr' }],
  ['ip -4 -j route show table all', { kind: 'ip-route', family: 4 }],
  ['ip -6 -j route show table all', { kind: 'ip-route', family: 6 }],
  ['ip -4 -j rule', { kind: 'ip-rule' }],
  ['ip -6 -j rule', { kind: 'ip-rule' }],
  ['ip -j neigh show proxy', { kind: 'ip-neigh' }],
  ['ip -j neigh', { kind: 'ip-neigh' }],
  ['iptables-save', { kind: 'iptables-save' }],
  ['ip6tables-save', { kind: 'ip6tables-save' }],
  ['nft -j list ruleset', { kind: 'nft-json' }],
  ['nft list ruleset', { kind: 'nft' }],
  ['sysctl', { kind: 'sysctl' }],
]);

/** Reads a part of a format; `readPart`, handed in because it reads this format too. */
export type ReadSection = (kind: FileKind, part: TextPart, options: PartOptions) => readonly Observed[];

export function readSurveyOutput(part: TextPart, complaints: Complaints, read: ReadSection): readonly Observed[] {
  const observed: Observed[] = [];
  let title: string | null = null;
  let start: Line | null = null;
  let lines: string[] = [];
  const finish = () => {
    if (title === null || start === null) return;
    const text = lines.join('\n');
    const section: TextPart = { file: part.file, text, firstLine: start.number + 1 };
    observed.push(...readSection(title, start, section, complaints, read));
  };
  for (const line of linesOf(part)) {
    const match = SECTION.exec(line.text);
    if (match === null) {
      lines.push(line.text);
      continue;
    }
    finish();
    [title, start, lines] = [match[2]!, line, []];
    if (match[1] !== VERSION) {
      complaints.mistake(
        'section-unknown',
        placeOf(line),
        `Cannot read version ${match[1]} of a survey: this is version ${VERSION}`,
      );
      title = null;
    }
  }
  finish();
  return observed;
}

function readSection(
  title: string,
  start: Line,
  section: TextPart,
  complaints: Complaints,
  read: ReadSection,
): readonly Observed[] {
  // The command is not there, or failed: what it would have told stays unknown.
  if (section.text.startsWith('!!') || title === 'host' || title === 'end') return [];
  const configuration = /^wg-quick ([a-zA-Z0-9_=+.-]{1,15})$/.exec(title);
  if (configuration) return read('wg-quick', section, { stem: configuration[1]!, ofSurvey: true });
  const known = KINDS.get(title);
  if (known) {
    const { kind, family } = known;
    return read(kind, section, { stem: '', ofSurvey: true, ...(family && { family }) });
  }
  complaints.warning(
    'section-unknown',
    placeOf(start),
    `Cannot read section ${quote(title)}: it is none of a survey's`,
  );
  return [];
}
