/**
 * An explanation for a person: the verdict, the way out and back hop by hop, and where it ends the cause, the line of the
 * file that is behind it, and the cure.
 */

import { placeExcerpt } from '../../description/print-diagnostics.ts';
import { visible } from '../../description/visible.ts';
import { causeSentence } from '../../prove/explain/causes.ts';
import type { ExplainedCause, ExplainedPacket, Explanation } from '../../prove/explain/explanation.ts';
import type { FamilyInquiry, Inquiry, Means } from '../../prove/explain/inquiry.ts';
import { protocolText, protocolWord, stationName } from '../../prove/explain/names.ts';
import { placeText } from '../../prove/explain/origins.ts';
import type { Verdict } from '../../prove/flow.ts';
import type { Paint, Style } from '../terminal/paint.ts';
import { folded, textWidth } from '../terminal/width.ts';

export interface ExplainTextOptions {
  /** How many pairs were tried until this one, and how many there are. */
  readonly tried: number;
  readonly pairs: number;
  readonly means: Means;
  /** Of the network file. */
  readonly text: string;
  readonly paint: Paint;
  readonly colour: boolean;
  readonly columns: number;
}

/** `explanations` belong to the families of `inquiry`, one each. */
export function explainText(
  inquiry: Inquiry,
  explanations: readonly Explanation[],
  options: ExplainTextOptions,
): string {
  const { paint } = options;
  const shown = differing(explanations);
  const blocks = shown.flatMap(({ explanation, families }) => [
    ...(shown.length > 1 ? ['', paint('bold', `Over ${familiesText(families)}`)] : []),
    ...flowLines(explanation, options),
  ]);
  const lines = [...titleLines(inquiry, explanations, options), ...verdictLines(inquiry.families, options), ...blocks];
  return `${lines.join('\n')}\n`;
}

interface Shown {
  readonly explanation: Explanation;
  readonly families: readonly number[];
}

/** Families that go the same way and fare the same are shown once. */
function differing(explanations: readonly Explanation[]): Shown[] {
  const ways = Map.groupBy(explanations, ({ verdict, packets }) =>
    [
      verdict,
      ...packets.map(({ name, disposition, hops }) => `${name} ${disposition} ${hops.map((hop) => hop.station)}`),
    ].join(),
  );
  return [...ways.values()].map((alike) => ({ explanation: alike[0]!, families: alike.map(({ family }) => family) }));
}

function familiesText(families: readonly number[]): string {
  return families.map((family) => `IPv${family}`).join(' and ');
}

const STYLES: Readonly<Record<Verdict, Style>> = {
  works: 'good',
  partly: 'warning',
  fails: 'error',
  'not-proven': 'warning',
};

function titleLines(
  inquiry: Inquiry,
  explanations: readonly Explanation[],
  { paint, tried, pairs, means }: ExplainTextOptions,
): string[] {
  const from = stationName(inquiry.from);
  const to = inquiry.to === null ? (explanations[0]?.to ?? 'the address') : stationName(inquiry.to);
  const several = pairs === 1 ? [] : [`  ${countText(inquiry.verdict, tried, pairs)}`];
  if (inquiry.verdict === null) {
    const family = means.over === null ? 'no address family in common' : `not both an IPv${means.over} address`;
    return [paint('bold', `${from} and ${to} have ${family}`), ...several];
  }
  return [paint(STYLES[inquiry.verdict], verdictText(inquiry.verdict, from, to)), ...several];
}

function verdictText(verdict: Verdict, from: string, to: string): string {
  switch (verdict) {
    case 'works':
      return `${from} reaches ${to}`;
    case 'partly':
      return `${from} reaches ${to} only in part`;
    case 'fails':
      return `${from} does not reach ${to}`;
    case 'not-proven':
      return `not proven: whether ${from} reaches ${to}`;
  }
}

function countText(verdict: Inquiry['verdict'], tried: number, pairs: number): string {
  if (verdict === 'works')
    return tried === pairs ? `so do all ${pairs} pairs` : `so do the first ${tried} of ${pairs} pairs`;
  return `the first of ${pairs} pairs that does not work`;
}

