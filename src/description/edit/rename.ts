/**
 * Renaming: the name where it is defined and everywhere it is used, nothing else.
 */

import type { Scalar } from 'yaml';
import { sentenceNames } from '../schema/sentence.ts';
import { scalarText } from '../schema/shape.ts';
import { attempt, DEFAULT_FILE, type EditContext, type EditPlan, unknownName } from './attempt.ts';
import type { Splice } from './layout.ts';
import { changeScalar } from './mapping.ts';
import { definitions, type NameUse, nameUses } from './name-uses.ts';
import type { EditResult } from './request.ts';
import { scalarTextLike } from './scalar-text.ts';

/** The file with `from` called `to`: a router, machine, LAN, host or group. Comments and notes are not touched. */
export function rename(text: string, from: string, to: string, file = DEFAULT_FILE): EditResult {
  return attempt(text, file, (context) => renamed(context, from, to));
}

function renamed({ layout }: EditContext, from: string, to: string): EditPlan {
  const definition = [...definitions(layout.root)].find((each) => each.name === from);
  if (definition === undefined) {
    const known = [...definitions(layout.root)].map((each) => each.name);
    return unknownName(layout.source, 'rename', 'router, machine, LAN, host or group', from, known);
  }
  const splices = changeScalar(layout, definition.pair.key, to, definition.owner.flow === true);
  const sentences = new Map<Scalar.Parsed, Set<'from' | 'to'>>();
  for (const use of nameUses(layout.root)) {
    if (use.name !== from) continue;
    if (use.kind === 'sentence') sentences.set(use.node, (sentences.get(use.node) ?? new Set()).add(use.role));
    else splices.push(...changeScalar(layout, use.node, to, isInFlow(use)));
  }
  for (const [node, roles] of sentences) splices.push(...sentenceSplices(layout.source.text, node, roles, to));
  return splices;
}

function isInFlow(use: Exclude<NameUse, { kind: 'sentence' }>): boolean {
  if (use.kind === 'element') return use.seq.flow === true;
  return use.kind === 'rule' ? use.inFlow : use.owner.flow === true;
}

/** Replaces the names within the sentence where it stands plainly, and the whole sentence where it does not. */
function sentenceSplices(text: string, node: Scalar.Parsed, roles: ReadonlySet<'from' | 'to'>, to: string): Splice[] {
  const [start, end] = node.range;
  const raw = text.slice(start, end);
  const quote = /^["']/.test(raw) ? 1 : 0;
  const plainly = node.type === 'PLAIN' || (quote === 1 && !raw.includes('\\'));
  const names = plainly ? sentenceNames(raw.slice(quote)) : null;
  if (names !== null)
    return [...roles].map((role) => ({
      start: start + quote + names[role][0],
      end: start + quote + names[role][1],
      insert: to,
    }));
  const sentence = scalarText(node);
  const within = sentenceNames(sentence);
  if (within === null) return [];
  const { from, to: object } = within;
  const edited = `${roles.has('from') ? to : sentence.slice(...from)}${sentence.slice(from[1], object[0])}${roles.has('to') ? to : sentence.slice(...object)}${sentence.slice(object[1])}`;
  const lineBreak = node.type?.startsWith('BLOCK') && raw.endsWith('\n') ? (raw.endsWith('\r\n') ? '\r\n' : '\n') : '';
  return [{ start, end, insert: scalarTextLike(node.type, edited.trim(), true) + lineBreak }];
}
