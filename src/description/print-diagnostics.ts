/**
 * Diagnostics as people read them: place, code, message, the line with a caret, other places, what to do.
 *
 * What comes from a file is hostile until shown otherwise: control characters become visible, keys become dots, and of
 * a long line only the part around the caret is shown.
 */

import type { Diagnostic, Place, TraceLine } from './diagnostic.ts';
import { displayWidth } from './display-width.ts';
import { lineEnd, type SourceText, sourceText } from './source-text.ts';
import { visible, withoutKeys } from './visible.ts';

export interface PrintOptions {
  readonly colour: boolean;
  /** Sentences are broken to fit, what follows a first line indented; endless when absent, for what is read by programs. */
  readonly columns?: number;
  /** How many are printed whole; 50 when absent. */
  readonly limit?: number;
}

/** Characters of a line that are shown whole; of a longer one, so many before and after the caret. */
const WHOLE_LINE = 160;
const CONTEXT_BEFORE = 80;
const CONTEXT_AFTER = 60;
/** Characters around those that are looked at, so that a key which is cut in two is still seen as one. */
const KEY_MARGIN = 160;
const TAB_COLUMNS = 4;

const STYLES = { bold: '1', error: '1;31', warning: '1;33', note: '1;36', help: '1;32', dim: '2' } as const;
type Style = keyof typeof STYLES;

/**
 * The diagnostics, one after the other with an empty line between; `text` is what their places mean. Ends with a line
 * feed unless there are none.
 */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], text: string, options: PrintOptions): string {
  const paint = paintWith(options.colour);
  const source = sourceText('', text);
  const limit = options.limit ?? 50;
  const columns = options.columns ?? Number.POSITIVE_INFINITY;
  const blocks = diagnostics.slice(0, limit).map((each) => block(each, source, { paint, columns }));
  const rest = diagnostics.slice(limit);
  if (rest.length > 0) blocks.push(`${restLine(rest)}\n`);
  return blocks.join('\n');
}

/** The line of `place` in `text` and, under it, the caret; nothing when the text has no such line. Without a line feed. */
export function placeExcerpt(place: Place, text: string, { colour }: PrintOptions): string[] {
  return excerpt(place, 'note', sourceText('', text), paintWith(colour));
}

type Paint = (style: Style, what: string) => string;

function paintWith(colour: boolean): Paint {
  return (style, what) => (colour ? `\u001b[${STYLES[style]}m${what}\u001b[0m` : what);
}

interface Sheet {
  readonly paint: Paint;
  readonly columns: number;
}

function block(diagnostic: Diagnostic, source: SourceText, sheet: Sheet): string {
  const { paint } = sheet;
  const { severity, code, place, message, notes, help, trace } = diagnostic;
  const [head, label] = [`${placeText(place)}: `, `${severity}[${code}]`];
  const lines = [
    ...sentence(`${head}${label}: `, `${head}${paint(severity, label)}: `, message, 'bold', sheet),
    ...excerpt(place, severity, source, paint),
    ...traceLines(trace ?? [], severity, sheet),
  ];
  for (const note of notes) {
    const where = placeText(note.place);
    lines.push(...sentence(`${where}: note: `, `${where}: ${paint('note', 'note')}: `, note.message, null, sheet));
  }
  for (const each of help) lines.push(...sentence('help: ', `${paint('help', 'help')}: `, each, null, sheet));
  return lines.map((line) => `${line}\n`).join('');
}

/** What stands further in when a sentence is broken. */
const INDENT = '    ';

/** `text` behind `start`, which is shown as `painted`; broken between words where it does not fit. */
function sentence(
  start: string,
  painted: string,
  text: string,
  style: Style | null,
  { paint, columns }: Sheet,
): string[] {
  const shown = (line: string) => (style === null ? line : paint(style, line));
  const lines = brokenLines(oneLine(text), columns, start.length, INDENT.length);
  return lines.map((line, i) => (i === 0 ? `${painted}${shown(line)}` : `${INDENT}${shown(line)}`));
}

/** Two columns; the last line is marked as the one where it ends. */
function traceLines(trace: readonly TraceLine[], severity: Style, { paint, columns }: Sheet): string[] {
  const widths = trace.map(({ at }) => widthOf(oneLine(at)));
  const width = Math.max(...widths);
  const start = TRACE_INDENT.length + width + 2;
  return trace.flatMap(({ at, what }, i) => {
    const lines = brokenLines(oneLine(what), columns, start, start);
    const name = `${oneLine(at)}${' '.repeat(width - widths[i]!)}  `;
    if (i < trace.length - 1) {
      return lines.map((line, n) => (n === 0 ? `${TRACE_INDENT}${name}${line}` : `${' '.repeat(start)}${line}`));
    }
    return lines.map((line, n) =>
      n === 0
        ? `${TRACE_INDENT.slice(0, -2)}${paint(severity, `> ${name}${line}`)}`
        : `${' '.repeat(start)}${paint(severity, line)}`,
    );
  });
}