/** By family, what works and what does not; alike in both, one line. */
function verdictLines(families: readonly FamilyInquiry[], { paint, means }: ExplainTextOptions): string[] {
  const texts = families.map((each) => ({ family: each.family, text: protocolsText(each, means) }));
  const alike = Map.groupBy(texts, ({ text }) => text);
  return [...alike].map(
    ([text, each]) => `  ${paint('dim', `over ${familiesText(each.map(({ family }) => family))}:`)} ${text}`,
  );
}

const HOW: Readonly<Record<Verdict, (isOne: boolean) => string>> = {
  works: (isOne) => (isOne ? 'works' : 'work'),
  partly: (isOne) => (isOne ? 'works in part' : 'work in part'),
  fails: (isOne) => (isOne ? 'fails' : 'fail'),
  'not-proven': (isOne) => (isOne ? 'is not proven' : 'are not proven'),
};

function protocolsText({ protocols }: FamilyInquiry, { on }: Means): string {
  const name = (protocol: FamilyInquiry['protocols'][number]['protocol']) =>
    on === null || on.protocol === 'ping' || on.first !== on.last
      ? protocolWord(protocol)
      : protocolText({ protocol, port: on.first });
  const groups = Map.groupBy(protocols, ({ verdict }) => verdict);
  return [...groups]
    .map(
      ([verdict, each]) => `${listText(each.map(({ protocol }) => name(protocol)))} ${HOW[verdict](each.length === 1)}`,
    )
    .join('; ');
}

function listText(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function flowLines(explanation: Explanation, options: ExplainTextOptions): string[] {
  const { packets, cause, notes } = explanation;
  const width = Math.max(...packets.flatMap(({ hops }) => hops.map(({ station }) => textWidth(visible(station)))));
  return [
    ...packets.flatMap((packet) => packetLines(packet, explanation, width, options)),
    ...(cause === null ? [] : causeLines(cause, options)),
    ...(notes.length === 0 ? [] : ['', ...notes.flatMap((note) => labelled('note', 'note', note, options))]),
  ];
}

function packetLines(
  packet: ExplainedPacket,
  { protocol, port }: Explanation,
  width: number,
  options: ExplainTextOptions,
): string[] {
  const { paint, columns, means } = options;
  const asked = means.on === null || port === null ? protocolWord(protocol) : protocolText({ protocol, port });
  const what = protocol === 'ping' ? packet.name : `${asked}: ${packet.name}`;
  const ends = `${packet.from} ${packet.source} → ${packet.to} ${packet.destination}`.replaceAll(/ +/g, ' ').trim();
  return [
    '',
    ...labelled(packet.direction, 'bold', `${ends} (${what})`, options),
    ...packet.hops.flatMap(({ station, words, ends }) => {
      const name = visible(station) + ' '.repeat(width - textWidth(visible(station)));
      const lines = folded(visible(words), columns - 2 - width - 2);
      if (ends === null)
        return lines.map((line, i) => `  ${i === 0 ? paint('name', name) : ' '.repeat(width)}  ${line}`);
      return lines.map((line, i) => paint('error', i === 0 ? `✗ ${name}  ${line}` : `  ${' '.repeat(width)}  ${line}`));
    }),
  ];
}

/** Labels at the left stand in a column of their own. */
const LABEL = 6;

function causeLines(cause: ExplainedCause, options: ExplainTextOptions): string[] {
  const { fact, cures } = cause;
  const place = fact?.origin.places[0];
  return [
    '',
    ...labelled('cause', 'error', causeSentence(cause), options),
    ...(place === undefined ? [] : labelled('', 'dim', `${placeText(place)}: ${fact!.words}`, options)),
    ...(place === undefined
      ? []
      : placeExcerpt(place, options.text, { colour: options.colour }).map((line) => `${' '.repeat(LABEL)}${line}`)),
    ...(cures.length === 0 ? [] : cures.flatMap(({ text }) => labelled('cure', 'help', text, options))),
  ];
}

function labelled(label: string, style: Style, text: string, { paint, columns }: ExplainTextOptions): string[] {
  return folded(visible(text), columns - LABEL).map(
    (line, i) => `${i === 0 ? paint(style, label.padEnd(LABEL)) : ' '.repeat(LABEL)}${line}`,
  );
}
