/**
 * The YAML of a survey: text in, values with places out.
 *
 * YAML 1.2 with the core schema. Refused: anchors, aliases, tags, a second document, nesting deeper than any survey
 * needs, and text longer than any survey is; depth is bounded on tokens, before anything recurses.
 */

import { Composer, CST, isMap, isScalar, isSeq, Lexer, type ParsedNode, Parser } from 'yaml';
import type { Place } from '../imported.ts';
import type { Complaints } from '../text/complaints.ts';
import { shown } from '../text/quote.ts';

/** Characters: some 10,000 machines with everything that can be said of them. */
export const SURVEY_CHARACTERS_AT_MOST = 4 * 1024 * 1024;

/** Collections within collections; a survey needs six. */
const DEPTH_AT_MOST = 16;

/** A value of the text. An empty value, as after `nas:`, is the scalar null. */
export type Value =
  | {
      readonly kind: 'scalar';
      readonly value: string | number | boolean | null;
      readonly text: string;
      readonly place: Place;
    }
  | { readonly kind: 'list'; readonly items: readonly Value[]; readonly place: Place }
  | { readonly kind: 'map'; readonly entries: readonly Entry[]; readonly place: Place };

export interface Entry {
  readonly key: string;
  readonly keyPlace: Place;
  readonly value: Value;
}

/** The value of the whole text; null when it is empty or cannot be read. */
export function readYaml(file: string, text: string, complaints: Complaints): Value | null {
  const places = placesIn(file, text);
  if (text.length > SURVEY_CHARACTERS_AT_MOST) {
    const size = `it has ${text.length} characters, ${SURVEY_CHARACTERS_AT_MOST} are read at most`;
    complaints.mistake('file-too-large', places(0, 1), `Cannot read the survey: ${size}`);
    return null;
  }
  const composer = new Composer<ParsedNode>({
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const refusal: { offset: number; message: string }[] = [];
  const documents = [...composer.compose(boundedTokens(text, refusal), true, text.length)];
  for (const { offset, message } of refusal.slice(0, 1)) {
    complaints.mistake(
      message.includes('deep') ? 'nesting-too-deep' : 'yaml-syntax',
      places(offset, offset + 1),
      message,
    );
    return null;
  }
  const errors = documents.flatMap((document) => document.errors);
  for (const error of errors) {
    complaints.mistake(
      'yaml-syntax',
      places(error.pos[0], error.pos[1]),
      `Cannot read this as YAML: ${shown(error.message)}`,
    );
  }
  const root = documents[0]?.contents;
  return errors.length > 0 || !root ? null : readNode(root, places, complaints);
}

/** The parser's tokens; ends early at what a survey does not use, and where nesting is too deep. */
function* boundedTokens(text: string, refusal: { offset: number; message: string }[]): Generator<CST.Token> {
  const parser = new Parser();
  let offset = 0;
  let scalarFollows = false;
  let documents = 0;
  const refuse = (message: string) => refusal.push({ offset, message });
  for (const lexeme of new Lexer().lex(text)) {
    const type = scalarFollows ? 'scalar' : CST.tokenType(lexeme);
    scalarFollows = lexeme === CST.SCALAR;
    if (type === 'doc-start') documents++;
    if (type === 'anchor' || type === 'alias' || type === 'tag' || type === 'directive-line') {
      refuse(`Cannot use this ${type.replace('-line', '')}: a survey says everything where it belongs`);
      return;
    }
    if (type === 'doc-start' && documents > 1) {
      refuse('Cannot read a second document: a survey is one');
      return;
    }
    yield* parser.next(lexeme);
    if (parser.stack.length > DEPTH_AT_MOST + 2) {
      refuse(`Cannot read this: collections lie within collections more than ${DEPTH_AT_MOST} deep`);
      return;
    }
    if (lexeme !== CST.DOCUMENT && lexeme !== CST.FLOW_END && lexeme !== CST.SCALAR) offset += lexeme.length;
  }
  yield* parser.end();
}

type Places = (start: number, end: number) => Place;

function readNode(node: ParsedNode, places: Places, complaints: Complaints): Value {
  const place = places(node.range[0], node.range[1]);
  if (isMap(node)) {
    const entries: Entry[] = [];
    const seen = new Map<string, Place>();
    for (const { key, value } of node.items) {
      const keyPlace = places(key.range[0], key.range[1]);
      const name = isScalar(key) ? (key.source ?? String(key.value)) : null;
      if (name === null || name === '') {
        complaints.mistake('value-wrong', keyPlace, 'Cannot use this as a word: it is no text');
        continue;
      }
      const first = seen.get(name);
      if (first) {
        complaints.mistake('word-twice', keyPlace, `Cannot use "${shown(name)}" twice in one place`, {
          notes: [{ place: first, message: 'it is used here' }],
        });
        continue;
      }
      seen.set(name, keyPlace);
      const empty: Value = { kind: 'scalar', value: null, text: '', place: keyPlace };
      entries.push({ key: name, keyPlace, value: value ? readNode(value as ParsedNode, places, complaints) : empty });
    }
    return { kind: 'map', entries, place };
  }
  if (isSeq(node)) {
    return { kind: 'list', items: node.items.map((item) => readNode(item as ParsedNode, places, complaints)), place };
  }
  const scalar = isScalar(node) ? node : null;
  const value = scalar?.value;
  const known = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
  return { kind: 'scalar', value: known, text: known === null ? '' : String(scalar?.source ?? known), place };
}

/** Places by offsets, cut at the end of their first line. */
function placesIn(file: string, text: string): Places {
  const starts = [0];
  for (let newline = text.indexOf('\n'); newline >= 0; newline = text.indexOf('\n', newline + 1))
    starts.push(newline + 1);
  return (start, end) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= start) low = middle;
      else high = middle - 1;
    }
    const column = start - starts[low]! + 1;
    const lineEnd = (starts[low + 1] ?? text.length + 1) - 1;
    return { file, line: low + 1, column, endColumn: Math.max(Math.min(end, lineEnd) - starts[low]! + 1, column + 1) };
  };
}