const TRACE_INDENT = ' '.repeat(7);

/** Words of `text` in lines of at most `columns`, of which `first` are taken in the first line and `others` in the others. */
function brokenLines(text: string, columns: number, first: number, others: number): string[] {
  const lines: string[] = [];
  let line = '';
  let used = first;
  for (const word of text.split(' ')) {
    const width = widthOf(word);
    if (line !== '' && used + 1 + width > columns) {
      lines.push(line);
      line = word;
      used = others + width;
    } else {
      used += line === '' ? width : 1 + width;
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += displayWidth(character);
  return width;
}

function placeText(place: Place): string {
  return `${visible(place.file)}:${place.line}:${place.column}`;
}

function oneLine(message: string): string {
  return visible(withoutKeys(message));
}

function restLine(rest: readonly Diagnostic[]): string {
  const errors = rest.filter((each) => each.severity === 'error').length;
  const kind = errors === rest.length ? 'error' : errors === 0 ? 'warning' : 'message';
  return `… and ${rest.length} more ${kind}${rest.length === 1 ? '' : 's'}`;
}

/** The line and, under it, the caret; nothing when the text has no such line. */
function excerpt(place: Place, severity: Style, source: SourceText, paint: Paint): string[] {
  const lineStart = source.lineStarts[place.line - 1];
  if (lineStart === undefined) return [];
  const end = lineEnd(source, place.line - 1);
  const caretStart = Math.min(lineStart + place.column - 1, end);
  const caretEnd = Math.min(lineStart + place.endColumn - 1, end);
  const isShort = end - lineStart <= WHOLE_LINE;
  const shownStart = isShort
    ? lineStart
    : wholeCharacter(source.text, Math.max(lineStart, caretStart - CONTEXT_BEFORE));
  const shownEnd = isShort ? end : wholeCharacter(source.text, Math.min(end, caretStart + CONTEXT_AFTER));
  const margin = Math.max(lineStart, shownStart - KEY_MARGIN);
  const line = withoutSecrets(source.text.slice(margin, Math.min(end, shownEnd + KEY_MARGIN)));
  const part = (from: number, to: number) =>
    line.slice(Math.max(from, shownStart) - margin, Math.max(to, shownStart) - margin);

  const before = columns(part(shownStart, caretStart), shownStart > lineStart ? '…' : '');
  const marked = columns(part(caretStart, Math.min(caretEnd, shownEnd)), '', before.width);
  const after = columns(part(Math.min(caretEnd, shownEnd), shownEnd), '', before.width + marked.width);
  const number = String(place.line).padStart(4);
  const gutter = `${' '.repeat(number.length)} |`;
  const shown = `${before.text}${marked.text}${after.text}${shownEnd < end ? '…' : ''}`;
  return [
    `${paint('dim', `${number} |`)} ${shown}`.trimEnd(),
    `${paint('dim', gutter)} ${' '.repeat(before.width)}${paint(severity, '^'.repeat(Math.max(marked.width, 1)))}`,
  ];
}

/** The offset itself, or the one before it when it lies within a surrogate pair. */
function wholeCharacter(text: string, offset: number): number {
  return /^[\udc00-\udfff]/.test(text.slice(offset, offset + 1)) && offset > 0 ? offset - 1 : offset;
}

/** `text` as a terminal shows it, tabs spread to the next stop, and how many columns it takes. */
function columns(text: string, prefix: string, startColumn = 0): { readonly text: string; readonly width: number } {
  let shown = prefix;
  let width = prefix.length;
  for (const character of text) {
    const piece =
      character === '\t' ? ' '.repeat(TAB_COLUMNS - ((startColumn + width) % TAB_COLUMNS)) : visible(character);
    shown += piece;
    width += character === '\t' ? piece.length : displayWidth(piece);
  }
  return { text: shown, width };
}

const SECRET_FIELD = /((?:private|pre-?shared|secret|psk|password)[\w-]*["']?[ \t]*[:=][ \t]*)([^\s,}#]+)/gi;
const PUBLIC_FIELD = /public-?key["']?[ \t]*[:=][ \t]*["']?$/i;

/** `line` with dots for the value of every field that sounds secret, and for every key that is not called public. */
function withoutSecrets(line: string): string {
  const hidden = line.replace(SECRET_FIELD, (_, field: string, value: string) => field + '•'.repeat(value.length));
  let shown = '';
  for (const piece of hidden.split(/([A-Za-z0-9+/=]{40,})/))
    shown += PUBLIC_FIELD.test(shown) ? piece : withoutKeys(piece);
  return shown;
}
